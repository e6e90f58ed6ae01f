// Sends the forms in place and keeps ledger and states fresh. Without it the page works
// by plain form posts.
(function () {
  "use strict";
  var POLL = 2000;
  var MOST = 200;
  var said = document.getElementById("said");
  var ledger = document.getElementById("ledger");
  var filter = document.getElementById("filter");
  var last = Number(document.body.dataset.last);
  var timer = null;

  function make(tag, text, name) {
    var node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (name) node.className = name;
    return node;
  }

  function row(data) {
    var line = make("tr");
    line.dataset.sequence = data.sequence;
    line.append(make("td", data.sequence, "num"), make("td", data.time), make("td", data.peer));
    var what = make("td", data.operation);
    if (data.refused) what.append(" ", make("span", "refused", "tag breach"));
    line.append(what, make("td", data.key, "mono"), make("td", data.details, "muted"));
    return line;
  }

  function fill(place, values, empty, node) {
    place.replaceChildren.apply(place, values.length ? values.map(node) : [empty]);
  }

  function showPeer(peer) {
    var card = document.querySelector('[data-peer="' + peer.code + '"]');
    if (!card) return;
    var cells = card.querySelectorAll("dd");
    fill(cells[0], peer.orders, "none yet", function (pair) {
      return make("span", pair[1] + " " + pair[0], "tag");
    });
    fill(cells[1], peer.quotas, "no call yet", function (text) { return make("span", text, "line"); });
    fill(cells[2], peer.weather, "clear", function (text) { return make("span", text, "line soon"); });
  }

  function show(state) {
    if (state.last < last) ledger.replaceChildren();
    last = state.last;
    document.getElementById("now").textContent = state.now;
    state.peers.forEach(showPeer);
    state.rows.forEach(function (data) { ledger.prepend(row(data)); });
    while (ledger.rows.length > MOST) ledger.deleteRow(-1);
    document.getElementById("empty").hidden = ledger.rows.length > 0;
  }

  function say(text, tone) {
    said.textContent = text;
    said.className = "said " + tone;
  }

  var asking = Promise.resolve();
  function poll() {
    clearTimeout(timer);
    asking = asking.then(function () {
      var peer = filter.value;
      return fetch("/screen/state?after=" + last + "&peer=" + peer)
        .then(function (answer) { return answer.json(); })
        .then(function (state) { if (peer === filter.value) show(state); })
        .catch(function () { say("The sandbox does not answer. Is it still running?", "breach"); });
    });
    return asking.then(function () {
      clearTimeout(timer);
      timer = setTimeout(poll, POLL);
    });
  }

  filter.addEventListener("change", function () {
    ledger.replaceChildren();
    last = 0;
    poll();
  });

  document.querySelectorAll("form").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var body = new URLSearchParams(new FormData(form));
      if (event.submitter && event.submitter.name) body.set(event.submitter.name, event.submitter.value);
      fetch(form.action, { method: "POST", body: body, headers: { Accept: "application/json" } })
        .then(function (answer) { return answer.json(); })
        .then(function (result) { say(result.said, result.ok ? "fine" : "breach"); })
        .catch(function () { say("The sandbox did not answer; look at the ledger before you repeat it.", "breach"); })
        .then(poll);
    });
  });

  poll();
})();
