"""What a marketplace's line is in the warehouse: a product, or the rows of a kit.

A person's word for the line comes first, then an approved alias, then the SKU itself.
Kits that were written to ShipStation stay as they were written (LineComponent).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from orders.kits import component_key, explode, shared_out
from orders.models import LineComponent, Order, OrderLine, ShipStationOrder
from orders.payload_types import LineFacts
from stores.rulebook import NO_PRODUCT, KitFacts, Rulebook


def known_as(line: OrderLine, book: Rulebook) -> str:
    """Our SKU for a line; its own where nothing says otherwise."""
    return line.sku_override or book.resolved(line.sku)


def unknown(line: OrderLine, book: Rulebook) -> bool:
    """Whether its SKU is no product, kit or approved alias, and no person named one."""
    named = bool(line.sku_override) or line.sku in book.aliases
    return not named and line.sku not in book.products and line.sku not in book.kits


def packed(line: OrderLine, book: Rulebook, currency: str) -> tuple[LineFacts, ...]:
    """The rows of ShipStation's order that stand for this line.

    ``components`` of the line must be loaded. Amounts add up to those of the line.
    """
    plain = _plain(line, book)
    rows = components(line, book, currency)
    if not rows:
        return (plain,)
    worth = {
        row.key: None if row.unit_price is None else row.unit_price * row.quantity
        for row in rows
    }
    taxes = shared_out(line.tax, worth, currency)
    kit = known_as(line, book)
    grams = _weights(rows, book, book.kits.get(kit), line.unit_price, currency)
    return tuple(
        replace(
            plain,
            line_key=row.key,
            sku=row.sku,
            title=row.title,
            quantity=plain.quantity * row.quantity,
            unit_price=row.unit_price,
            tax=taxes[row.key],
            kit=kit,
            options=(("Kit", kit), *plain.options),
            gift_message=plain.gift_message if at == 0 else "",
            product=book.products.get(row.sku, NO_PRODUCT),
            grams=weight,
            unknown_sku="" if at else plain.unknown_sku,
        )
        for at, (row, weight) in enumerate(zip(rows, grams, strict=True))
    )


def components(line: OrderLine, book: Rulebook, currency: str) -> list[LineComponent]:
    """The rows of a kit's line for one kit: as written before, else as the book has it.

    Empty for what is no kit. What was never written is unsaved.
    """
    fixed = list(line.components.all()) if line.pk else []
    kit = book.kits.get(known_as(line, book))
    if fixed or kit is None or not kit.components:
        return fixed
    grams = {
        x.sku: book.products.get(x.sku, NO_PRODUCT).weight_grams for x in kit.components
    }
    rows = explode(
        kit,
        price=line.unit_price,
        currency=currency,
        grams=book.products.get(kit.sku, NO_PRODUCT).weight_grams,
        each_grams=grams,
    )
    return [
        LineComponent(
            line=line,
            key=component_key(line.line_key, number),
            sku=row.sku,
            title=(book.products.get(row.sku, NO_PRODUCT).title or row.sku)[:500],
            quantity=row.quantity,
            unit_price=row.unit_price,
            position=number,
        )
        for number, row in enumerate(rows, start=1)
    ]


Units = tuple[str, str, int]


def units_of(line: OrderLine, book: Rulebook, currency: str) -> list[Units]:
    """What ShipStation is told of a line, or was: (line key, SKU, units)."""
    wanted = max(0, line.quantity - line.quantity_cancelled)
    rows = components(line, book, currency)
    if not rows:
        return [(line.line_key, known_as(line, book), wanted)]
    return [(row.key, row.sku, row.quantity * wanted) for row in rows]


def fix(orders: Iterable[tuple[Order, Iterable[OrderLine], Rulebook]]) -> None:
    """Keep the rows of kits as they are about to be written to ShipStation.

    From now on its parcels name them, so a kit that changes counts for later orders.
    Lines must have their ``components`` loaded. One query at most.
    """
    new = [
        row
        for order, lines, book in orders
        for line in lines
        for row in components(line, book, order.currency)
        if row.pk is None
    ]
    if new:
        LineComponent.objects.bulk_create(new, ignore_conflicts=True)


def unfix(order_ids: Sequence[int]) -> None:
    """Forget rows of orders that ShipStation certainly did not take.

    Where it has any record of the order they stay.
    """
    if not order_ids:
        return
    there = ShipStationOrder.objects.filter(order__in=order_ids).values("order")
    LineComponent.objects.filter(line__order__in=order_ids).exclude(
        line__order__in=there
    ).delete()


def _plain(line: OrderLine, book: Rulebook) -> LineFacts:
    sku = known_as(line, book)
    product = book.products.get(sku, NO_PRODUCT)
    return LineFacts(
        line_key=line.line_key,
        sku=sku,
        title=line.title,
        quantity=max(0, line.quantity - line.quantity_cancelled),
        unit_price=line.unit_price,
        tax=line.tax,
        options=tuple((name, value) for name, value in line.details.get("options", [])),
        gift_message=line.details.get("gift_message", ""),
        market_sku=line.sku,
        remote_id=line.remote_id,
        product=product,
        grams=product.weight_grams,
        unknown_sku=line.sku if unknown(line, book) else "",
        named_by_person=bool(line.sku_override),
    )


def _weights(
    rows: Sequence[LineComponent],
    book: Rulebook,
    kit: KitFacts | None,
    price: Decimal | None,
    currency: str,
) -> list[int | None]:
    """What a unit of each row weighs: its product, else its part of the kit's weight.

    A kit that changed since says nothing of the rows that were written.
    """
    own = [book.products.get(row.sku, NO_PRODUCT).weight_grams for row in rows]
    if kit is None or None not in own:
        return own
    now = explode(
        kit,
        price=price,
        currency=currency,
        grams=book.products.get(kit.sku, NO_PRODUCT).weight_grams,
        each_grams={
            x.sku: book.products.get(x.sku, NO_PRODUCT).weight_grams
            for x in kit.components
        },
    )
    if [(x.sku, x.quantity) for x in now] != [(x.sku, x.quantity) for x in rows]:
        return own
    return [x.grams for x in now]
