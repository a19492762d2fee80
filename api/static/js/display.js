// The hall screen: a clock, pages in turn, live snapshots with polling behind them, and the last good board for bad days.
(function () {
  "use strict";
  const POLL_MS = 5000, SILENT_MS = 45000, STALE_MS = 10 * 60 * 1000, TURN_MS = 15000, CHEER_MS = 12000, CHEER_GAP_MS = 60000, SEEN_MS = 60000;
  const KEY = "jinpai-board:" + location.search, CACHE = "jinpai-display";
  const stage = document.querySelector(".stage"), board = document.getElementById("board"), what = document.getElementById("what");
  const feed = document.getElementById("feed"), clock = document.getElementById("clock"), cheer = document.getElementById("cheer");
  const locale = document.documentElement.lang === "en" ? "en-GB" : "zh-CN";
  const wait = function (ms) { return ms + Math.random() * ms; };   // a hall full of screens must not come back at once
  let good = Date.parse(stage.dataset.asOf);                  // until when the server last said that this is the board, in its time
  let ahead = Date.parse(stage.dataset.now) - Date.now();     // the screen's own clock may be wrong
  let etag = null, day = null, source = null, heard = Date.now(), turn = 0, cheers = [], showing = null, cheered = -CHEER_GAP_MS;
  const opened = Date.now(), reloadMinute = Math.floor(Math.random() * 30);

  function hm(at) { return new Date(at).toLocaleTimeString("en-GB", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit" }); }

  function paint() {
    const now = Date.now() + ahead, stale = now - good > STALE_MS, time = hm(now), hour = Number(time.slice(0, 2));
    const said = (stale ? feed.dataset.stale : feed.dataset.fresh).replace("{time}", hm(good));
    document.body.dataset.feed = stale ? "stale" : "live";
    if (feed.textContent !== said) { feed.textContent = said; }
    if (clock.firstChild.nodeValue !== time) { clock.firstChild.nodeValue = time; }
    const today = new Date(now).toLocaleDateString(locale, { timeZone: "Asia/Shanghai", month: "long", day: "numeric", weekday: "short" });
    if (day !== null && day !== today) { clock.querySelector("span").textContent = today; }
    day = today;
    document.body.dataset.nudge = String(hour % 3);
    document.body.dataset.night = hour >= 22 || hour < 6 ? "yes" : "no";
    if (hour === 3 && Number(time.slice(3)) === reloadMinute && Date.now() - opened > 7200000) { reload(); }
    if (cheers.length && Date.now() - cheered > CHEER_GAP_MS) { celebrate(cheers.shift()); }
  }

  async function reload() {                                    // only where the server answers: a blank screen helps nobody
    try { if ((await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(4000) })).ok) { location.reload(); } } catch (error) { /* tomorrow, then */ }
  }

  function pages() { return Array.from(board.querySelectorAll(".page")); }

  function show() {
    const all = pages();
    if (!all.length) { return; }
    all.forEach(function (page, at) { page.hidden = at !== turn % all.length; });
    what.textContent = all[turn % all.length].dataset.what;
  }

  function ranks() {
    const first = board.querySelector(".page"), found = new Map();
    if (first) { first.querySelectorAll("[data-who]").forEach(function (line) { found.set(line.dataset.who, Number(line.dataset.rank)); }); }
    return found;
  }

  function news() { return Array.from(board.querySelectorAll("[data-news]")); }

  function put(html) {
    const before = ranks(), known = new Set(news().map(function (one) { return one.dataset.news; }));
    board.innerHTML = html;
    show();
    news().forEach(function (one) {
      if (!known.has(one.dataset.news) && !cheers.some(function (other) { return other.who === one.dataset.news; })) {
        cheers.push({ who: one.dataset.news, kind: one.dataset.kind, name: one.textContent, why: one.dataset.why });
      }
    });
    const there = ranks(), told = new Set(news().map(function (one) { return one.dataset.news; }));
    const gone = function (one) { return !there.has(one.who) && !told.has(one.who); };
    cheers = cheers.filter(function (one) { return !gone(one); }).slice(-3);
    if (showing && gone(showing)) { delete document.body.dataset.cheer; cheer.querySelector(".toast__who").textContent = ""; showing = null; }   // who left the board leaves the stage
    if (!before.size) { return; }
    ranks().forEach(function (rank, who) {
      if (rank <= 3 && rank < (before.get(who) || Infinity) && !cheers.some(function (one) { return one.who === who; })) {
        const line = board.querySelector('.champ[data-who="' + who + '"]');
        if (line) { cheers.push({ who: who, rank: rank, name: line.querySelector(".champ__who").textContent, why: line.querySelector(".champ__lane").textContent }); }
      }
    });
    cheers = cheers.slice(-3);
  }

  function celebrate(one) {
    cheered = Date.now();
    showing = one;
    cheer.querySelector(".toast__kind").textContent = one.kind || cheer.dataset.kind.replace("{rank}", one.rank);
    cheer.querySelector(".toast__who").textContent = one.name;
    cheer.querySelector(".toast__why").textContent = one.why;
    document.body.dataset.cheer = "yes";
    setTimeout(function () { delete document.body.dataset.cheer; showing = null; }, CHEER_MS);
  }

  function fresh(asOf, now, build) {
    good = Date.parse(asOf);
    stage.dataset.asOf = asOf;
    if (now) { ahead = Date.parse(now) - Date.now(); }
    if (build && build !== stage.dataset.build && Date.now() - opened > 60000) { reload(); }
    heard = Date.now();
    paint();
  }

  async function keepPage() {                                  // the page that boots offline must not know people who left the board since
    try {
      const cache = await caches.open(CACHE), old = await cache.match(location.href, { ignoreVary: true });
      if (old) { await cache.put(location.href, new Response("<!doctype html>" + document.documentElement.outerHTML, { headers: old.headers })); }
    } catch (error) { /* no cache on insecure addresses */ }
  }

  function keep(html) {
    try { localStorage.setItem(KEY, JSON.stringify({ html: html, good: good, ahead: ahead })); } catch (error) { /* no storage: the page itself is the last good board */ }
  }

  function listen() {
    if (!window.EventSource) { return; }
    source = new EventSource(stage.dataset.stream);
    source.addEventListener("snapshot", function (event) {
      const told = JSON.parse(event.data);
      put(told.html);
      fresh(told.as_of, told.now, told.build);
      keep(told.html);
      keepPage();
    });
    source.addEventListener("heartbeat", function (event) { const told = JSON.parse(event.data); if (told.as_of) { fresh(told.as_of, told.now); keep(board.innerHTML); } });
    source.onerror = again;
  }

  function again() {                                           // half-open sockets say nothing at all, so silence counts as well
    if (!source) { return; }
    source.close();
    source = null;
    setTimeout(listen, wait(3000));
  }

  async function poll() {
    if (Date.now() - heard > SILENT_MS && source && source.readyState === 1) { heard = Date.now(); again(); }
    if (!source || source.readyState !== 1) {
      try {
        const answer = await fetch(stage.dataset.feed, { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store", signal: AbortSignal.timeout(4000) });
        if ((answer.status === 200 || answer.status === 304) && !answer.headers.get("X-Jinpai-Kept")) {
          const changed = answer.status === 200;
          if (changed) { put(await answer.text()); etag = answer.headers.get("ETag"); }
          fresh(answer.headers.get("X-Jinpai-As-Of"), answer.headers.get("X-Jinpai-Now"), answer.headers.get("X-Jinpai-Build"));
          keep(board.innerHTML);
          if (changed) { keepPage(); }
        }
      } catch (error) { /* offline: the board stays, and says so after ten minutes */ }
      paint();
    }
    setTimeout(poll, POLL_MS + Math.random() * 1000);
  }

  async function tell() {                                      // operators see when each screen was last there, and with what
    try {
      const said = { build: stage.dataset.build, showing_at: new Date(good).toISOString(), screen: screen.width + "x" + screen.height };
      const answer = await fetch(stage.dataset.seen, { method: "POST", body: JSON.stringify(said), headers: { "Content-Type": "application/json" }, cache: "no-store", signal: AbortSignal.timeout(4000) });
      if (answer.status === 401) { localStorage.removeItem(KEY); if (window.caches) { await caches.delete(CACHE); } location.replace("/display"); return; }   // revoked
      const path = answer.ok && (await answer.json()).path;
      if (path && path.split("street=")[1] !== (new URLSearchParams(location.search).get("street") || undefined)) { location.replace(path); return; }
    } catch (error) { /* offline: they see that, too */ }
    setTimeout(tell, SEEN_MS + Math.random() * 5000);
  }

  try {
    Object.keys(localStorage).filter(function (key) { return key.startsWith("jinpai-board:") && key !== KEY; }).forEach(function (key) { localStorage.removeItem(key); });   // boards shown before name who left since
    const kept = JSON.parse(localStorage.getItem(KEY) || "null");
    if (kept && kept.good > good) { board.innerHTML = kept.html; good = kept.good; ahead = kept.ahead; }   // a page out of the cache is older than what it showed last
    else if (kept && kept.good === good && Math.abs(Date.now() + kept.ahead - good) > 60000) { ahead = kept.ahead; }
  } catch (error) { /* nothing kept */ }
  if ("serviceWorker" in navigator) { navigator.serviceWorker.register("/display/worker.js", { scope: "/display" }).catch(function () { /* insecure address: everything else works */ }); }
  const asked = Number(new URLSearchParams(location.search).get("page"));
  if (asked) { turn = asked - 1; } else { setInterval(function () { if (!document.body.dataset.cheer) { turn += 1; show(); } }, TURN_MS); }
  setInterval(paint, 1000);
  show();
  paint();
  listen();
  setTimeout(poll, POLL_MS);
  if (stage.dataset.seen) { setTimeout(tell, 1000); }
}());
