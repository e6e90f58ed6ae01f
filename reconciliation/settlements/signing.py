"""Signing a settlement off: by name, and not while money is unaccounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from reconciliation.models import Finding, FindingState, Settlement
from shipsync_site.lib import clock

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


class SignError(ValueError):
    """Why it can't be signed so; the message is for people."""


def open_findings(settlement: Settlement) -> int:
    """Findings that stand for this settlement."""
    return Finding.objects.filter(
        settlement=settlement, state=FindingState.OPEN
    ).count()


def against(settlement: Settlement) -> list[str]:
    """What speaks against signing without a note, in words."""
    found = []
    if settlement.remainder:
        found.append(
            f"a remainder of {settlement.remainder:,.2f} {settlement.currency}"
        )
    if settlement.unmatched_count:
        count = settlement.unmatched_count
        found.append(f"{count:,} line{'s' if count > 1 else ''} without an order")
    if count := open_findings(settlement):
        found.append(f"{count:,} open finding{'s' if count > 1 else ''}")
    if settlement.compared_at is None:
        found.append("it is not compared with the dispatches yet")
    return found


def sign(settlement: Settlement, user: AbstractBaseUser, note: str) -> Settlement:
    """Put a person's name under it. Raises SignError."""
    note = note.strip()[:300]
    with transaction.atomic():
        row = Settlement.objects.select_for_update().get(pk=settlement.pk)
        if row.signed_at:
            raise SignError("It is signed already.")
        open_points = against(row)
        if open_points and not note:
            raise SignError(
                f"There is {', '.join(open_points)}: say in a note why it may be signed "
                "all the same."
            )
        row.signed_at, row.signed_note = clock.now(), note
        row.signed_by = user  # type: ignore[assignment]
        row.save(update_fields=["signed_at", "signed_by", "signed_note"])
    return row


def take_back(settlement: Settlement) -> None:
    """Open a signed settlement again. Raises SignError where it is not signed."""
    taken = Settlement.objects.filter(pk=settlement.pk, signed_at__isnull=False).update(
        signed_at=None, signed_by=None, signed_note=""
    )
    if not taken:
        raise SignError("It is not signed.")
