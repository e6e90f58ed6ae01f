"""Orders v2026-01-01 to RemoteOrder; pure (model of August 2026).

Every enum is open: a value in no table is kept, listed in ``unknown_values`` and never
guessed. A block counts as read only if its ``includedData`` was asked for and, for
recipient, buyer and money, if the answer has it: without the role Amazon leaves it out.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from stores.connectors.amazon import fields
from stores.connectors.amazon import proceeds as proceeds_of
from stores.connectors.amazon.fields import FieldError, Json
from stores.remote_types import (
    Block,
    MalformedOrder,
    NotOurs,
    RemoteAddress,
    RemoteLine,
    RemoteOrder,
    RemotePackage,
    RemoteStatus,
)

STATUSES = {
    "PENDING_AVAILABILITY": RemoteStatus.PENDING,
    "PENDING": RemoteStatus.PENDING,
    "UNSHIPPED": RemoteStatus.OPEN,
    "PARTIALLY_SHIPPED": RemoteStatus.PARTLY_SHIPPED,
    "SHIPPED": RemoteStatus.SHIPPED,
    "CANCELLED": RemoteStatus.CANCELLED,
    # Only orders that Amazon fulfils for other shops; see NOT_OURS_STATUS.
    "UNFULFILLABLE": RemoteStatus.OPEN,
}
# Who confirms these by himself, or where nothing is to be shipped.
NOT_OURS_PROGRAMS = {
    "FBM_SHIP_PLUS": NotOurs.MARKETPLACE_LABEL,
    "AMAZON_EASY_SHIP": NotOurs.MARKETPLACE_LABEL,
    "DELIVERY_BY_AMAZON": NotOurs.MARKETPLACE_LABEL,
    "IN_STORE_PICK_UP": NotOurs.PICK_UP,
}
PROGRAMS = frozenset(NOT_OURS_PROGRAMS) | {
    "AMAZON_BAZAAR",
    "AMAZON_BUSINESS",
    "AMAZON_HAUL",
    "INVOICE_BY_AMAZON",
    "PREMIUM",
    "PREORDER",
    "PRIME",
}
SERVICE_LEVELS = frozenset(
    {
        "EXPEDITED",
        "FREE_ECONOMY",
        "NEXT_DAY",
        "PRIORITY",
        "SAME_DAY",
        "SECOND_DAY",
        "SCHEDULED",
        "STANDARD",
    }
)
# The model lists IOSS and UOSS; the others were seen in traffic.
TAX_SCHEMES = frozenset(
    {
        "IOSS",
        "UOSS",
        "GB_VOEC",
        "NO_VOEC",
        "AU_VOEC",
        "NZ_VOEC",
        "SG_VOEC",
        "JE_VOEC",
        "MY_VOEC",
        "CA_MPF",
        "CH_SUPPLIER_IMPORT",
    }
)
PACKAGE_STATUSES = frozenset(
    {"PENDING", "IN_TRANSIT", "SHIPPED", "DELIVERED", "CANCELLED", "UNDELIVERABLE"}
)
ADDRESS_TYPES = {"RESIDENTIAL": True, "COMMERCIAL": False, "PICKUP_POINT": False}

Unknown = list[tuple[str, str]]


def parse_order(raw: Any, *, asked: Collection[str], as_of: datetime) -> RemoteOrder:
    """One order of an answer to a request with ``includedData`` = ``asked``.

    Raises FieldError naming the field that can't be read.
    """
    if not isinstance(raw, dict):
        raise FieldError("order", "is not an object")
    unknown: Unknown = []
    channel = fields.obj(raw, "salesChannel", "")
    fulfillment = fields.obj(raw, "fulfillment", "")
    raw_status = fields.text(fulfillment, "fulfillmentStatus", "fulfillment.")
    programs = fields.texts(raw, "programs", "") or ()
    unknown += [("programs", name) for name in programs if name not in PROGRAMS]
    status = STATUSES.get(raw_status, RemoteStatus.UNKNOWN)
    if raw_status and raw_status not in STATUSES:
        unknown.append(("fulfillment.fulfillmentStatus", raw_status))
    level = fields.text(fulfillment, "fulfillmentServiceLevel", "fulfillment.")
    if level and level not in SERVICE_LEVELS:
        unknown.append(("fulfillment.fulfillmentServiceLevel", level))
    lines = tuple(
        _line(item, f"orderItems[{index}].", asked, unknown)
        for index, item in enumerate(fields.rows(raw, "orderItems", ""))
    )
    recipient = _recipient(raw, unknown)
    buyer = fields.obj(raw, "buyer", "")
    proceeds = fields.obj(raw, "proceeds", "")
    total = fields.money(proceeds, "grandTotal", "proceeds.")
    return RemoteOrder(
        remote_id=fields.required_text(raw, "orderId", ""),
        number=fields.required_text(raw, "orderId", ""),
        marketplace_id=fields.required_text(channel, "marketplaceId", "salesChannel."),
        status=status,
        raw_status=raw_status,
        ordered_at=fields.required_moment(raw, "createdTime", ""),
        updated_at=fields.required_moment(raw, "lastUpdatedTime", ""),
        as_of=as_of,
        blocks=_blocks(raw, asked, recipient),
        lines=lines,
        raw=raw,
        not_ours=_not_ours(fulfillment, raw_status, programs, unknown),
        ship_by=_latest(fulfillment, "shipByWindow"),
        deliver_by=_latest(fulfillment, "deliverByWindow"),
        service_level=level,
        programs=programs,
        recipient=recipient,
        buyer_name=fields.text(buyer, "buyerName", "buyer."),
        buyer_email=fields.text(buyer, "buyerEmail", "buyer."),
        currency=total[1] if total else "",
        total=total[0] if total else None,
        shipping_price=proceeds_of.subtotal(proceeds, "SHIPPING", "proceeds."),
        packages=_packages(raw, unknown) if "PACKAGES" in asked else None,
        unknown_values=tuple(dict.fromkeys(unknown)),
    )


def parse_orders(
    rows: list[Any], *, asked: Collection[str], as_of: datetime
) -> tuple[tuple[RemoteOrder, ...], tuple[MalformedOrder, ...]]:
    """The orders of a page, and apart from them those that can't be read."""
    orders: list[RemoteOrder] = []
    malformed: list[MalformedOrder] = []
    for raw in rows:
        try:
            orders.append(parse_order(raw, asked=asked, as_of=as_of))
        except FieldError as error:
            malformed.append(_malformed(raw, error))
    return tuple(orders), tuple(malformed)


