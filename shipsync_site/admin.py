"""The stock admin: for superusers only, and django-q2's tables for looking only.

Unregistering here works because this app stands after those in INSTALLED_APPS.
"""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django_q.models import Failure, OrmQ, Schedule, Success

from shipsync_site.lib.read_only_admin import ReadOnlyAdmin


def _superusers_only(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


admin.site.has_permission = _superusers_only  # type: ignore[method-assign]
admin.site.site_header = "shipsync: raw records"
admin.site.site_title = "shipsync"
admin.site.index_title = "For look-ups; the console is where things are done"

for model in (Failure, OrmQ, Schedule, Success):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    list_display = ["name", "func", "minutes", "next_run"]


@admin.register(Failure)
class FailureAdmin(ReadOnlyAdmin):
    list_display = ["name", "func", "started", "stopped"]
    ordering = ["-stopped"]
