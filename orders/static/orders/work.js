// A case that is open on this screen: others are told, and are not given it meanwhile.
(function () {
  "use strict";
  var form = document.getElementById("on-screen");
  var note = document.getElementById("on-screen-note");
  if (!form) return;
  var until = "";

  function claim() {
    if (document.visibilityState !== "visible") return;
    fetch(form.dataset.claim, { method: "POST", body: new FormData(form) })
      .then(function (answer) {
        return answer.ok && !answer.redirected ? answer.json() : null;
      })
      .then(function (said) {
        if (!said) return;
        until = said.until;
        note.hidden = !said.who;
        note.querySelector("[data-who]").textContent = said.who;
      })
      .catch(function () {
        // Offline: the claim lapses by itself, and the next try renews it.
      });
  }

  claim();
  setInterval(claim, Number(form.dataset.renew) * 1000);
  document.addEventListener("visibilitychange", claim);
  window.addEventListener("pagehide", function () {
    if (!until) return;
    var data = new FormData(form);
    data.append("until", until);
    navigator.sendBeacon(form.dataset.leave, data);
    until = "";
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) claim();
  });
})();
