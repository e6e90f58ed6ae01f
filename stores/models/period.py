"""The spans of time in which a store's new orders were ours."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from stores.models.store import Store, StoreMode


class StorePeriod(models.Model):
    """A span in which a store was live, in one mode, towards one ShipStation store.

    Orders placed from ``live_from`` on and before ``live_until`` run under it, also when
    the store has gone on to another (NULL: no such bound). Spans of a store do not
    overlap; a store that never had a bound has none. Written by ``stores.transitions``
    alone; bounds are business time, as the marketplaces' own order times.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="periods")
    live_from = models.DateTimeField(null=True, blank=True)
    live_until = models.DateTimeField(null=True, blank=True)
    mode = models.CharField(max_length=20, choices=StoreMode.choices)
    shipstation_store_id = models.BigIntegerField()
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        since = f"{self.live_from:%d %b %Y %H:%M}" if self.live_from else "ever"
        until = f" until {self.live_until:%d %b %Y %H:%M}" if self.live_until else ""
        return f"{self.mode} since {since}{until}"
