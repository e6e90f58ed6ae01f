"""Read ShipStation's answers (API v1) into frozen values; pure.

A row that can't be read becomes a MalformedRecord and the page goes on. An unknown
status becomes UNKNOWN with its text kept. Only an envelope that is none raises
UnexpectedAnswerError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from stores.errors import UnexpectedAnswerError
from stores.shipstation import fields
from stores.shipstation.fields import Json, RowError
from stores.shipstation.types import (
    MalformedRecord,
    OrderRows,
    RowResult,
    ShipmentRows,
    SsCarrier,
    SsLine,
    SsOrder,
    SsShipment,
    SsStatus,
    SsStore,
    Tag,
)

_Row = TypeVar("_Row")
TEST_SHIPMENT_ID = -1
_STATUSES = {status.value: status for status in SsStatus}
_VERIFIED = {
    "address not yet validated": "not_validated",
    "address validated successfully": "ok",
    "address validation warning": "warning",
    "address validation failed": "failed",
}


def orders(payload: Any, *, as_of: datetime) -> OrderRows:
    """A page of GET /orders. Raises UnexpectedAnswerError for another shape."""
    rows, total, page, pages = _envelope(payload, "orders")
    good, bad = _each(rows, lambda row: order(row, as_of=as_of), "orderId")
    return OrderRows(
        orders=good, malformed=bad, total=total, page=page, pages=pages, as_of=as_of
    )


def shipments(payload: Any, *, as_of: datetime) -> ShipmentRows:
    """A page of GET /shipments: labels. Raises UnexpectedAnswerError."""
    rows, total, page, pages = _envelope(payload, "shipments")
    good, bad = _each(rows, lambda row: shipment(row, as_of=as_of), "shipmentId")
    return ShipmentRows(
        shipments=good, malformed=bad, total=total, page=page, pages=pages, as_of=as_of
    )


def fulfillments(payload: Any, *, as_of: datetime) -> ShipmentRows:
    """A page of GET /fulfillments: marked as shipped. Raises UnexpectedAnswerError."""
    rows, total, page, pages = _envelope(payload, "fulfillments")
    good, bad = _each(rows, lambda row: fulfillment(row, as_of=as_of), "fulfillmentId")
    return ShipmentRows(
        shipments=good, malformed=bad, total=total, page=page, pages=pages, as_of=as_of
    )


def order(row: Any, *, as_of: datetime) -> SsOrder:
    """One order resource. Raises RowError naming the field."""
    row = fields.an_object(row, "order")
    raw_status = fields.text(row, "orderStatus")
    advanced = fields.sub_object(row, "advancedOptions")
    ship_to = fields.sub_object(row, "shipTo")
    return SsOrder(
        order_id=fields.required_whole(row, "orderId"),
        order_key=fields.text(row, "orderKey"),
        order_number=fields.text(row, "orderNumber"),
        status=_STATUSES.get(raw_status.casefold(), SsStatus.UNKNOWN),
        raw_status=raw_status,
        store_id=fields.whole(advanced, "storeId", "advancedOptions.storeId"),
        modify_date=fields.text(row, "modifyDate"),
        modified_at=fields.moment(row, "modifyDate"),
        created_at=fields.moment(row, "createDate"),
        hold_until=fields.day(row, "holdUntilDate"),
        merged_or_split=fields.flag(advanced.get("mergedOrSplit")),
        merged_ids=fields.wholes(
            advanced.get("mergedIds"), "advancedOptions.mergedIds"
        ),
        parent_id=fields.whole(advanced, "parentId", "advancedOptions.parentId"),
        address_verified=_VERIFIED.get(
            fields.text(ship_to, "addressVerified").casefold(), ""
        ),
        tag_ids=fields.wholes(row.get("tagIds"), "tagIds"),
        lines=_lines(row.get("items"), "items"),
        externally_fulfilled=fields.flag(row.get("externallyFulfilled")),
        as_of=as_of,
        body=dict(row),
        ordered_at=_order_date(row),
        postcode=fields.loose_text(ship_to.get("postalCode")),
        carrier_code=fields.loose_text(row.get("carrierCode")),
        service_code=fields.loose_text(row.get("serviceCode")),
        requested_service=fields.loose_text(row.get("requestedShippingService")),
    )


def _order_date(row: Json) -> datetime | None:
    """The channel's order date; one that can't be read is no reason to skip the row."""
    try:
        return fields.moment(row, "orderDate")
    except RowError:
        return None


def shipment(row: Any, *, as_of: datetime) -> SsShipment:
    """One label. Raises RowError. Lines are None unless they were asked for."""
    row = fields.an_object(row, "shipment")
    shipment_id = fields.required_whole(row, "shipmentId")
    tracking = fields.text(row, "trackingNumber").strip()
    items = row.get("shipmentItems")
    return SsShipment(
        source="label",
        remote_id=str(shipment_id),
        # a label bought without an order has none
        order_id=fields.whole(row, "orderId", "orderId") or 0,
        order_key=fields.text(row, "orderKey"),
        order_number=fields.text(row, "orderNumber"),
        tracking_number=tracking,
        carrier_code=fields.text(row, "carrierCode"),
        service_code=fields.text(row, "serviceCode"),
        is_return=fields.flag(row.get("isReturnLabel")),
        # Test labels: id -1 and a tracking number of nines only (measured live).
        is_test=shipment_id == TEST_SHIPMENT_ID or _all_nines(tracking),
        lines=None if items is None else _lines(items, "shipmentItems"),
        as_of=as_of,
        **_shipped(row),
    )


def fulfillment(row: Any, *, as_of: datetime) -> SsShipment:
    """One mark-as-shipped. Raises RowError. It carries no order key and no lines."""
    row = fields.an_object(row, "fulfillment")
    return SsShipment(
        source="fulfillment",
        remote_id=str(fields.required_whole(row, "fulfillmentId")),
        order_id=fields.required_whole(row, "orderId"),
        order_key="",
        order_number=fields.text(row, "orderNumber"),
        tracking_number=fields.text(row, "trackingNumber").strip(),
        carrier_code=fields.text(row, "carrierCode"),
        service_code=fields.text(row, "fulfillmentServiceCode"),
        is_return=False,
        is_test=False,
        lines=None,
        as_of=as_of,
        **_shipped(row),
    )


def row_results(payload: Any, sent: Sequence[Json]) -> tuple[RowResult, ...]:
    """The rows of a createorders answer, by orderKey; a missing one stays missing.

    A row without its key is matched by orderNumber where just one sent body has it.
    Raises UnexpectedAnswerError when there are no results at all.
    """
    if not isinstance(payload, Mapping) or not isinstance(payload.get("results"), list):
        raise _unexpected("createorders answered without a list of results", payload)
    by_number: dict[str, list[str]] = {}
    for body in sent:
        number, key = str(body.get("orderNumber")), str(body.get("orderKey") or "")
        by_number.setdefault(number, []).append(key)
    results = []
    for row in payload["results"]:
        if not isinstance(row, Mapping):
            continue
        key = fields.loose_text(row.get("orderKey"))
        if not key:
            keys = by_number.get(fields.loose_text(row.get("orderNumber")), [])
            if len(keys) != 1:
                continue
            key = keys[0]
        order_id = row.get("orderId")
        results.append(
            RowResult(
                order_key=key,
                order_id=order_id if isinstance(order_id, int) and order_id else None,
                success=fields.flag(row.get("success")),
                error=fields.loose_text(row.get("errorMessage"))[:500],
            )
        )
    return tuple(results)


def tags(payload: Any) -> tuple[Tag, ...]:
    """GET /accounts/listtags. Raises UnexpectedAnswerError."""
    return _list(
        payload,
        lambda row: Tag(
            tag_id=fields.required_whole(row, "tagId"), name=fields.text(row, "name")
        ),
        "listtags",
    )


def stores(payload: Any) -> tuple[SsStore, ...]:
    """GET /stores. Raises UnexpectedAnswerError."""
    return _list(
        payload,
        lambda row: SsStore(
            store_id=fields.required_whole(row, "storeId"),
            name=fields.text(row, "storeName"),
            marketplace=fields.text(row, "marketplaceName"),
            active=fields.flag(row.get("active", True)),
            refreshed_at=_refreshed(row),
        ),
        "stores",
    )


def _refreshed(row: Json) -> datetime | None:
    """refreshDate, UTC unlike every other time of API v1 (official sample)."""
    text = fields.loose_text(row.get("refreshDate"))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def carriers(payload: Any) -> tuple[SsCarrier, ...]:
    """GET /carriers. Raises UnexpectedAnswerError."""
    return _list(
        payload,
        lambda row: SsCarrier(
            code=fields.text(row, "code"), name=fields.text(row, "name")
        ),
        "carriers",
    )


def succeeded(payload: Any) -> bool:
    """Whether ``{success, message}`` says yes; some as a string, a void as approved."""
    return isinstance(payload, Mapping) and fields.flag(
        payload.get("success", payload.get("approved"))
    )


def message(payload: Any) -> str:
    """The message of a ``{success, message}`` answer."""
    return (
        fields.loose_text(payload.get("message"))
        if isinstance(payload, Mapping)
        else ""
    )


def _shipped(row: Json) -> dict[str, Any]:
    """What labels and fulfillments share."""
    notified = row.get("marketplaceNotified")
    voided_at = fields.moment(row, "voidDate") if row.get("voidDate") else None
    return {
        "ship_date": fields.day(row, "shipDate"),
        "created_at": fields.moment(row, "createDate"),
        "voided": fields.flag(row.get("voided")),
        "voided_at": voided_at,
        "notified": None if notified is None else fields.flag(notified),
        "notify_error": fields.text(row, "notifyErrorMessage"),
    }


def _lines(items: Any, field: str) -> tuple[SsLine, ...]:
    if items is None:
        return ()
    if not isinstance(items, list):
        raise RowError(field, f"expected a list, got {fields.shown(items)}")
    lines = []
    for index, item in enumerate(items):
        name = f"{field}[{index}]"
        item = fields.an_object(item, name)
        lines.append(
            SsLine(
                item_id=fields.whole(item, "orderItemId", f"{name}.orderItemId"),
                line_key=fields.text(item, "lineItemKey"),
                sku=fields.text(item, "sku"),
                quantity=fields.whole(item, "quantity", f"{name}.quantity") or 0,
                adjustment=fields.flag(item.get("adjustment")),
            )
        )
    return tuple(lines)


def _each(
    rows: list[Any], read: Callable[[Any], _Row], id_field: str
) -> tuple[tuple[_Row, ...], tuple[MalformedRecord, ...]]:
    """Read every row; the ones that can't be read are named instead."""
    good: list[_Row] = []
    bad: list[MalformedRecord] = []
    for row in rows:
        try:
            good.append(read(row))
        except RowError as error:
            remote_id = row.get(id_field) if isinstance(row, Mapping) else None
            bad.append(
                MalformedRecord(
                    remote_id="" if remote_id is None else str(remote_id)[:60],
                    field=error.field,
                    problem=error.problem,
                )
            )
    return tuple(good), tuple(bad)


