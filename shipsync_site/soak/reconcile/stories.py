"""Orders that go well, each in its own way: nothing of them is to be found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from orders.models import LineComponent, Order
from shipsync_site.soak.reconcile.shop import Shop, Tale, package
from stores.shipstation.types import SsLine

Story = Callable[[Shop, datetime], None]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MINUTE = timedelta(minutes=1)


def placed(shop: Shop, end: datetime, **fields: object) -> Tale:
    """An order of two to four days ago, that the marketplace told us of at once."""
    at = end - timedelta(minutes=shop.random.randrange(48 * 60, 96 * 60))
    tale = shop.tale(at, **fields)  # type: ignore[arg-type]
    shop.market(tale, at)
    return tale


def bring(shop: Shop, tale: Tale) -> int:
    """It comes to ShipStation a few minutes later."""
    return shop.record(tale, tale.placed + 10 * MINUTE)


def ship(shop: Shop, tales: list[Tale], number: int, *, confirmed: bool = True) -> str:
    """A label is bought the next day, told, and read back with the order as shipped."""
    at = max(tale.placed for tale in tales) + 20 * HOUR
    tracking = shop.label(tales, number, at, notified=True if shop.direct else None)
    shop.record(tales[0], at + MINUTE, number=number, status="shipped")
    if confirmed:
        for tale in tales:
            tell(shop, tale, tracking, at + HOUR)
    return tracking


def tell(shop: Shop, tale: Tale, tracking: str, at: datetime) -> None:
    """The marketplace is told, and shows it."""
    if not shop.direct:
        shop.told(tale, tracking, "read_back", at)
    packages = (*(tale.packages or ()), package(tale, tracking, at))
    shop.market(tale, at + 5 * MINUTE, status="shipped", packages=packages)


def fresh(shop: Shop, end: datetime) -> None:
    """Placed half an hour ago: on its way everywhere."""
    tale = shop.tale(end - 30 * MINUTE)
    shop.market(tale, tale.placed)


def just_counted(shop: Shop, end: datetime) -> None:
    """Placed minutes ago: counted there, and not read yet."""
    tale = shop.tale(end - 5 * MINUTE)
    shop.counted(tale, tale.placed)


def waiting(shop: Shop, end: datetime) -> None:
    """Waits for the warehouse."""
    bring(shop, placed(shop, end))


def shipped(shop: Shop, end: datetime) -> None:
    """Sent, told and shown."""
    tale = placed(shop, end)
    ship(shop, [tale], bring(shop, tale))


def just_labelled(shop: Shop, end: datetime) -> None:
    """Its label is half an hour old."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    shop.label([tale], number, end - 30 * MINUTE)
    shop.record(tale, end - 29 * MINUTE, number=number, status="shipped")


def just_told(shop: Shop, end: datetime) -> None:
    """Accepted an hour ago, not shown yet."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    at = end - 90 * MINUTE
    tracking = shop.label([tale], number, at, notified=True if shop.direct else None)
    shop.record(tale, at + MINUTE, number=number, status="shipped")
    if not shop.direct:
        shop.told(tale, tracking, "accepted", at + 10 * MINUTE)


def cancelled_early(shop: Shop, end: datetime) -> None:
    """Cancelled before anything was written."""
    tale = placed(shop, end)
    shop.market(tale, tale.placed + 5 * MINUTE, status="cancelled")


def cancelled_there_too(shop: Shop, end: datetime) -> None:
    """Cancelled on both sides."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    shop.market(tale, tale.placed + 3 * HOUR, status="cancelled")
    shop.record(tale, tale.placed + 4 * HOUR, number=number, status="cancelled")


def just_cancelled(shop: Shop, end: datetime) -> None:
    """Cancelled minutes ago: the hold is on its way."""
    tale = placed(shop, end)
    bring(shop, tale)
    shop.market(tale, end - 10 * MINUTE, status="cancelled")