def line_identifiers(raw: Any) -> dict[str, dict[str, str]]:
    """Line id → {'asin': …}, of an order as it was read; what does not fit is left out."""
    items = raw.get("orderItems") if isinstance(raw, dict) else None
    found: dict[str, dict[str, str]] = {}
    for item in items if isinstance(items, list) else ():
        product = item.get("product") if isinstance(item, dict) else None
        asin = product.get("asin") if isinstance(product, dict) else None
        if isinstance(asin, str) and asin:
            found[str(item.get("orderItemId", ""))] = {"asin": asin}
    return found


def _malformed(raw: Any, error: FieldError) -> MalformedOrder:
    source = raw if isinstance(raw, dict) else {}
    channel = source.get("salesChannel")
    order_id = source.get("orderId")
    marketplace = channel.get("marketplaceId") if isinstance(channel, dict) else ""
    return MalformedOrder(
        remote_id=order_id if isinstance(order_id, str) else "",
        marketplace_id=marketplace if isinstance(marketplace, str) else "",
        field=error.path,
        problem=error.problem,
        raw=raw,
    )


def _blocks(
    raw: Json, asked: Collection[str], recipient: RemoteAddress | None
) -> frozenset[Block]:
    there = {
        Block.LINES: True,
        Block.STATUS: "FULFILLMENT" in asked and bool(raw.get("fulfillment")),
        Block.RECIPIENT: "RECIPIENT" in asked and recipient is not None,
        Block.BUYER: "BUYER" in asked and bool(raw.get("buyer")),
        Block.CANCELLATION: "CANCELLATION" in asked,
        # The IOSS number comes with FULFILLMENT, the scheme with TAX.
        Block.TAX: {"FULFILLMENT", "TAX"} <= set(asked),
        Block.PACKAGES: "PACKAGES" in asked,
        Block.MONEY: "PROCEEDS" in asked and bool(raw.get("proceeds")),
    }
    return frozenset(block for block, present in there.items() if present)


