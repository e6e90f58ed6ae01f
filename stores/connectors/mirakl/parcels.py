"""The parcels that an operator was told of; pure.

Without multi-shipment an order has one carrier and one number of its own (OR23). With
it, shipments have them (ST01, read back by ST11), and Mirakl follows each number itself:
a wrong carrier shows hours later in ``validity_status`` and never as an error.
"""

from __future__ import annotations

from typing import Any

from stores.connectors.mirakl import fields
from stores.connectors.mirakl.fields import FieldError, Json
from stores.connectors.mirakl.states import (
    DOUBTFUL,
    INVALID,
    SHIPMENT_STATES,
    SHIPPED,
    VALIDITY,
)
from stores.remote_types import RemotePackage

Unknown = list[tuple[str, str]]
# Other tools number packages too: only these are references of ours.
OURS = "shipsync-"
WHOLE_ORDER = "order"


def own_reference(package_ref: str) -> str:
    """Our package reference as the operator keeps it."""
    return f"{OURS}{package_ref}"


def of_order(raw: Json) -> tuple[RemotePackage, ...]:
    """The one parcel of an order, () while it is not told as shipped.

    A number alone proves nothing: it may be set before the order is told as shipped.
    """
    if fields.text(raw, "order_state", "") not in SHIPPED:
        return ()
    dates = [
        fields.moment(line, "shipped_date", f"order_lines[{index}].")
        for index, line in enumerate(fields.rows(raw, "order_lines", ""))
    ]
    shipped = min((x for x in dates if x is not None), default=None)
    return (
        RemotePackage(
            reference=WHOLE_ORDER,
            carrier=fields.text(raw, "shipping_carrier_code", "")
            or fields.text(raw, "shipping_company", ""),
            tracking_number=fields.text(raw, "shipping_tracking", ""),
            status="",
            shipped_at=shipped,
            told_at=shipped,
            lines=(),
        ),
    )


def of_shipments(shipments: list[Json], unknown: Unknown) -> tuple[RemotePackage, ...]:
    """The parcels of an order's shipments; those that have not left are none yet."""
    found = []
    for index, row in enumerate(shipments):
        path = f"shipments[{index}]."
        status = fields.text(row, "status", path)
        if status and status not in SHIPMENT_STATES:
            unknown.append(("shipment.status", status))
        if status not in SHIPPED:
            continue
        tracking = fields.obj(row, "tracking", path)
        inner = f"{path}tracking."
        validity = fields.text(tracking, "validity_status", inner)
        if validity and validity not in VALIDITY:
            unknown.append(("shipment.tracking.validity_status", validity))
        number = fields.text(tracking, "tracking_number", inner)
        if validity == INVALID:
            unknown.append(("a number that the carrier does not know", number))
        found.append(
            RemotePackage(
                reference=reference_of(row, path),
                carrier=fields.text(tracking, "carrier_code", inner)
                or fields.text(tracking, "carrier_name", inner),
                tracking_number=number,
                status=validity if validity in DOUBTFUL else status,
                shipped_at=fields.moment(row, "shipped_date", path),
                told_at=fields.moment(row, "shipped_date", path),
                lines=lines_of(row, path),
            )
        )
    return tuple(found)


def reference_of(shipment: Json, path: str) -> str:
    """Our own reference of a shipment's parcel, else the operator's id."""
    for row in fields.rows(shipment, "shipment_lines", path):
        kept = fields.text(row, "package_reference", f"{path}shipment_lines.")
        if kept.startswith(OURS):
            return kept.removeprefix(OURS)
    return fields.required_text(shipment, "id", path)


def lines_of(shipment: Json, path: str) -> tuple[tuple[str, int], ...]:
    """(order line id, units) of a shipment."""
    found = []
    for row in fields.rows(shipment, "shipment_lines", path):
        inner = f"{path}shipment_lines."
        line_id = fields.text(row, "order_line_id", inner)
        units = fields.units(row, "quantity", inner)
        if line_id and units:
            found.append((line_id, units))
    return tuple(found)


def shipments_of(body: Any) -> tuple[list[Json], str]:
    """The rows of ST11's page and the token of the next one; FieldError otherwise."""
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        raise FieldError("data", "is missing")
    return fields.rows(body, "data", ""), fields.text(body, "next_page_token", "")
