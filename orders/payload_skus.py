"""SKUs that nothing here knows, where the store wants to be asked; pure."""

from __future__ import annotations

from collections.abc import Iterator

from orders import payload_checks as checks
from orders.payload_types import OrderFacts, PayloadProblem

UNKNOWN = "sku_unknown"


def unknown_skus(order: OrderFacts) -> Iterator[PayloadProblem]:
    """One problem for each SKU of the order that is no product, kit or approved alias."""
    if not order.hold_unknown_sku:
        return
    told: set[str] = set()
    for index, line in enumerate(order.lines):
        sku = line.unknown_sku
        if line.quantity <= 0 or not sku or sku in told:
            continue
        told.add(sku)
        yield PayloadProblem(
            field=f"items[{index}].sku",
            value_excerpt=sku[: checks.EXCERPT],
            message=f"The SKU ‘{sku}’ is no product, kit or approved alias here",
            hard=True,
            code=UNKNOWN,
            releasable=True,
            context={
                "sku": sku,
                "title": line.title,
                "lines": [
                    x.remote_id
                    for x in order.lines
                    if x.unknown_sku == sku and x.quantity > 0
                ],
            },
        )