def voided_in_time(shop: Shop, end: datetime) -> None:
    """Cancelled after its label, which was voided before anybody was told."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    at = tale.placed + 5 * HOUR
    tracking = shop.label([tale], number, at)
    shop.market(tale, at + HOUR, status="cancelled")
    shop.void([tale], number, tracking, at, at + 2 * HOUR)
    shop.record(tale, at + 3 * HOUR, number=number, status="cancelled")


def by_the_marketplace(shop: Shop, end: datetime) -> None:
    """Shipped from the marketplace's own warehouse."""
    placed(shop, end, not_ours="fulfilled_by_marketplace")


def unpaid(shop: Shop, end: datetime) -> None:
    """Not paid yet."""
    placed(shop, end, status="pending")


def combined(shop: Shop, end: datetime) -> None:
    """Two orders of one buyer in one parcel, both told."""
    first, second = placed(shop, end), placed(shop, end)
    second.address = first.address
    kept, taken = bring(shop, first), bring(shop, second)
    at = max(first.placed, second.placed) + 2 * HOUR
    combine(shop, first, second, kept, taken, at)
    ship(shop, [first, second], kept)


def combine(
    shop: Shop, first: Tale, second: Tale, kept: int, taken: int, at: datetime
) -> None:
    """The second order's record goes into the first one's, and is seen no more."""

    def both(lines: list[SsLine]) -> list[SsLine]:
        order = Order.objects.get(number=second.number)
        return [*lines, *shop.lines_of(order)]

    shop.record(first, at, number=kept, merged=(taken,), lines=both)
    shop.gone(taken, at)


def split(shop: Shop, end: datetime) -> None:
    """Two lines in two parcels."""
    tale = placed(shop, end, lines=2)
    number = bring(shop, tale)
    one, other = (sku for sku, _units in tale.lines)
    at = tale.placed + 5 * HOUR
    shop.record(tale, at, number=number, split=True, lines=_only(one))
    part = shop.record(tale, at, parent=number, split=True, lines=_only(other))
    packages = []
    for record, sku in ((number, one), (part, other)):
        notified = True if shop.direct else None
        tracking = shop.label([tale], record, at + HOUR, skus=(sku,), notified=notified)
        if not shop.direct:
            shop.told(tale, tracking, "read_back", at + 2 * HOUR, skus=(sku,))
        packages.append(package(tale, tracking, at))
    for record, sku, parent in ((number, one, None), (part, other, number)):
        shop.record(
            tale, at + 3 * HOUR, number=record, status="shipped", split=True,
            parent=parent, lines=_only(sku),
        )  # fmt: skip
    shop.market(tale, at + 3 * HOUR, status="shipped", packages=tuple(packages))


def _only(sku: str) -> Callable[[list[SsLine]], list[SsLine]]:
    return lambda lines: [line for line in lines if line.sku == sku]


def partly(shop: Shop, end: datetime) -> None:
    """One of two lines has left and is told; the other waits in its own record."""
    tale = placed(shop, end, lines=2)
    number = bring(shop, tale)
    one, other = (sku for sku, _units in tale.lines)
    at = tale.placed + 5 * HOUR
    shop.record(tale, at, number=number, split=True, lines=_only(one))
    shop.record(tale, at, parent=number, split=True, lines=_only(other))
    notified = True if shop.direct else None
    tracking = shop.label([tale], number, at + HOUR, skus=(one,), notified=notified)
    if not shop.direct:
        shop.told(tale, tracking, "read_back", at + 2 * HOUR, skus=(one,))
    shop.record(
        tale,
        at + 2 * HOUR,
        number=number,
        status="shipped",
        split=True,
        lines=_only(one),
    )
    packages = (package(tale, tracking, at),)
    shop.market(tale, at + 3 * HOUR, status="partly_shipped", packages=packages)


def kit(shop: Shop, end: datetime) -> None:
    """A kit, packed as its parts."""
    tale = placed(shop, end, lines=1)
    shop.at(tale.placed + 6 * MINUTE, lambda: pack(tale))
    ship(shop, [tale], bring(shop, tale))


