"""From an order's rows to the question about its tax number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orders.models import Order, OrderLine
from orders.tax_rules import TaxQuestion, goods_value
from orders.tax_schemes import Place
from stores.connectors import CONNECTORS
from stores.remote_types import RemoteAddress
from stores.vat_area import country_of


def tax_question(
    order: Order,
    lines: Sequence[OrderLine],
    recipient: RemoteAddress,
    raw: Mapping[str, Any] | None,
) -> TaxQuestion:
    """What the tax rules are asked; ``order.store`` and its account must be loaded.

    Lines without units to ship say nothing. A line read before the lines had readings of
    their own counts as the order's.
    """
    store = order.store
    connector = CONNECTORS.get(store.remote_account.marketplace)
    wanted = [(line, line.quantity - line.quantity_cancelled) for line in lines]
    readings = tuple(
        (line.tax_scheme, line.ioss_number) for line, units in wanted if units > 0
    )
    if not any(scheme or number for scheme, number in readings):
        readings = ((order.tax_scheme, order.ioss_number),)
    return TaxQuestion(
        readings=readings,
        place=Place(
            country=country_of(recipient.country or order.country),
            postcode=recipient.postcode or order.postcode_area,
            ship_from=country_of(store.ship_from_country),
        ),
        goods=goods_value(
            (
                (line.unit_price, line.tax, max(0, units), line.quantity)
                for line, units in wanted
            ),
            includes_tax=connector.prices_include_tax,
        ),
        currency=order.currency,
        at=order.ordered_at,
        connector=connector.label,
        raw=raw,
    )
