"""What packers report from the bench: a parcel stopped or gone, units missing or found.

A screen has no person behind it: its name stands where a person's would. Each report is
a fact or a word that decide() takes up; told twice, or on two screens at once, it counts
once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from orders.models import (
    CaseState,
    Decision,
    KioskDevice,
    Order,
    OrderEvent,
    OrderException,
    ShortPick,
    Verb,
)
from orders.reconsider import reconsider
from orders.stop_list import Answer, Light
from shipsync_site.lib import clock

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TASK = "intercept_parcel"
# A parcel that is scanned again and again is told of once in this time.
_TOLD_EVERY = timedelta(minutes=10)


class BenchError(Exception):
    """The report was not taken; its text is for the packer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """Who reports: a screen or a person."""

    name: str
    device: KioskDevice | None = None
    user: User | None = None


def report_parcel(order_id: int, *, stopped: bool, who: Reporter) -> str:
    """Say what became of a parcel that is wanted back; returns what was noted.

    Raises BenchError where nobody wants it back any more.
    """
    with transaction.atomic():
        order = _locked(order_id)
        task = OrderException.objects.filter(
            order=order, kind=TASK, state=CaseState.OPEN
        ).first()
        # Another screen may have told it just now, and nobody decided anew yet.
        if (
            task is None
            or Decision.objects.filter(order=order, cause=task.cause).exists()
        ):
            raise BenchError(
                f"Nobody waits for {order.number} any more: it was answered meanwhile."
            )
        text = "stopped: it is here" if stopped else "has left already"
        _decide(
            order,
            Verb.ACCEPT if stopped else Verb.LEFT_WITH_IT,
            task.cause,
            f"The parcel {text}",
            who,
            case=task,
        )
    reconsider([order_id])
    return f"Noted: {order.number} {text}."


def report_short(order_id: int, sku: str, units: int, who: Reporter) -> str:
    """Units that are not on the shelf; returns what was noted. Raises BenchError."""
    with transaction.atomic():
        order = _locked(order_id)
        wanted = wanted_units(order).get(sku, 0)
        if not 1 <= units <= wanted:
            raise BenchError(
                f"{order.number} wants {wanted} × {sku}: choose up to that many."
            )
        if order.closed_at is not None:
            raise BenchError(f"{order.number} is over: nothing of it is to be packed.")
        pick, created = ShortPick.objects.get_or_create(
            order=order,
            sku=sku,
            cleared_at=None,
            defaults={
                "store_id": order.store_id,
                "units": units,
                "device": who.device,
                "by": who.user,
                "at": clock.now(),
            },
        )
        changed = created or pick.units != units
        if changed:
            ShortPick.objects.filter(pk=pick.pk).update(units=units)
            _event(order, "short_pick", f"{units} × {sku} not on the shelf", who)
    if changed:
        reconsider([order_id])
    return f"Noted: {units} × {sku} missing. Put {order.number} aside."


def report_found(order_id: int, who: Reporter) -> str:
    """All that was missing is there; returns what was noted. Raises BenchError."""
    with transaction.atomic():
        order = _locked(order_id)
        if not ShortPick.objects.filter(order=order, cleared_at=None).exists():
            raise BenchError(f"Nothing is missing of {order.number} any more.")
        _decide(order, Verb.FOUND, "found", "What was missing is found", who)
    reconsider([order_id])
    return f"Noted: {order.number} is complete. Scan it again before you pack it."


def told_stop(order: Order, answer: Answer, who: Reporter) -> None:
    """Keep in the order's timeline that the bench was told STOP, and when."""
    if answer.light is not Light.STOP:
        return
    text = f"{who.name} scanned it and was told STOP: {answer.why}"
    since = clock.now() - _TOLD_EVERY
    told = OrderEvent.objects.filter(order=order, verb="bench_stop", at__gt=since)
    if not told.filter(text=text[:500]).exists():
        _event(order, "bench_stop", text, who, named=True)


def wanted_units(order: Order) -> dict[str, int]:
    """SKU → units that are to be packed, in the order of the lines."""
    units: dict[str, int] = {}
    for line in order.lines.all():
        left = line.quantity - line.quantity_cancelled
        if line.sku and left > 0:
            units[line.sku] = units.get(line.sku, 0) + left
    return units


def _locked(order_id: int) -> Order:
    order = Order.objects.select_for_update().filter(pk=order_id).first()
    if order is None:
        raise BenchError("This order is not known here any more: scan it again.")
    return order


def _decide(
    order: Order,
    verb: str,
    cause: str,
    reason: str,
    who: Reporter,
    case: OrderException | None = None,
) -> None:
    Decision.objects.create(
        order=order,
        case=case,
        verb=verb,
        cause=cause,
        reason=reason,
        by=who.user,
        by_name=who.name,
        at=clock.now(),
    )
    _event(order, "bench", reason, who)


def _event(
    order: Order, verb: str, text: str, who: Reporter, *, named: bool = False
) -> None:
    said = text if named or who.user is not None else f"{who.name}: {text}"
    OrderEvent.objects.create(
        order=order,
        at=clock.now(),
        system="you",
        verb=verb,
        text=said[:500],
        data={"bench": who.name},
        actor=who.user,
    )
