"""What follows cancellations and what packers reported, for many orders at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, F

from orders.facts import FollowUpFacts, RefundFacts, ShortFacts
from orders.models import FollowUp, Order, OrderLine, ShortPick
from stores.connectors import CONNECTORS


class AfterShelf:
    """Follow-ups and open short picks of a batch of orders: two queries, mostly empty."""

    def __init__(
        self, orders: Sequence[Order], lines: Mapping[int, Sequence[OrderLine]]
    ) -> None:
        ids = [order.pk for order in orders]
        self.lines = lines
        self.follow_ups: dict[int, list[FollowUp]] = defaultdict(list)
        for row in FollowUp.objects.filter(order__in=ids).order_by("pk"):
            self.follow_ups[row.order_id].append(row)
        self.shorts: dict[int, list[ShortPick]] = defaultdict(list)
        short = ShortPick.objects.filter(order__in=ids, cleared_at=None)
        for pick in short.order_by("pk"):
            self.shorts[pick.order_id].append(pick)
        self.wanted = self._wanted() if self.shorts else {}

    def _wanted(self) -> dict[str, int]:
        """How many open orders want each of the missing SKUs."""
        skus = {pick.sku for picks in self.shorts.values() for pick in picks}
        rows = (
            OrderLine.objects.filter(
                sku__in=skus,
                order__closed_at=None,
                quantity__gt=F("quantity_cancelled"),
            )
            .exclude(order__stage__in=("dispatched", "confirmed", "done"))
            .order_by()
            .values("sku")
            .annotate(orders=Count("order", distinct=True))
        )
        return {row["sku"]: row["orders"] for row in rows}

    def facts(self, order: Order) -> dict[str, Any]:
        """What the snapshot of this order takes from here."""
        rule = CONNECTORS.get(order.store.remote_account.marketplace).refund_rule
        return {
            "follow_ups": tuple(
                FollowUpFacts(
                    id=row.pk,
                    kind=row.kind,
                    cause=row.cause,
                    state=row.state,
                    due=row.due,
                    done_at=row.done_at,
                )
                for row in self.follow_ups.get(order.pk, ())
            ),
            "shorts": tuple(
                ShortFacts(
                    id=pick.pk,
                    sku=pick.sku,
                    units=pick.units,
                    at=pick.at,
                    worth=self._worth(pick),
                    currency=order.currency,
                    wanted_by=max(0, self.wanted.get(pick.sku, 1) - 1),
                )
                for pick in self.shorts.get(order.pk, ())
            ),
            "refund": RefundFacts(
                cancelled=rule.cancelled, confirmed=rule.confirmed, days=rule.days
            ),
        }

    def _worth(self, pick: ShortPick) -> Decimal | None:
        prices = [
            line.unit_price
            for line in self.lines.get(pick.order_id, ())
            if line.sku == pick.sku
        ]
        if not prices or prices[0] is None:
            return None
        return prices[0] * pick.units
