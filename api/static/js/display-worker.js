// Boots a hall screen without network: the newest page and its files are kept, and served when nobody answers.
const KEPT = "jinpai-display", PATIENCE_MS = 5000, MOST = 40, kept = keeping(KEPT, MOST);

async function first() {                                       // where a screen begins leads on to its board, also without network
  const cache = await caches.open(KEPT), boards = (await cache.keys()).filter(function (each) { return new URL(each.url).pathname === "/display/points"; });
  return boards.length ? Response.redirect(boards[boards.length - 1].url) : Response.error();
}

async function keepPage(request, answer) {                     // one screen, one board: another's copy would go on naming who left since
  const address = request.url || request, cache = await caches.open(KEPT);
  await kept.keep(request, answer);
  await Promise.all((await cache.keys()).map(function (old) { return new URL(old.url).pathname === "/display/points" && old.url !== address && cache.delete(old); }));
}

async function page(request) {
  if (new URL(request.url).pathname === "/display") {
    try { return await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) }); } catch (error) { return first(); }
  }
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) { await keepPage(request, answer.clone()); return answer; }
    if (answer.type === "opaqueredirect") { return answer; }     // revoked: back to its code
    return await caches.match(request.url, { ignoreVary: true }) || answer;
  } catch (error) {
    return await caches.match(request.url, { ignoreVary: true }) || Response.error();
  }
}

kept.begin(keepPage, page);
