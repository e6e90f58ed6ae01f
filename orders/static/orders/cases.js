// Choosing many rows of a queue; the page works without it.
(function () {
  "use strict";
  var form = document.getElementById("bulk");
  if (!form) return;
  var all = form.querySelector("[data-choose-all]");
  var matching = form.querySelector("[data-choose-matching]");
  var count = form.querySelector("[data-chosen-count]");
  var boxes = function () {
    return Array.from(document.querySelectorAll('input[name="row"][form="bulk"]'));
  };
  function show() {
    var chosen = boxes().filter(function (box) { return box.checked; }).length;
    var every = matching.checked;
    count.textContent = every ? "All that match" : chosen ? chosen + " chosen" : "Choose rows";
    all.checked = chosen > 0 && chosen === boxes().length;
    all.indeterminate = chosen > 0 && !all.checked;
    form.querySelectorAll("button").forEach(function (button) { button.disabled = !chosen && !every; });
    boxes().forEach(function (box) {
      box.closest("tr").classList.toggle("chosen", box.checked);
    });
  }
  all.hidden = false;
  all.setAttribute("aria-label", "Choose all rows of this page");
  all.addEventListener("change", function () {
    boxes().forEach(function (box) { box.checked = all.checked; });
    show();
  });
  document.addEventListener("change", function (event) {
    if (event.target.matches('input[name="row"][form="bulk"], [data-choose-matching]')) show();
  });
  window.addEventListener("pageshow", show);
  show();
})();
