"""Seal every stored secret and buyer again with the newest key."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction

from shipsync_site.lib.sealed import SealBrokenError, SealedTextField

BATCH = 100  # rows per transaction


class Command(BaseCommand):
    help = (
        "Run it after putting a new key first in SHIPSYNC_FIELD_KEYS and restarting; "
        "then the old key can go."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for model in apps.get_models():
            names = [
                field.name
                for field in model._meta.concrete_fields
                if isinstance(field, SealedTextField)
            ]
            if not names or model._meta.proxy:
                continue
            count = self._rotate(model, names)
            self.stdout.write(f"{count:8d}  {model._meta.label}: {', '.join(names)}")

    def _rotate(self, model: type[models.Model], names: list[str]) -> int:
        count, last = 0, 0
        while True:
            with transaction.atomic():
                rows = (
                    model._base_manager.select_for_update()
                    .filter(pk__gt=last)
                    .order_by("pk")
                    .only("pk", *names)[:BATCH]
                )
                try:
                    batch = list(rows)
                except SealBrokenError as error:
                    raise CommandError(
                        f"{model._meta.label} after id {last}: {error}"
                    ) from None
                for row in batch:
                    values = {name: getattr(row, name) for name in names}
                    model._base_manager.filter(pk=row.pk).update(**values)
            if not batch:
                return count
            count += len(batch)
            last = batch[-1].pk
