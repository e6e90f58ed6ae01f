"""Routes of the sandbox server: ``/``, ``/control/<action>`` and ``/<peer>/<path>``."""

from __future__ import annotations

from django.urls import path, re_path

from stores.sandbox import control, screen
from stores.sandbox.core import discover

discover()

urlpatterns = [
    path("", screen.show),
    path("screen/state", screen.fresh),
    path("screen/act/<slug:name>", screen.act),
    path("screen/<str:name>", screen.file),
    path("control/<slug:action>", control.handle_control),
    re_path(r"^(?P<code>[a-z]+)/(?P<path>.*)$", control.handle_peer),
]
