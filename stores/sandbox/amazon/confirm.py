"""The rules of ``confirmShipment`` (orders v0), as sellers observed them.

Messages follow the gist of Amazon's; clients must not match on them. Rules: ordersV0
model and its issue tracker (2026-08), Seller Central for carriers and lanes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from stores.sandbox.amazon.answers import ApiError, invalid
from stores.sandbox.amazon.auth import Seller
from stores.sandbox.amazon.carriers import CARRIER_CODES, OTHER, tracking_matches
from stores.sandbox.amazon.marketplaces import EU_COUNTRIES, EUR_PER_UNIT
from stores.sandbox.amazon.orders import Order, Package, to_milliseconds

Json = dict[str, Any]

# EU customs reform: from this day the carrier of such a parcel must be approved.
EU_LANE_SINCE = datetime(2026, 7, 1, tzinfo=UTC)
EU_LANE_LIMIT_EUR = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A request whose fields have the right types."""

    marketplace_id: str
    reference: str
    carrier_code: str
    carrier_name: str
    service: str
    tracking: str
    ship_time: int
    items: dict[str, int]
    transparency: dict[str, list[str]] = field(default_factory=dict)

    def ledger_parts(self) -> Json:
        """What the ledger keeps, in Amazon's words."""
        return {
            "packageReferenceId": self.reference,
            "carrierCode": self.carrier_code,
            "carrierName": self.carrier_name,
            "trackingNumber": self.tracking,
            "items": dict(self.items),
        }


def read_confirmation(body: object) -> Confirmation:
    """Check presence and types; raises the 400 ApiError."""
    if not isinstance(body, dict):
        raise invalid("The request body is not a valid JSON object.")
    detail = body.get("packageDetail")
    if not isinstance(detail, dict):
        raise _wrong_type("packageDetail")
    if body.get("codCollectionMethod") not in (None, "DirectPayment"):
        raise invalid("codCollectionMethod is invalid.")
    reference = _text(detail, "packageReferenceId")
    if not (reference.isascii() and reference.isdigit() and int(reference) > 0):
        raise invalid(
            "PackageReferenceId is invalid, must be a positive numeric value."
        )
    items, transparency = _items(detail.get("orderItems"))
    return Confirmation(
        marketplace_id=_text(body, "marketplaceId", path="marketplaceId"),
        reference=reference,
        carrier_code=_text(detail, "carrierCode"),
        carrier_name=_text(detail, "carrierName", required=False),
        service=_text(detail, "shippingMethod", required=False),
        tracking=_text(detail, "trackingNumber"),
        ship_time=_ship_time(detail),
        items=items,
        transparency=transparency,
    )


def check_confirmation(
    wanted: Confirmation,
    order: Order,
    seller: Seller,
    *,
    now_ms: int,
    lane_carriers: Collection[str],
) -> Package | None:
    """Check against the order; the package that this would edit, None for a new one.

    Raises the 400 ApiError; the order is not touched.
    """
    if wanted.marketplace_id != order.marketplace_id:
        raise invalid(
            f"MarketplaceId {wanted.marketplace_id} does not belong to the order."
        )
    if order.fulfilled_by != "MERCHANT":
        raise invalid("The order is fulfilled by Amazon and cannot be confirmed.")
    if "FBM_SHIP_PLUS" in order.programs:
        raise invalid("Shipments of FBM Ship+ orders are confirmed by Amazon.")
    if order.status == "PENDING":
        raise invalid("The order is pending and cannot be confirmed yet.")
    for item_id in wanted.items:
        if order.line(item_id) is None:
            raise invalid(
                f"OrderItemId {item_id} is invalid, obtain it through getOrderItems or "
                "Manage Orders."
            )
    edited = order.package(wanted.reference)
    if order.status == "CANCELLED" or (edited is None and order.status == "SHIPPED"):
        raise _nothing_to_fulfil(order)
    _check_quantities(wanted, order, edited)
    _check_carrier(wanted)
    _check_ship_time(wanted, order, now_ms)
    _check_lane(wanted, order, seller, now_ms, lane_carriers)
    _check_transparency(wanted, order)
    return edited


def apply_confirmation(
    wanted: Confirmation, order: Order, edited: Package | None, now_ms: int
) -> None:
    """Book the package, new or in place of the edited one, and derive the status."""
    if edited is not None:
        for item_id, quantity in edited.items.items():
            if line := order.line(item_id):
                line.fulfilled -= quantity
    for item_id, quantity in wanted.items.items():
        if line := order.line(item_id):
            line.fulfilled += quantity
    package = Package(
        reference=wanted.reference,
        carrier_code=wanted.carrier_code,
        carrier_name=wanted.carrier_name,
        tracking=wanted.tracking,
        service=wanted.service,
        ship_time=wanted.ship_time,
        created=now_ms if edited is None else edited.created,
        items=dict(wanted.items),
        transparency=dict(wanted.transparency),
    )
    if edited is None:
        order.packages.append(package)
    else:
        order.packages[order.packages.index(edited)] = package
    order.settle_status()


def _wrong_type(path: str) -> ApiError:
    return invalid(
        "Request has missing or invalid parameters and cannot be parsed. Please check "
        f"the fields with invalid type: [{path}]"
    )


