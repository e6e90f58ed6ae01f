// Runs before the first paint: light or dark as chosen (cookie, rendered by the server)
// or as the system asks, and the browser's time zone for the server's times.
(function () {
  "use strict";
  var root = document.documentElement;
  if (!root.dataset.bsTheme) {
    var dark = matchMedia("(prefers-color-scheme: dark)");
    var follow = function () {
      root.dataset.bsTheme = dark.matches ? "dark" : "light";
    };
    follow();
    // The system's choice may change while the page is open, in the evening for one.
    dark.addEventListener("change", follow);
  }
  try {
    var zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && document.cookie.indexOf("shipsync_zone=" + encodeURIComponent(zone)) === -1) {
      document.cookie = "shipsync_zone=" + encodeURIComponent(zone) + "; path=/; max-age=31536000; SameSite=Lax";
    }
  } catch (error) {
    // An old browser without Intl: the server's default zone stays.
  }
})();
