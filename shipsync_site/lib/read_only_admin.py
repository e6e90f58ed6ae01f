"""The admin as a window: superusers look, nobody writes, sealed values stay sealed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from shipsync_site.lib.sealed import SealedTextField


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Every column but the sealed ones, none of them editable."""

    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """All columns that hold no sealed value."""
        return [
            field.name
            for field in self.model._meta.get_fields()
            if isinstance(field, models.Field)
            and field.concrete
            and not isinstance(field, SealedTextField)
        ]
