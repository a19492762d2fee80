// Boots a hall screen without network: the newest page and its files are kept, and served when nobody answers.
"use strict";
const KEPT = "jinpai-display", PATIENCE_MS = 5000, MOST = 40;

self.addEventListener("install", function () { self.skipWaiting(); });
self.addEventListener("activate", function (event) { event.waitUntil(self.clients.claim().then(keepOpenPages)); });

async function keepOpenPages() {                               // the page that registered us was loaded before we were there
  const cache = await caches.open(KEPT);
  for (const client of await self.clients.matchAll()) {
    try {
      const answer = await fetch(client.url);
      if (!answer.ok) { continue; }
      const files = (await answer.clone().text()).match(/\/static\/[^"]+/g) || [];
      await cache.put(client.url, answer);
      await Promise.all(Array.from(new Set(files)).map(async function (file) { const got = await fetch(file); if (got.ok) { await cache.put(file, got); } }));
    } catch (error) { /* the next visit keeps it */ }
  }
}

async function keep(request, answer) {
  const cache = await caches.open(KEPT);
  await cache.put(request.url, answer);
  const kept = await cache.keys();
  await Promise.all(kept.slice(0, Math.max(0, kept.length - MOST)).map(function (old) { return cache.delete(old); }));
}

async function begin() {                                       // where a screen begins leads on to its board, also without network
  const cache = await caches.open(KEPT), boards = (await cache.keys()).filter(function (kept) { return new URL(kept.url).pathname === "/display/points"; });
  return boards.length ? Response.redirect(boards[boards.length - 1].url) : Response.error();
}

async function page(request) {
  if (new URL(request.url).pathname === "/display") {
    try { return await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) }); } catch (error) { return begin(); }
  }
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) { await keep(request, answer.clone()); return answer; }
    if (answer.type === "opaqueredirect") { return answer; }     // revoked: back to its code
    return await caches.match(request.url, { ignoreVary: true }) || answer;
  } catch (error) {
    return await caches.match(request.url, { ignoreVary: true }) || Response.error();
  }
}

async function file(request) {
  const kept = await caches.match(request.url, { ignoreVary: true });
  if (kept) { return kept; }
  const answer = await fetch(request);
  if (answer.ok) { await keep(request, answer.clone()); }
  return answer;
}

self.addEventListener("fetch", function (event) {
  const request = event.request, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) { return; }
  if (request.mode === "navigate") { event.respondWith(page(request)); }
  else if (url.pathname.startsWith("/static/")) { event.respondWith(file(request)); }
});
