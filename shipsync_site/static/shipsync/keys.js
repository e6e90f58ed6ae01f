// The console by keyboard: j k between rows, a letter for each button that shows it,
// g and a letter to go somewhere, ? for help. Everything is there without it.
(function () {
  "use strict";
  var GO_WITHIN = 1500;
  var wentAt = 0;
  var at = null;

  function shown(part) {
    return part.getClientRects().length > 0;
  }
  function typing(target) {
    return target.closest("textarea, select, [contenteditable], " +
      "input:not([type=checkbox]):not([type=radio])");
  }
  function rows() {
    return Array.from(document.querySelectorAll("[data-row]")).filter(shown);
  }
  function row() {
    var held = document.activeElement && document.activeElement.closest("[data-row]");
    if (held) return held;
    return at && document.contains(at) && shown(at) ? at : null;
  }
  function mark(next) {
    document.querySelectorAll("[data-row].at-row").forEach(function (old) {
      old.classList.remove("at-row");
    });
    at = next;
    if (at) at.classList.add("at-row");
  }
  // The link that opens a row has the focus: Enter opens it, screen readers read it.
  function move(step) {
    var all = rows();
    if (!all.length) return false;
    var index = all.indexOf(row());
    var next = all[index < 0 ? (step > 0 ? 0 : all.length - 1) : index + step];
    if (!next) return true;
    mark(next);
    var link = next.querySelector("th a[href]") || next.querySelector("a[href]");
    if (link) link.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }
  function box(of) {
    return of && of.querySelector("td.pick input[type=checkbox]");
  }
  function tick(found, on) {
    found.checked = on;
    found.dispatchEvent(new Event("change", { bubbles: true }));
  }
  // A button for many rows is for the one that has the focus where none is ticked.
  function choose(control) {
    var form = control.closest("#bulk");
    if (!form) return true;
    var some = form.querySelector("[data-choose-matching]:checked") ||
      document.querySelector('input[form="bulk"]:checked');
    if (some) return true;
    var found = box(row());
    if (!found) return false;
    tick(found, true);
    return true;
  }
  // Decisions are never taken by one key: the first thing to fill in has the focus, else
  // the button, and Enter presses it.
  function focusIn(part) {
    var fields = Array.from(part.querySelectorAll("textarea, select, input:not([type=hidden])"));
    var buttons = Array.from(part.querySelectorAll("a.btn, button"));
    var found = fields.concat(buttons).find(function (each) {
      return shown(each) && !each.disabled;
    });
    if (!found) return;
    found.focus();
    part.scrollIntoView({ block: "nearest" });
  }
  function press(key) {
    var control = Array.from(document.querySelectorAll('[data-key="' + key + '"]')).find(shown);
    if (!control || !choose(control)) return Boolean(control);
    var fold = control.closest("details:not([open])");
    if (fold && !control.matches("summary")) fold.open = true;
    if ("keyFocus" in control.dataset) focusIn(control);
    else if (control.matches("input, select, textarea")) control.focus();
    else if (!control.disabled) control.click();
    return true;
  }
  function go(key) {
    var link = document.querySelector('[data-go="' + key + '"]');
    if (link) location.assign(link.href);
    return Boolean(link);
  }
  function text(control) {
    var copy = control.cloneNode(true);
    copy.querySelectorAll("kbd, svg").forEach(function (part) { part.remove(); });
    var label = control.labels && control.labels[0];
    return (control.dataset.keyLabel || (label ? label.textContent : copy.textContent)).trim();
  }
  function line(list, keys, words) {
    var term = document.createElement("dt");
    keys.forEach(function (key) {
      var hint = document.createElement("kbd");
      hint.textContent = key;
      term.append(hint, " ");
    });
    var said = document.createElement("dd");
    said.textContent = words;
    list.append(term, said);
  }
  function help() {
    var dialog = document.getElementById("keys");
    if (!dialog) return false;
    var here = dialog.querySelector("[data-keys-here]");
    var there = dialog.querySelector("[data-keys-go]");
    here.textContent = there.textContent = "";
    if (rows().length) {
      line(here, ["j", "k"], "Next row, row before");
      line(here, ["Enter"], "Open the row");
      if (document.getElementById("bulk")) line(here, ["x"], "Tick the row");
    }
    var named = {};
    document.querySelectorAll("[data-key]").forEach(function (control) {
      var key = control.dataset.key;
      if (named[key] || !shown(control)) return;
      named[key] = true;
      line(here, [key], text(control));
    });
    document.querySelectorAll("[data-go]").forEach(function (link) {
      line(there, ["g", link.dataset.go], link.querySelector("span").textContent.trim());
    });
    dialog.showModal();
    return true;
  }

  document.addEventListener("keydown", function (event) {
    // Out of a field: its form is sent, or the field is left.
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      var form = event.target.closest("textarea") && event.target.form;
      if (form) {
        event.preventDefault();
        form.requestSubmit(form.querySelector("button[type=submit]"));
      }
      return;
    }
    if (event.key === "Escape" && typing(event.target)) {
      event.target.blur();
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.isComposing || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    var key = event.key;
    var done = false;
    if (wentAt && Date.now() - wentAt < GO_WITHIN) {
      wentAt = 0;
      done = go(key);
    } else if (key === "g") {
      wentAt = Date.now();
      done = true;
    } else if (key === "?") {
      done = help();
    } else if (event.shiftKey) {
      return;
    } else if (key === "j" || key === "k") {
      done = move(key === "j" ? 1 : -1);
    } else if (key === "x") {
      var found = box(row());
      if (found) tick(found, !found.checked);
      done = Boolean(found);
    } else if (/^[a-z]$/.test(key) && !event.repeat) {
      done = press(key);
    }
    if (done) event.preventDefault();
  });
  document.addEventListener("focusin", function (event) {
    var held = event.target.closest("[data-row]");
    if (held) mark(held);
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-keys-help]")) help();
  });
  // A list that was swapped keeps the place where it was read.
  document.addEventListener("htmx:afterSettle", function () {
    if (at && at.id && !document.contains(at)) mark(document.getElementById(at.id));
  });
})();