def pack(tale: Tale) -> None:
    """Its first line is packed as two parts."""
    line = Order.objects.get(number=tale.number).lines.first()
    if line is not None:
        for n in (1, 2):
            LineComponent.objects.create(
                line=line, key=f"{line.line_key}.{n}", sku=f"PART-{n}", quantity=n
            )


def printed_again(shop: Shop, end: datetime) -> None:
    """Its first label was voided after it was told, and the second corrected it."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    at = tale.placed + 5 * HOUR
    notified = True if shop.direct else None
    first = shop.label([tale], number, at, notified=notified)
    if not shop.direct:
        shop.told(tale, first, "read_back", at + 10 * MINUTE)
    shop.void([tale], number, first, at, at + 2 * HOUR, notified=notified)
    second = shop.label([tale], number, at + 3 * HOUR, notified=notified)
    shop.record(tale, at + 3 * HOUR, number=number, status="shipped")
    if not shop.direct:
        shop.told(tale, second, "read_back", at + 4 * HOUR, instead_of=first)
    shop.market(
        tale, at + 4 * HOUR, status="shipped", packages=(package(tale, second, at),)
    )


def asked_to_cancel(shop: Shop, end: datetime) -> None:
    """Held while customer service decides about the buyer's request."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    shop.market(tale, tale.placed + HOUR, asked=True)
    shop.record(
        tale, tale.placed + 2 * HOUR, number=number, status="on_hold", held_by_us=True
    )


def partly_cancelled(shop: Shop, end: datetime) -> None:
    """A unit was cancelled, and ShipStation has one less."""
    tale = placed(shop, end, lines=2)
    number = bring(shop, tale)
    sku = tale.lines[0][0]
    shop.market(tale, tale.placed + HOUR, cancelled={sku: 1})
    shop.record(tale, tale.placed + 2 * HOUR, number=number)
    ship(shop, [tale], number)


def with_tax(shop: Shop, end: datetime) -> None:
    """Its tax number stands in a custom field."""
    tale = placed(shop, end, ioss="IM5280002556")
    shop.record(tale, tale.placed + 10 * MINUTE, body=marked(tale.ioss))


def marked(number: str) -> dict[str, object]:
    """A body that shows this number."""
    return {"advancedOptions": {"customField1": f"IOSS {number}"}}


def moved(shop: Shop, end: datetime) -> None:
    """The buyer moved, and ShipStation was told."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    shop.market(tale, tale.placed + 5 * HOUR, address=shop.place())
    shop.record(tale, tale.placed + 6 * HOUR, number=number)


def just_moved(shop: Shop, end: datetime) -> None:
    """The buyer moved minutes ago."""
    tale = placed(shop, end)
    bring(shop, tale)
    shop.market(tale, end - 15 * MINUTE, address=shop.place())


def came_back(shop: Shop, end: datetime) -> None:
    """Cancelled, and a return label was bought for what had left in error before."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    shop.market(tale, tale.placed + 3 * HOUR, status="cancelled")
    shop.record(tale, tale.placed + 4 * HOUR, number=number, status="cancelled")
    shop.label([tale], number, tale.placed + 9 * HOUR, is_return=True)


def just_held(shop: Shop, end: datetime) -> None:
    """Held by us for an hour."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    shop.record(tale, end - HOUR, number=number, status="on_hold", held_by_us=True)


STORIES: tuple[Story, ...] = (
    fresh, just_counted, waiting, shipped, just_labelled, just_told, cancelled_early,
    cancelled_there_too, just_cancelled, voided_in_time, by_the_marketplace, unpaid,
    combined, split, partly, printed_again, asked_to_cancel, partly_cancelled,
    with_tax, moved, just_moved, came_back, just_held,
)  # fmt: skip
# ShipStation's own connection packs no kits of ours.
ORCHESTRATED: tuple[Story, ...] = (*STORIES, kit)
