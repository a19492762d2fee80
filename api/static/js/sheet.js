/* The ballot sheet by keyboard: Enter and the arrows go up and down a column, Ctrl+Enter saves. Works without, too. */
(function () {
  "use strict";
  var form = document.getElementById("marks");
  if (!form) { return; }

  function beside(cell, step) {
    var row = cell.closest("tr");
    var at = Array.prototype.indexOf.call(row.cells, cell.closest("td"));
    for (row = step > 0 ? row.nextElementSibling : row.previousElementSibling; row;
      row = step > 0 ? row.nextElementSibling : row.previousElementSibling) {
      var found = row.cells[at] && row.cells[at].querySelector("input");
      if (found) { return found; }
    }
    return null;
  }

  function firstOfNext(cell) {
    for (var row = cell.closest("tr").nextElementSibling; row; row = row.nextElementSibling) {
      var found = row.querySelector("input.mark");
      if (found) { return found; }
    }
    return null;
  }

  form.addEventListener("keydown", function (event) {
    var cell = event.target;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      form.submit();
      event.preventDefault();
      return;
    }
    if (!cell.classList || !cell.classList.contains("mark")) { return; }
    var to = null;
    if (event.key === "Enter") { to = firstOfNext(cell); }
    if (event.key === "ArrowDown") { to = beside(cell, 1); }
    if (event.key === "ArrowUp") { to = beside(cell, -1); }
    if (to) {
      to.focus();
      to.select();
    }
    if (event.key === "Enter" && !to) { form.querySelector("button[type=submit]").focus(); }
    if (event.key === "Enter" || to) { event.preventDefault(); }
  });
}());