def _not_ours(
    fulfillment: Json, raw_status: str, programs: tuple[str, ...], unknown: Unknown
) -> str:
    by = fields.text(fulfillment, "fulfilledBy", "fulfillment.")
    if by == "AMAZON":
        return NotOurs.FULFILLED_BY_MARKETPLACE
    if by not in {"", "MERCHANT"}:
        unknown.append(("fulfillment.fulfilledBy", by))
    if raw_status == "UNFULFILLABLE":
        return NotOurs.UNFULFILLABLE
    for program in programs:
        if program in NOT_OURS_PROGRAMS:
            return NOT_OURS_PROGRAMS[program]
    return ""


def _latest(fulfillment: Json, name: str) -> datetime | None:
    window = fields.obj(fulfillment, name, "fulfillment.")
    return fields.moment(window, "latestDateTime", f"fulfillment.{name}.")


def _recipient(raw: Json, unknown: Unknown) -> RemoteAddress | None:
    """The address, or None where Amazon keeps back name and street (role, status)."""
    path = "recipient.deliveryAddress."
    recipient = fields.obj(raw, "recipient", "")
    source = fields.obj(recipient, "deliveryAddress", "recipient.")
    kind = fields.text(source, "addressType", path)
    if kind and kind not in ADDRESS_TYPES:
        unknown.append((f"{path}addressType", kind))
    address = RemoteAddress(
        name=fields.text(source, "name", path),
        company=fields.text(source, "companyName", path),
        line1=fields.text(source, "addressLine1", path),
        line2=fields.text(source, "addressLine2", path),
        line3=fields.text(source, "addressLine3", path),
        city=fields.text(source, "city", path)
        or fields.text(source, "municipality", path),
        state=fields.text(source, "stateOrRegion", path)
        or fields.text(source, "districtOrCounty", path),
        postcode=fields.text(source, "postalCode", path),
        country=fields.text(source, "countryCode", path),
        phone=fields.text(source, "phone", path),
        residential=ADDRESS_TYPES.get(kind),
    )
    street = address.line1 or address.line2 or address.line3
    return address if street and (address.name or address.company) else None


