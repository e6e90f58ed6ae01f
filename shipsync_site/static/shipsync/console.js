// The console's small conveniences; every page works without them.
(function () {
  "use strict";
  var root = document.documentElement;

  document.addEventListener("click", function (event) {
    var theme = event.target.closest("[data-theme-switch]");
    if (theme) {
      var next = root.dataset.bsTheme === "dark" ? "light" : "dark";
      root.dataset.bsTheme = next;
      document.cookie = "shipsync_theme=" + next + "; path=/; max-age=31536000; SameSite=Lax";
      return;
    }
    var copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(function () {
        copy.dataset.copied = "";
        copy.title = "Copied";
        setTimeout(function () {
          delete copy.dataset.copied;
          copy.title = "Copy";
        }, 1500);
      });
    }
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach(function (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
      return;
    }
    var typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      var search = document.getElementById("top-search");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    }
  });

  // A session that ended: the whole page goes to the login, not a piece of it.
  document.addEventListener("htmx:beforeSwap", function (event) {
    var url = event.detail.xhr.responseURL || "";
    if (url && new URL(url).pathname === "/login/") {
      event.detail.shouldSwap = false;
      location.reload();
    }
  });

  // What refreshes itself leaves open what was opened.
  var opened = [];
  document.addEventListener("htmx:beforeSwap", function () {
    opened = Array.from(document.querySelectorAll("details[data-stays-open][open]"), function (part) {
      return part.id;
    });
  });
  document.addEventListener("htmx:afterSwap", function () {
    opened.forEach(function (id) {
      var part = document.getElementById(id);
      if (part) part.open = true;
    });
  });

  // A form is sent once: its button sleeps until the answer comes.
  document.addEventListener("submit", function (event) {
    if (event.defaultPrevented || event.target.method !== "post") return;
    var form = event.target;
    setTimeout(function () {
      form.querySelectorAll("button[type=submit]").forEach(function (button) {
        button.disabled = true;
      });
    }, 0);
  });
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    document.querySelectorAll("form button[type=submit][disabled]").forEach(function (button) {
      button.disabled = false;
    });
  });

  // Filters apply when a choice changes; the button stays for those without JavaScript.
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-auto-submit]");
    if (form && event.target.matches("select, input[type=checkbox], input[type=date]")) {
      form.requestSubmit();
    }
  });
})();
