// Every form: the error summary takes the focus, and a form that is on its way is not sent twice.
(function () {
  "use strict";
  // Without a network the browser would leave the page, and what was filled in with it.
  function sayOffline(form) {
    let note = document.getElementById("offline");
    if (!note) {
      note = document.createElement("p");
      note.id = "offline";
      note.className = "note note--error";
      note.setAttribute("role", "alert");
      note.tabIndex = -1;
    }
    note.textContent = document.body.dataset.offline;
    form.before(note);
    note.focus();
  }

  const summary = document.querySelector("[data-focus]");
  if (summary) { summary.focus(); }
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (navigator.onLine === false) { event.preventDefault(); sayOffline(form); return; }
    form.dataset.sent = "1";
    if (window.caches && /^\/(demo\/)?sign-/.test(new URL(form.action).pathname)) { caches.delete("jinpai-own"); }   // somebody else may be next on this phone
    form.querySelectorAll("button[type=submit]").forEach(function (button) { button.setAttribute("aria-disabled", "true"); });
  });
  // A text to take into a group chat; without clipboard (insecure addresses) it can still be selected by hand.
  if (navigator.clipboard) {
    document.querySelectorAll("button[data-copies]").forEach(function (button) {
      button.hidden = false;
      button.addEventListener("click", function () {
        navigator.clipboard.writeText(document.getElementById(button.dataset.copies).value).then(function () { button.textContent = button.dataset.done; });
      });
    });
  }
  // Coming back by the browser's back button brings the page back as it was left: let it be sent again.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.querySelectorAll("button[aria-disabled]").forEach(function (button) { button.removeAttribute("aria-disabled"); });
    });
  });
}());