def _text(source: Json, name: str, *, path: str = "", required: bool = True) -> str:
    path = path or f"packageDetail.{name}"
    value = source.get(name)
    if value is None and not required:
        return ""
    if value is None:
        raise invalid(f"Missing required field: [{path}]")
    if not isinstance(value, str):
        raise _wrong_type(path)
    if required and not value.strip():
        raise invalid(f"The field must not be empty: [{path}]")
    return value


def _items(value: object) -> tuple[dict[str, int], dict[str, list[str]]]:
    if not isinstance(value, list) or not value:
        raise invalid(
            "OrderItemId null is invalid, obtain it through getOrderItems or Manage "
            "Orders. orderItems must be a list that is not empty."
        )
    items: dict[str, int] = {}
    codes: dict[str, list[str]] = {}
    for number, row in enumerate(value):
        path = f"packageDetail.orderItems[{number}]"
        if not isinstance(row, dict):
            raise _wrong_type(path)
        item_id = _text(row, "orderItemId", path=f"{path}.orderItemId")
        quantity = row.get("quantity")
        if not isinstance(quantity, int) or isinstance(quantity, bool):
            raise _wrong_type(f"{path}.quantity")
        if quantity < 1:
            raise invalid(f"Quantity {quantity} of OrderItemId {item_id} is invalid.")
        if item_id in items:
            raise invalid(f"OrderItemId {item_id} is given more than once.")
        items[item_id] = quantity
        given = row.get("transparencyCodes")
        if given is not None:
            if not isinstance(given, list) or not all(
                isinstance(code, str) for code in given
            ):
                raise _wrong_type(f"{path}.transparencyCodes")
            codes[item_id] = given
    return items, codes


def _ship_time(detail: Json) -> int:
    text = _text(detail, "shipDate")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        # This one code has a space in it, in Amazon's own sandbox too.
        raise invalid(f"shipDate is not an ISO 8601 date-time: {text}", code=_SPACED)
    return to_milliseconds(moment)


_SPACED = "Invalid Input"


def _nothing_to_fulfil(order: Order) -> ApiError:
    return invalid(
        "Failed to create package because of not finding a matching package or the "
        f"order {order.order_id} is already fulfilled or cancelled. "
        "errorMetric=PackageToUpdateNotFound"
    )


def _check_quantities(
    wanted: Confirmation, order: Order, edited: Package | None
) -> None:
    for item_id, quantity in wanted.items.items():
        line = order.line(item_id)
        if line is None:
            continue
        given_back = edited.items.get(item_id, 0) if edited else 0
        if quantity > line.remaining + given_back:
            if not line.remaining + given_back:
                raise _nothing_to_fulfil(order)
            raise invalid(
                f"Quantity {quantity} of OrderItemId {item_id} exceeds the "
                f"{line.remaining + given_back} that are left to ship."
            )


def _check_carrier(wanted: Confirmation) -> None:
    if wanted.carrier_code not in CARRIER_CODES:
        raise invalid(f"CarrierCode {wanted.carrier_code} is invalid.")
    if wanted.carrier_code == OTHER and not wanted.carrier_name.strip():
        raise invalid("CarrierName is required when CarrierCode is Other.")
    if not tracking_matches(wanted.carrier_code, wanted.tracking):
        raise invalid(
            f"The tracking ID {wanted.tracking} does not match the expected format for "
            f"the carrier {wanted.carrier_code}."
        )


def _check_ship_time(wanted: Confirmation, order: Order, now_ms: int) -> None:
    if wanted.ship_time > now_ms:
        raise invalid("shipDate must not be in the future.", code=_SPACED)
    if wanted.ship_time < order.created:
        raise invalid("shipDate must not be before the purchase date.", code=_SPACED)


def _check_lane(
    wanted: Confirmation,
    order: Order,
    seller: Seller,
    now_ms: int,
    lane_carriers: Collection[str],
) -> None:
    origin = seller.ship_from_country
    if "INVOICE_BY_AMAZON" in order.programs and origin not in seller.vat_countries:
        raise invalid(
            f"The ship-from country {origin} has no valid VAT registration, which "
            "Invoice by Amazon orders need."
        )
    worth = order.total / 100 * EUR_PER_UNIT.get(order.currency, 1.0)
    if (
        now_ms >= to_milliseconds(EU_LANE_SINCE)
        and origin not in EU_COUNTRIES
        and order.address.get("countryCode") in EU_COUNTRIES
        and worth <= EU_LANE_LIMIT_EUR
        and wanted.carrier_code not in lane_carriers
    ):
        raise invalid(
            f"CarrierCode {wanted.carrier_code} is not approved for shipments from "
            f"{origin} to {order.address['countryCode']}."
        )


def _check_transparency(wanted: Confirmation, order: Order) -> None:
    for item_id, quantity in wanted.items.items():
        line = order.line(item_id)
        if line is None or "TRANSPARENCY" not in line.programs:
            continue
        codes = wanted.transparency.get(item_id, [])
        if len(codes) != quantity or not all(codes):
            raise invalid(
                f"OrderItemId {item_id} needs {quantity} transparencyCodes, "
                f"{len(codes)} given."
            )
