"""What the marketplace pays in a lesson: settlements of a person's own orders.

Invented, but written and stored as real ones are: a report in Amazon's form that the
person brings in, or one that came in by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from orders.models import Order
from reconciliation.models import Settlement, SettlementSource
from reconciliation.settlements import store
from shipsync_site.training import Paper
from shipsync_site.training.scene import Scene
from stores import lanes
from stores.remote_money import LineKind, MoneyLine, SettlementHead

SHARE = Decimal("0.15")
PENNY = Decimal("0.01")
_WORDS = {
    LineKind.SALE: ("ItemPrice", "Principal"),
    LineKind.FEE: ("ItemFees", "Commission"),
}
_HEADER = (
    "settlement-id", "settlement-start-date", "settlement-end-date", "deposit-date",
    "total-amount", "currency", "transaction-type", "order-id", "merchant-order-id",
    "adjustment-id", "shipment-id", "marketplace-name", "amount-type",
    "amount-description", "amount", "fulfillment-id", "posted-date", "posted-date-time",
    "order-item-code", "merchant-order-item-id", "merchant-adjustment-item-id", "sku",
    "quantity-purchased",
)  # fmt: skip
_TIME = "%Y-%m-%d %H:%M:%S UTC"


def name_of(scene: Scene, number: int = 1) -> str:
    """The id of a run's settlement; the same whenever it is asked for."""
    return f"19{scene.run.pk:05d}{scene.run.since % 1_000_000:06d}{number}"


def lines_of(scene: Scene, orders: Sequence[Order]) -> list[MoneyLine]:
    """Each line's price and the marketplace's share of it."""
    found = []
    for order in orders:
        for line in order.lines.all():
            price = (line.unit_price or Decimal(10)) * line.quantity
            amounts = {
                LineKind.SALE: price.quantize(PENNY),
                LineKind.FEE: -(price * SHARE).quantize(PENNY),
            }
            for kind, amount in amounts.items():
                words, description = _WORDS[kind]
                found.append(
                    MoneyLine(
                        kind=kind,
                        amount=amount,
                        raw_type="Order",
                        raw_kind=words,
                        raw_description=description,
                        posted_at=_day(scene),
                        order_ref=order.remote_id,
                        item_ref=line.remote_id,
                        sku=line.sku,
                        quantity=line.quantity if kind == LineKind.SALE else None,
                    )
                )
    return found


def sum_of(lines: Sequence[MoneyLine]) -> Decimal:
    """What they come to."""
    return sum((line.amount for line in lines), Decimal(0))


def pay(
    scene: Scene,
    lines: Sequence[MoneyLine],
    *,
    total: Decimal | None = None,
    number: int = 1,
) -> None:
    """A settlement of these lines came in by itself."""
    head = SettlementHead(
        remote_id=name_of(scene, number),
        currency=_currency(scene),
        total=sum_of(lines) if total is None else total,
        starts_at=_day(scene) - timedelta(days=14),
        ends_at=_day(scene),
        deposited_at=_day(scene),
    )
    staged = store.begin(
        scene.room.store.remote_account, SettlementSource.AMAZON_V2, head
    )
    store.add_lines(staged, lines)
    store.finish(staged)
    expect(scene, number)
    lanes.enqueue_pump()


def expect(scene: Scene, number: int = 1) -> None:
    """The run's settlement of this number goes with the run."""
    known = scene.things.get("settlements", [])
    scene.things["settlements"] = [*known, name_of(scene, number)]


def settlement(scene: Scene, number: int = 1) -> Settlement | None:
    """The run's settlement, as it stands now."""
    return Settlement.objects.filter(
        account=scene.room.store.remote_account,
        remote_id=name_of(scene, number),
        stored_at__isnull=False,
    ).first()


def as_paper(scene: Scene, lines: Sequence[MoneyLine], number: int = 1) -> Paper:
    """These lines as the marketplace's own report."""
    name = name_of(scene, number)
    head = {
        "settlement-id": name,
        "settlement-start-date": f"{_day(scene) - timedelta(days=14):{_TIME}}",
        "settlement-end-date": f"{_day(scene):{_TIME}}",
        "deposit-date": f"{_day(scene):{_TIME}}",
        "total-amount": str(sum_of(lines)),
        "currency": _currency(scene),
    }
    rows = [head] + [
        {
            "settlement-id": name,
            "transaction-type": line.raw_type,
            "order-id": line.order_ref,
            "marketplace-name": "Amazon.co.uk",
            "amount-type": line.raw_kind,
            "amount-description": line.raw_description,
            "amount": str(line.amount),
            "fulfillment-id": "MFN",
            "posted-date": f"{_day(scene):%Y-%m-%d}",
            "posted-date-time": f"{_day(scene):{_TIME}}",
            "order-item-code": line.item_ref,
            "sku": line.sku,
            "quantity-purchased": str(line.quantity or ""),
        }
        for line in lines
    ]
    text = ["\t".join(_HEADER)]
    text += ["\t".join(row.get(column, "") for column in _HEADER) for row in rows]
    return Paper(name=f"{name}.txt", content=("\n".join(text) + "\n").encode())


def _day(scene: Scene) -> datetime:
    return scene.run.started_at.replace(microsecond=0)


def _currency(scene: Scene) -> str:
    return (scene.orders[0].currency if scene.orders else "") or "GBP"
