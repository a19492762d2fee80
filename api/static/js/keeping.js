// What the service workers share: pages and their files, kept for the time without network. It goes before each of them.
"use strict";
function keeping(name, most) {
  async function keep(request, answer) {
    const cache = await caches.open(name);
    await cache.put(request.url || request, answer);
    const kept = await cache.keys();
    await Promise.all(kept.slice(0, Math.max(0, kept.length - most)).map(function (old) { return cache.delete(old); }));
  }

  async function keepFiles(words) {                            // what a page loads; where it leads to inside a file is no part of an address
    const files = (words.match(/\/static\/[^"#]+/g) || []).map(function (file) { return file.replace(/&amp;/g, "&"); });
    await Promise.all(Array.from(new Set(files)).map(async function (file) {
      if (await caches.match(file, { ignoreVary: true })) { return; }
      const got = await fetch(file);
      if (got.ok) { await keep(file, got); }
    }));
  }

  async function keepOpenPages(keepPage) {                     // the page that registered us was loaded before we were there
    for (const client of await self.clients.matchAll()) {
      try {
        const answer = await fetch(client.url);
        if (answer.ok && !answer.redirected) { await keepFiles(await answer.clone().text()); await keepPage(client.url, answer); }
      } catch (error) { /* the next visit keeps it */ }
    }
  }

  async function file(request) {
    const kept = await caches.match(request.url, { ignoreVary: true });
    if (kept) { return kept; }
    const answer = await fetch(request);
    if (answer.ok) { await keep(request, answer.clone()); }
    return answer;
  }

  function begin(keepPage, page) {
    self.addEventListener("install", function () { self.skipWaiting(); });
    self.addEventListener("activate", function (event) { event.waitUntil(self.clients.claim().then(function () { return keepOpenPages(keepPage); })); });
    self.addEventListener("fetch", function (event) {
      const request = event.request, url = new URL(request.url);
      if (request.method !== "GET" || url.origin !== location.origin) { return; }
      if (request.mode === "navigate") { event.respondWith(page(request, event)); }
      else if (url.pathname.startsWith("/static/")) { event.respondWith(file(request)); }
    });
  }

  return { keep: keep, keepFiles: keepFiles, begin: begin };
}
