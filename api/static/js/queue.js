// The queue by keyboard: A approve, R return, J K or arrows move, X tick, Z undo. Everything works without it.
(function () {
  "use strict";
  const KEY = "jinpai-queue-keys";
  let usesKeys = true, byKey = false;
  try { usesKeys = localStorage.getItem(KEY) !== "off"; } catch (error) { /* no storage: keys stay on */ }

  function rows() { return Array.from(document.querySelectorAll("#queue [data-open]")); }
  function current() { return document.querySelector("#queue tr[aria-current] [data-open]"); }

  function move(step) {
    const all = rows(), at = all.indexOf(current());
    const next = all[Math.max(0, Math.min(all.length - 1, at + step))];
    if (next && next !== all[at]) { byKey = true; next.click(); }
  }
  function press(selector) {
    const button = document.querySelector(selector);
    if (button) { byKey = true; button.click(); return true; }
    return false;
  }
  function openReturn() {
    const fold = document.getElementById("return");
    if (!fold) { return; }
    fold.open = true;
    fold.scrollIntoView({ block: "nearest" });
    document.getElementById("return-reason").focus();
  }
  function tick() {
    const link = current(), box = link && link.closest("tr").querySelector("input[type=checkbox]");
    if (box) { box.checked = !box.checked; }
  }

  document.addEventListener("keydown", function (event) {
    if (!usesKeys || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) { return; }
    if (event.target.closest("input:not([type=checkbox]), select, textarea")) { return; }
    const keys = { a: function () { press("#verify button"); }, r: openReturn, j: function () { move(1); }, k: function () { move(-1); },
      ArrowDown: function () { move(1); }, ArrowUp: function () { move(-1); }, x: tick, z: function () { press("#undo button"); } };
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || event.repeat && /^[arxz]$/i.test(event.key)) { return; }
    if (document.querySelector("#queue.htmx-request, #queue .htmx-request")) { event.preventDefault(); return; }
    event.preventDefault();
    act();
  });

  function prepare() {
    const all = document.getElementById("pick-all"), toggle = document.querySelector("#keys input");
    if (all) {
      all.hidden = false;
      all.querySelector("input").addEventListener("change", function (event) {
        document.querySelectorAll("#queue input[name=case]").forEach(function (box) { box.checked = event.target.checked; });
      });
    }
    if (toggle) {
      document.getElementById("keys").hidden = false;
      toggle.checked = usesKeys;
      toggle.addEventListener("change", function () {
        usesKeys = toggle.checked;
        try { localStorage.setItem(KEY, usesKeys ? "on" : "off"); } catch (error) { /* no storage */ }
      });
    }
    const link = document.getElementById("return-key");
    if (link) { link.addEventListener("click", function (event) { event.preventDefault(); openReturn(); }); }
  }
  prepare();

  // An answer without a queue (signed out, offline page) is shown as the page that it is.
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.target.id === "queue" && event.detail.serverResponse.indexOf('id="queue"') < 0) {
      event.detail.shouldSwap = false;
      location.reload();
    }
  });
  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.target.id !== "queue") { return; }
    prepare();
    const error = document.querySelector("#queue [data-focus]"), pane = document.getElementById("pane-title");
    if (error) { error.focus(); } else if (pane && byKey) { pane.focus({ preventScroll: true }); }
    const row = current();
    if (row && byKey) { row.scrollIntoView({ block: "nearest" }); }
    byKey = false;
  });
  ["htmx:sendError", "htmx:timeout"].forEach(function (name) {
    document.addEventListener(name, function () {
      const busy = document.querySelector("#queue .busy");
      if (busy) { busy.textContent = busy.dataset.offline; busy.classList.add("busy--shown"); }
    });
  });
}());
