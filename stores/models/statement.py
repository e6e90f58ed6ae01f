"""What a person says of a store that no interface shows, dated and signed."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from stores.models.store import Store


class Statement(models.Model):
    """One person's word on one subject of a store; append-only, the newest counts.

    ``subject`` is a code of ``stores.statements.SUBJECTS``, ``value`` one of its
    answers. ``at`` is business time.
    """

    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="statements"
    )
    subject = models.CharField(max_length=40)
    value = models.CharField(max_length=40)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["store", "subject"], name="statement_subject")]

    def __str__(self) -> str:
        return f"{self.subject}: {self.value}"
