"""What our tables say about the demo's orders."""

from __future__ import annotations

from django.db.models import Count, Sum

from orders.models import CaseState, Order, OrderException, Stage
from stores.models import ReceiptOutcome, StoreMode, WebhookReceipt


def done_count() -> int:
    """Orders that have gone the whole way."""
    return Order.objects.filter(stage=Stage.DONE).count()


def done_numbers() -> set[str]:
    """The marketplace ids of these orders."""
    return set(
        Order.objects.filter(stage=Stage.DONE).values_list("remote_id", flat=True)
    )


def numbers_with_case() -> set[str]:
    """The marketplace ids of orders with a case, open or resolved."""
    return set(
        OrderException.objects.filter(order__isnull=False).values_list(
            "order__remote_id", flat=True
        )
    )


def moving_count() -> int:
    """Orders that the engine, not a person or the warehouse, has to move next."""
    stuck = OrderException.objects.filter(
        state=CaseState.OPEN, order__isnull=False
    ).values("order")
    stages = (Stage.TO_PUSH, Stage.DISPATCHED, Stage.CONFIRMED)
    return Order.objects.filter(stage__in=stages).exclude(pk__in=stuck).count()


def by_stage() -> dict[str, int]:
    """How many orders stand at each stage."""
    rows = Order.objects.values_list("stage").annotate(Count("pk")).order_by("stage")
    return dict(rows)


def direct_numbers() -> set[str]:
    """The marketplace ids of orders that ShipStation imported and tells of itself."""
    direct = Order.objects.filter(store__mode=StoreMode.DIRECT)
    return set(direct.values_list("remote_id", flat=True))


def done_by_store() -> dict[str, int]:
    """How many orders of each store have gone the whole way, by slug."""
    rows = Order.objects.filter(stage=Stage.DONE).values_list("store__slug")
    return dict(rows.annotate(Count("pk")).order_by())


def webhooks() -> dict[str, int]:
    """Messages that came in, by what was made of them."""
    rows = WebhookReceipt.objects.all()
    nudged = rows.filter(outcome=ReceiptOutcome.NUDGED)
    return {
        "webhooks that made us look": nudged.count(),
        "webhooks repeated, only counted": nudged.aggregate(n=Sum("repeats"))["n"] or 0,
        "webhooks of nonsense, ignored": rows.exclude(
            outcome=ReceiptOutcome.NUDGED
        ).count(),
    }
