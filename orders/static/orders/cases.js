// Choosing many rows of a queue; the page works without it. The list may be swapped
// under it (htmx), so nothing of it is kept between two events.
(function () {
  "use strict";
  var BOXES = 'input[form="bulk"][name="row"], input[form="bulk"][name="group"]';

  function bulk() {
    return document.getElementById("bulk");
  }
  function boxes() {
    return Array.from(document.querySelectorAll(BOXES));
  }
  function cases(found, box) {
    return found + Number(box.dataset.cases || 1);
  }
  function show() {
    var form = bulk();
    if (!form) return;
    var all = form.querySelector("[data-choose-all]");
    var every = form.querySelector("[data-choose-matching]").checked;
    var ticked = boxes().filter(function (box) { return box.checked; });
    var chosen = ticked.reduce(cases, 0);
    var count = every ? form.dataset.total : chosen;
    form.querySelector("[data-chosen-count]").textContent = count
      ? count + " chosen" : "Choose rows";
    all.hidden = false;
    all.setAttribute("aria-label", "Choose all rows of this page");
    all.checked = ticked.length > 0 && ticked.length === boxes().length;
    all.indeterminate = ticked.length > 0 && !all.checked;
    form.querySelectorAll("button").forEach(function (button) {
      button.disabled = !chosen && !every;
    });
    boxes().forEach(function (box) {
      box.closest("tr").classList.toggle("chosen", box.checked);
    });
  }
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-choose-all]")) {
      boxes().forEach(function (box) { box.checked = event.target.checked; });
    }
    if (event.target.form === bulk()) show();
  });
  window.addEventListener("pageshow", show);
  document.addEventListener("htmx:afterSettle", show);
  show();
})();
