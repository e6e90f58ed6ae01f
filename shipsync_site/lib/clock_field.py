"""A column that notes business time by itself."""

from __future__ import annotations

from typing import Any

from django.db import models

from shipsync_site.lib import clock


class BusinessTimeField(models.DateTimeField):  # type: ignore[type-arg]
    """``auto_now`` and ``auto_now_add`` by the business clock, not the machine's."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """The moment of saving, where the column notes it."""
        if self.auto_now or (self.auto_now_add and add):
            now = clock.now()
            setattr(model_instance, self.attname, now)
            return now
        return super().pre_save(model_instance, add)
