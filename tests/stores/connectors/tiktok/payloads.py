"""TikTok's stored payloads, changed as a test needs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stores.connectors.tiktok.parse import Read

Json = dict[str, Any]
FOLDER = Path(__file__).parents[3] / "payloads" / "tiktok"
ORDER_ID = "576500000000000001"
SERUM, SET, GIFT = (f"5765000000000000010{number}" for number in (1, 4, 5))


def order(**changes: Any) -> Json:
    """The full order; a change of None takes the field out."""
    return changed(json.loads((FOLDER / "order__full.json").read_text()), changes)


def cancellation(**changes: Any) -> Json:
    """The buyer's open request."""
    found = json.loads((FOLDER / "cancellation__open.json").read_text())
    return changed(found, changes)


def changed(body: Json, changes: Json) -> Json:
    """The body with fields replaced, or taken out for None."""
    body |= changes
    return {name: value for name, value in body.items() if value is not None}


def read(
    raw: Json, *requests: Json, region: str = "GB", ships_to: tuple[str, ...] = ("GB",)
) -> Read:
    """The order as the connector hands it to the parser."""
    return Read(order=raw, region=region, ships_to=ships_to, cancellations=requests)


def shipped(raw: Json, *units: tuple[str, str], package: str = "1153") -> Json:
    """The order with these units, (id, number), in parcels."""
    numbers = dict(units)
    for row in raw["line_items"]:
        if number := numbers.get(row["id"]):
            row |= {
                "display_status": "AWAITING_COLLECTION",
                "package_status": "PROCESSING",
                "package_id": f"{package}{number[-4:-2]}",
                "tracking_number": number,
                "shipping_provider_id": "7117",
                "shipping_provider_name": "Royal Mail",
                "rts_time": 1793080000,
            }
    return raw
