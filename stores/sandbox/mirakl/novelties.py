"""New fields and new enum values in answers: Mirakl says that both come unannounced.

Which orders show one follows from their ids alone, so each answer shows the same.
"""

from __future__ import annotations

import zlib
from typing import Any

Json = dict[str, Any]

FIELD, VALUE = "carbon_footprint", "PAY_IN_INSTALMENTS"


def add_novelties(order_id: str, body: Json, share: float) -> None:
    """Give this share of all orders an unknown field, every other an unknown value."""
    if share <= 0:
        return
    draw = zlib.crc32(order_id.encode()) % 10_000
    if draw < share * 10_000:
        body[FIELD] = {"grams": 120, "method": "ESTIMATE"}
        if draw % 2:
            body["payment_workflow"] = VALUE
