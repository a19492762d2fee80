// A steward's own pages without network: the last copy of each that was seen, with the time at which it was true.
const KEPT = "jinpai-own", PATIENCE_MS = 8000, MOST = 60, MOST_ORDERS = 5, kept = keeping(KEPT, MOST);
const PAGES = /^\/me(\/(statement|orders(\/[0-9a-f-]{36})?|card|boards|inbox|levels))?$/, NOTHING_KEPT = "/me/offline";

async function keepPage(address, answer) {
  if (!PAGES.test(new URL(address, location.origin).pathname)) { return; }
  const words = await answer.text();
  const dated = words.replace("<html ", '<html data-kept="' + new Date().toISOString() + '" ');
  await kept.keepFiles(words);
  await kept.keep(address, new Response(dated, { headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": answer.headers.get("Content-Security-Policy") } }));
  if (!await (await caches.open(KEPT)).match(NOTHING_KEPT)) { await keepNothingKept(); }
  if (new URL(address, location.origin).pathname === "/me/orders") { await keepOrders(words); }
}

async function keepNothingKept() {
  const answer = await fetch(NOTHING_KEPT);
  if (answer.ok) { await kept.keepFiles(await answer.clone().text()); await kept.keep(NOTHING_KEPT, answer); }
}

async function keepOrders(words) {                             // a code is wanted at the counter, where there may be no network
  const orders = Array.from(new Set(words.match(/\/me\/orders\/[0-9a-f-]{36}/g) || [])).slice(0, MOST_ORDERS);
  for (const order of orders) {
    const answer = await fetch(order);
    if (answer.ok) { await keepPage(order, answer); }
  }
}

async function last(request) {
  const cache = await caches.open(KEPT), address = new URL(request.url);
  return await cache.match(address.origin + address.pathname + address.search, { ignoreVary: true })
    || await cache.match(address.origin + address.pathname, { ignoreVary: true, ignoreSearch: true })
    || await cache.match(NOTHING_KEPT, { ignoreVary: true }) || Response.error();
}

async function page(request, event) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.type === "opaqueredirect") { await caches.delete(KEPT); }     // signed out: the next to sign in may be somebody else
    else if (answer.ok && (answer.headers.get("Content-Type") || "").startsWith("text/html")) {
      event.waitUntil(keepPage(request.url, answer.clone()).catch(function () { /* no room, or gone meanwhile: the next visit keeps it */ }));
    }
    return answer;
  } catch (error) {
    return last(request);
  }
}

kept.begin(keepPage, page);