def _list(payload: Any, read: Callable[[Json], _Row], what: str) -> tuple[_Row, ...]:
    """A bare list; rows that can't be read are left out."""
    if not isinstance(payload, list):
        raise _unexpected(f"{what} did not answer with a list", payload)
    return _each(payload, lambda row: read(fields.an_object(row, what)), "")[0]


def _envelope(payload: Any, name: str) -> tuple[list[Any], int, int, int]:
    """Rows, total, page and pages; ``pages: 0`` is a quirk and means 1."""
    if not isinstance(payload, Mapping) or not isinstance(payload.get(name), list):
        raise _unexpected(f"the answer has no list '{name}'", payload)
    rows: list[Any] = payload[name]
    counts = [payload.get(key) for key in ("total", "page", "pages")]
    total, page, pages = (
        count if isinstance(count, int) and not isinstance(count, bool) else 0
        for count in counts
    )
    return rows, max(total, 0), max(page, 1), max(pages, 1)


def _unexpected(text: str, payload: Any) -> UnexpectedAnswerError:
    """Buyers are in these bodies: only the outline is kept, not the values."""
    return UnexpectedAnswerError(f"ShipStation: {text}", body=fields.outline(payload))


def _all_nines(tracking: str) -> bool:
    return len(tracking) >= 10 and set(tracking) == {"9"}
