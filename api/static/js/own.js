// A steward's pages: kept for the time without network, and read aloud where the browser can.
(function () {
  "use strict";
  const root = document.documentElement, locale = root.lang === "en" ? "en-GB" : "zh-CN";
  if ("serviceWorker" in navigator) { navigator.serviceWorker.register("/me/worker.js", { scope: "/me" }).catch(function () { /* insecure address: everything else works */ }); }

  const note = document.getElementById("kept");
  if (root.dataset.kept && note) {
    const when = new Date(root.dataset.kept).toLocaleString(locale, { timeZone: "Asia/Shanghai", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" });
    note.textContent = note.dataset.words.replace("{when}", when);
    note.hidden = false;
  }

  const button = document.getElementById("aloud"), speech = window.speechSynthesis;
  if (!button || !speech || !window.SpeechSynthesisUtterance) { return; }

  function voice() { return speech.getVoices().find(function (each) { return each.lang.slice(0, 2).toLowerCase() === locale.slice(0, 2); }); }
  function offer() { button.hidden = !voice(); }                // another language's voice would read nonsense
  function rest() { button.setAttribute("aria-pressed", "false"); button.lastElementChild.textContent = button.dataset.start; }

  button.addEventListener("click", function () {
    const reading = button.getAttribute("aria-pressed") === "true";
    speech.cancel();
    if (reading) { rest(); return; }
    const words = Array.from(document.querySelectorAll("[data-aloud]")).map(function (part) { return part.dataset.aloud || part.innerText.replace(/\s+/g, " ").trim(); });
    const said = new SpeechSynthesisUtterance(words.filter(Boolean).join(locale === "zh-CN" ? "。" : ". "));
    said.lang = locale;
    said.voice = voice();
    said.rate = 0.9;
    said.onend = said.onerror = rest;
    button.setAttribute("aria-pressed", "true");
    button.lastElementChild.textContent = button.dataset.stop;
    speech.speak(said);
  });
  window.addEventListener("pagehide", function () { speech.cancel(); });
  if (speech.addEventListener) { speech.addEventListener("voiceschanged", offer); }
  offer();
}());
