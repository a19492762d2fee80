// A screen that nobody knows yet: asks every few seconds whether staff have entered its code, and goes on once they have.
(function () {
  "use strict";
  const ASK_MS = 3000, ends = Date.now() + Number(document.getElementById("main").dataset.lasts);
  if ("serviceWorker" in navigator) { navigator.serviceWorker.register("/display/worker.js", { scope: "/display" }).catch(function () { /* insecure address: everything else works */ }); }

  Object.keys(localStorage).filter(function (key) { return key.startsWith("jinpai-board"); }).forEach(function (key) { localStorage.removeItem(key); });
  if (window.caches) { caches.delete("jinpai-display"); }      // what it showed before it was revoked

  async function ask() {
    try {
      const answer = await fetch("/display/claim", { method: "POST", cache: "no-store", signal: AbortSignal.timeout(4000) });
      if (answer.ok && new URL(answer.url).pathname !== "/display") { location.replace("/display"); return; }
      if (answer.ok && Date.now() > ends) { location.reload(); return; }
    } catch (error) { /* no network: the code stays */ }
    setTimeout(ask, ASK_MS + Math.random() * 1000);
  }
  setTimeout(ask, ASK_MS);
}());
