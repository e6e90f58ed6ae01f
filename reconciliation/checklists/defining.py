"""A lead's definition of a list: its rows written together, and who changed what.

What is saved counts from the next run on. A list that was ever worked is never deleted,
only switched off: its past stands on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from reconciliation.models import Checklist, ChecklistItem, ChecklistRun
from stores.models import Store
from stores.setup import log_change

MAX_ITEMS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An item as a form has it; ``pk`` of the one that it was, None for a new one."""

    text: str
    pk: int | None = None
    help: str = ""
    check_code: str = ""
    limit: int | None = None
    needs_note: bool = False


class NotSavedError(Exception):
    """Why a definition was not saved, in words for the person."""


def stamp(checklist: Checklist) -> str:
    """What a form was filled from: another one means that somebody saved meanwhile."""
    return checklist.updated_at.isoformat() if checklist.pk else ""


def save(
    checklist: Checklist,
    stores: Iterable[Store],
    items: Sequence[Draft],
    *,
    seen: str,
    user: AbstractBaseUser,
) -> Checklist:
    """Write a list and its items in this order; raises NotSavedError."""
    with transaction.atomic():
        if checklist.pk:
            stored = Checklist.objects.select_for_update().get(pk=checklist.pk)
            if stamp(stored) != seen:
                who = stored.updated_by or "Somebody"
                raise NotSavedError(
                    f"{who} saved this list after you had opened it. Open it again: "
                    "what you typed is still here to copy."
                )
        checklist.updated_by = user  # type: ignore[assignment]
        checklist.save()
        checklist.stores.set(stores)
        _save_items(checklist, items)
        log_change(checklist, f"Saved: {len(items)} items", user)
    return checklist


def switch(checklist: Checklist, active: bool, user: AbstractBaseUser) -> None:
    """Switch a list on or off; one that is switched on is due from now on."""
    with transaction.atomic():
        checklist.active, checklist.updated_by = active, user  # type: ignore[assignment]
        checklist.save(update_fields=["active", "updated_by", "updated_at"])
        log_change(checklist, "Switched on" if active else "Switched off", user)


def may_delete(checklist: Checklist) -> bool:
    """Whether nothing stands on it, and it would not be made again."""
    runs = ChecklistRun.objects.filter(checklist=checklist)
    return not checklist.code and not runs.exists()


def history(checklist: Checklist) -> list[LogEntry]:
    """Who saved what, newest first; the last 20."""
    kind = ContentType.objects.get_for_model(Checklist)
    return list(
        LogEntry.objects.filter(
            content_type=kind, object_id=str(checklist.pk)
        ).select_related("user")[:20]
    )


def acts_of(run: ChecklistRun) -> list[LogEntry]:
    """What people did with a run, newest first."""
    kind = ContentType.objects.get_for_model(ChecklistRun)
    return list(
        LogEntry.objects.filter(
            content_type=kind, object_id=str(run.pk)
        ).select_related("user")[:200]
    )


def _save_items(checklist: Checklist, items: Sequence[Draft]) -> None:
    before = {item.pk: item for item in checklist.items.all()}
    kept = {draft.pk for draft in items if draft.pk in before}
    ChecklistItem.objects.filter(checklist=checklist).exclude(pk__in=kept).delete()
    for position, draft in enumerate(items):
        values: dict[str, Any] = asdict(draft)
        pk = values.pop("pk")
        row = before[pk] if pk in kept else ChecklistItem(checklist=checklist)
        for name, value in values.items():
            setattr(row, name, value)
        row.position = position
        row.save()