def _line(
    item: Json, path: str, asked: Collection[str], unknown: Unknown
) -> RemoteLine:
    quantity = fields.whole(item, "quantityOrdered", path)
    if quantity is None:
        raise FieldError(f"{path}quantityOrdered", "is missing")
    product = fields.obj(item, "product", path)
    fulfillment = fields.obj(item, "fulfillment", path)
    within = f"{path}fulfillment."
    fulfilled = fields.whole(fulfillment, "quantityFulfilled", within)
    unfulfilled = fields.whole(fulfillment, "quantityUnfulfilled", within)
    shipping = fields.obj(fulfillment, "shipping", within)
    abroad = fields.obj(shipping, "internationalShipping", f"{within}shipping.")
    gift = fields.obj(
        fields.obj(fulfillment, "packing", within), "giftOption", f"{within}packing."
    )
    cancellation = fields.obj(item, "cancellation", path)
    request = fields.obj(cancellation, "cancellationRequest", f"{path}cancellation.")
    done = fields.obj(cancellation, "cancellationExecution", f"{path}cancellation.")
    proceeds = fields.obj(item, "proceeds", path)
    cancelled: int | None = None
    if "CANCELLATION" in asked:
        # Amazon gives no cancelled quantity: it is what is neither shipped nor open.
        left = quantity - (fulfilled or 0) - (unfulfilled or 0)
        cancelled = max(0, left) if done else 0
    return RemoteLine(
        remote_id=fields.required_text(item, "orderItemId", path),
        sku=fields.text(product, "sellerSku", f"{path}product."),
        title=fields.text(product, "title", f"{path}product."),
        quantity=quantity,
        # What promotions took off stands in the proceeds alone.
        unit_price=(
            proceeds_of.unit_price(product, proceeds, quantity, path)
            if "PROCEEDS" in asked
            else None
        ),
        tax=proceeds_of.subtotal(proceeds, "TAX", f"{path}proceeds."),
        quantity_fulfilled=fulfilled,
        quantity_cancelled=cancelled,
        # The object's presence is the request; its fields may be empty.
        cancel_requested=(
            cancellation.get("cancellationRequest") is not None
            if "CANCELLATION" in asked
            else None
        ),
        cancel_reason=fields.text(request, "cancelReason", f"{path}cancellation.")
        or fields.text(done, "cancelReason", f"{path}cancellation."),
        ioss_number=(
            fields.text(abroad, "iossNumber", f"{within}shipping.")
            if "FULFILLMENT" in asked
            else None
        ),
        tax_scheme=_tax_scheme(item, path, unknown) if "TAX" in asked else None,
        gift_message=fields.text(gift, "giftMessage", f"{within}packing.giftOption."),
        options=_options(item, product, gift, path),
    )


def _tax_scheme(item: Json, path: str, unknown: Unknown) -> str:
    tax = fields.obj(item, "tax", path)
    for row in fields.rows(tax, "taxCalculationBreakdowns", f"{path}tax."):
        scheme = fields.text(row, "reportingScheme", f"{path}tax.")
        if scheme:
            if scheme not in TAX_SCHEMES:
                unknown.append(("tax.reportingScheme", scheme))
            return scheme
    return ""


def _options(
    item: Json, product: Json, gift: Json, path: str
) -> tuple[tuple[str, str], ...]:
    """What a packer must know about the line; no link, since it opens buyer data."""
    found: list[tuple[str, str]] = []
    wrap = fields.text(gift, "giftWrapLevel", f"{path}fulfillment.packing.giftOption.")
    if wrap:
        found.append(("Gift wrap", wrap))
    if product.get("customization"):
        found.append(("Customised", "see the order on Amazon"))
    if "TRANSPARENCY" in (fields.texts(item, "programs", path) or ()):
        found.append(("Transparency", "a code per unit is needed to confirm"))
    return tuple(found)


def _packages(raw: Json, unknown: Unknown) -> tuple[RemotePackage, ...]:
    found: list[RemotePackage] = []
    for index, row in enumerate(fields.rows(raw, "packages", "")):
        path = f"packages[{index}]."
        state = fields.obj(row, "packageStatus", path)
        status = fields.text(state, "status", f"{path}packageStatus.")
        if status and status not in PACKAGE_STATUSES:
            unknown.append(("packages.packageStatus.status", status))
        lines: list[tuple[str, int]] = []
        for number, item in enumerate(fields.rows(row, "packageItems", path)):
            within = f"{path}packageItems[{number}]."
            lines.append(
                (
                    fields.required_text(item, "orderItemId", within),
                    fields.whole(item, "quantity", within) or 0,
                )
            )
        found.append(
            RemotePackage(
                reference=fields.required_text(row, "packageReferenceId", path),
                carrier=fields.text(row, "carrier", path),
                tracking_number=fields.text(row, "trackingNumber", path),
                status=status,
                shipped_at=fields.moment(row, "shipTime", path),
                told_at=fields.moment(row, "createdTime", path),
                lines=tuple(lines),
            )
        )
    return tuple(found)
