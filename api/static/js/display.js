// The hall screen: a clock, a poll each five seconds, and the last good board when the network is gone.
(function () {
  "use strict";
  const POLL_MS = 5000, STALE_MS = 10 * 60 * 1000, KEY = "jinpai-board:" + location.search;
  const stage = document.querySelector(".stage"), board = document.getElementById("board");
  const feed = document.getElementById("feed"), clock = document.getElementById("clock");
  const locale = document.documentElement.lang === "en" ? "en-GB" : "zh-CN";
  let good = Date.parse(stage.dataset.asOf);       // when the server last said that this is the board, in its time
  let ahead = good - Date.now();                   // the screen's own clock may be wrong
  let etag = null, day = null;

  function hm(at) { return new Date(at).toLocaleTimeString("en-GB", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit" }); }

  function paint() {
    const now = Date.now() + ahead, stale = now - good > STALE_MS;
    const said = (stale ? feed.dataset.stale : feed.dataset.fresh).replace("{time}", hm(good));
    document.body.dataset.feed = stale ? "stale" : "live";
    if (feed.textContent !== said) { feed.textContent = said; }
    clock.firstChild.nodeValue = hm(now);
    const today = new Date(now).toLocaleDateString(locale, { timeZone: "Asia/Shanghai", month: "long", day: "numeric", weekday: "short" });
    if (day !== null && day !== today) { clock.querySelector("span").textContent = today; }
    day = today;
    document.body.dataset.nudge = String(new Date(now).getHours() % 3);
  }

  function keep(html) {
    try { localStorage.setItem(KEY, JSON.stringify({ html: html, good: good })); } catch (error) { /* no storage: the page itself is the last good board */ }
  }

  async function poll() {
    try {
      const answer = await fetch(stage.dataset.feed, { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store", signal: AbortSignal.timeout(4000) });
      if (answer.status === 200) {
        const html = await answer.text();
        etag = answer.headers.get("ETag");
        board.innerHTML = html;
        good = Date.parse(answer.headers.get("Date")) || Date.now() + ahead;
        keep(html);
      } else if (answer.status === 304) {
        good = Date.parse(answer.headers.get("Date")) || Date.now() + ahead;
      }
      if (answer.ok || answer.status === 304) { ahead = good - Date.now(); }
    } catch (error) { /* offline: the board stays, and says so after ten minutes */ }
    paint();
    setTimeout(poll, POLL_MS + Math.random() * 1000);
  }

  try {
    const kept = JSON.parse(localStorage.getItem(KEY) || "null");
    if (kept && kept.good > good) { board.innerHTML = kept.html; good = kept.good; }
  } catch (error) { /* nothing kept */ }
  setInterval(paint, 1000);
  paint();
  setTimeout(poll, POLL_MS);
}());
