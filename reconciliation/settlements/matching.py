"""A person matches a line, or says that it belongs to no order; suggestions for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q, QuerySet

from orders.filters import matches_id
from orders.models import Order, OrderLine
from reconciliation.models import LineKind, MatchRung, Settlement, SettlementLine
from reconciliation.settlements.totals import count_matches
from shipsync_site.lib import clock
from stores import lanes

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

SHOWN = 8
# A sale is booked so long after the order at most.
LOOKS_BACK = timedelta(days=90)


class MatchError(ValueError):
    """Why a line can't be matched so; the message is for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An order that a line may be about, and what speaks for it."""

    order: Order
    why: str


def match(
    line: SettlementLine,
    user: AbstractBaseUser,
    order: Order | None,
    note: str,
    *,
    alike: bool = False,
) -> int:
    """Give a line to an order, or (None) to none, with a note; how many lines.

    ``alike``: the unmatched lines of the settlement with the same order number too. The
    comparison follows by itself. Raises MatchError.
    """
    note = note.strip()
    if not note:
        raise MatchError("Say in a note how you know it.")
    account = line.settlement.account_id
    if order is not None and order.store.remote_account_id != account:
        raise MatchError(
            f"{order.number} is an order of {order.store.name}: another account paid "
            "this settlement. Choose an order of the same account."
        )
    with transaction.atomic():
        settlement = Settlement.objects.select_for_update().get(pk=line.settlement_id)
        if settlement.signed_at:
            raise MatchError(
                "The settlement is signed. Take the signature back first, then match."
            )
        rows = SettlementLine.objects.filter(pk=line.pk)
        if alike and line.order_ref:
            rows = rows | SettlementLine.objects.filter(
                settlement=settlement, order_ref=line.order_ref, rung=MatchRung.NONE
            )
        done = 0
        for row in rows.order_by("pk"):
            row.order = order
            row.order_line = _line_of(row, order)
            row.rung = MatchRung.PERSON if order else MatchRung.NO_ORDER
            row.matched_by, row.match_note = user, note[:300]  # type: ignore[assignment]
            row.save(
                update_fields=[
                    "order",
                    "order_line",
                    "rung",
                    "matched_by",
                    "match_note",
                ]
            )
            done += 1
        count_matches(settlement)
        settlement.matched_at = clock.now()
        settlement.save(
            update_fields=["unmatched_count", "unmatched_total", "matched_at"]
        )
        transaction.on_commit(lanes.enqueue_pump)
    return done


def _line_of(row: SettlementLine, order: Order | None) -> OrderLine | None:
    """The order's line that the settlement line is about, where that is plain."""
    if order is None:
        return None
    lines = list(order.lines.all())
    same = [x for x in lines if row.item_ref and x.remote_id == row.item_ref]
    same = same or [x for x in lines if row.sku and x.sku == row.sku]
    if not same and not row.sku:
        same = lines
    return same[0] if len(same) == 1 else None


def suggestions(line: SettlementLine) -> list[Suggestion]:
    """Orders of the account that fit, what speaks most for it first."""
    ours = Order.objects.filter(
        store__remote_account=line.settlement.account_id
    ).select_related("store")
    found: dict[int, Suggestion] = {}

    def add(orders: QuerySet[Order], why: str) -> None:
        for order in orders.order_by("-ordered_at", "-pk")[:SHOWN]:
            found.setdefault(order.pk, Suggestion(order=order, why=why))

    if line.item_ref:
        add(ours.filter(lines__remote_id=line.item_ref), "has the same line id")
    if len(line.order_ref) > 5:
        add(
            ours.filter(remote_id__startswith=line.order_ref),
            "its number begins the same",
        )
    if line.posted_at:
        since = line.posted_at - LOOKS_BACK
        near = ours.filter(ordered_at__range=(since, line.posted_at))
        if line.sku:
            same = near.filter(lines__sku=line.sku)
            if line.kind in (LineKind.SALE, LineKind.REFUND):
                add(
                    same.filter(lines__unit_price=abs(line.amount)),
                    f"has {line.sku} at this price",
                )
            add(same, f"has {line.sku}")
        if line.kind in (LineKind.SALE, LineKind.REFUND):
            worth = Q(total=abs(line.amount)) | Q(lines__unit_price=abs(line.amount))
            add(near.filter(worth).distinct(), "has this amount")
    return list(found.values())[:SHOWN]


def search(line: SettlementLine, text: str) -> list[Suggestion]:
    """Orders of the account with this number, id, tracking number or SKU."""
    orders = Order.objects.filter(
        matches_id(text), store__remote_account=line.settlement.account_id
    ).select_related("store")
    return [
        Suggestion(order=order, why=f"found by ‘{text}’")
        for order in orders.order_by("-ordered_at", "-pk")[:SHOWN]
    ]
