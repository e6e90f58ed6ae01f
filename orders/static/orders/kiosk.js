// The bench's field is always ready for the scanner, and no answer outlives its minute.
(function () {
  "use strict";
  var STANDS = 60000;
  var field = document.getElementById("scan");
  if (!field) return;

  // A scanner types wherever the focus is: what it types goes into the field.
  document.addEventListener("keydown", function (event) {
    var inside = event.target.closest("input, textarea, select");
    if (inside || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.length === 1 && event.key !== " ") field.focus();
  });
  window.addEventListener("pageshow", function () {
    field.value = "";
    field.focus();
  });
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden) field.focus();
  });

  // Back to the start: an old GO is never read as a new one, and the list of what is to
  // be taken off the line is a fresh one.
  setTimeout(function again() {
    if (field.value) setTimeout(again, 5000);
    else location.assign(document.body.dataset.ready);
  }, STANDS);
})();
