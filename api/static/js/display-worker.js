// Boots a hall screen without network: the newest page and its files are kept, and served when nobody answers.
const KEPT = "jinpai-display", PATIENCE_MS = 5000, MOST = 40, kept = keeping(KEPT, MOST);

async function first() {                                       // where a screen begins leads on to its board, also without network
  const cache = await caches.open(KEPT), boards = (await cache.keys()).filter(function (each) { return new URL(each.url).pathname === "/display/points"; });
  return boards.length ? Response.redirect(boards[boards.length - 1].url) : Response.error();
}

async function page(request) {
  if (new URL(request.url).pathname === "/display") {
    try { return await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) }); } catch (error) { return first(); }
  }
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) { await kept.keep(request, answer.clone()); return answer; }
    if (answer.type === "opaqueredirect") { return answer; }     // revoked: back to its code
    return await caches.match(request.url, { ignoreVary: true }) || answer;
  } catch (error) {
    return await caches.match(request.url, { ignoreVary: true }) || Response.error();
  }
}

kept.begin(kept.keep, page);
