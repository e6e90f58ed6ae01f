from __future__ import annotations

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_migrate


class SiteConfig(AppConfig):
    name = "shipsync_site"
    verbose_name = "shipsync"

    def ready(self) -> None:
        import_module("shipsync_site.checks")
        post_migrate.connect(_apply_roles, dispatch_uid="shipsync.roles")
        pump = import_module("orders.sync.pump")
        signals = import_module("django_q.signals")
        signals.post_execute.connect(pump.reported, dispatch_uid="shipsync.reported")
        pings = import_module("orders.watch.pings")
        signals.post_execute.connect(pings.heard, dispatch_uid="shipsync.heard")
        import_module("shipsync_site.security.checks")
        sessions = import_module("shipsync_site.security.sessions")
        user_logged_in.connect(sessions.started, dispatch_uid="shipsync.started")
        user_logged_out.connect(sessions.ended, dispatch_uid="shipsync.ended")


def _apply_roles(sender: AppConfig, **_: Any) -> None:
    """Set the groups' permissions after each app that brings some of them."""
    roles = import_module("shipsync_site.roles")
    if sender.label in roles.APPS:
        roles.apply_roles()
