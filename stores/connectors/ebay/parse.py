"""Sell Fulfillment's orders to RemoteOrder; pure (contract v1.20.7).

Every enum is open: a value in no table is kept, listed in ``unknown_values`` and never
guessed. The list and the single read differ: ``cancelRequests`` is always empty in the
list, so there only ``cancelState`` speaks of cancellation.
"""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from stores.connectors.ebay import fields
from stores.connectors.ebay.address import (
    Unknown,
    is_hub,
    not_ours,
    programs_of,
    recipient_of,
    start_instruction,
)
from stores.connectors.ebay.fields import FieldError, Json
from stores.connectors.ebay.parcels import packages_of_links
from stores.connectors.ebay.requests import answer_by
from stores.remote_types import (
    Block,
    MalformedOrder,
    RemoteLine,
    RemoteOrder,
    RemotePackage,
    RemoteStatus,
)

NONE_REQUESTED, IN_PROGRESS, CANCELED = "NONE_REQUESTED", "IN_PROGRESS", "CANCELED"
CANCEL_STATES = frozenset({NONE_REQUESTED, IN_PROGRESS, CANCELED})
FULFILLMENT_STATUSES = {
    "NOT_STARTED": RemoteStatus.OPEN,
    "IN_PROGRESS": RemoteStatus.PARTLY_SHIPPED,
    "FULFILLED": RemoteStatus.SHIPPED,
}
PAID = frozenset({"PAID", "PARTIALLY_REFUNDED", "FULLY_REFUNDED"})
UNPAID = frozenset({"PENDING", "FAILED"})
REFUNDED = "FULLY_REFUNDED"
BUYER_REASONS = {
    "ORDER_MISTAKE": "Ordered by mistake",
    "FOUND_CHEAPER_PRICE": "Found it cheaper",
    "PRICE_TOO_HIGH": "The price is too high",
    "WONT_ARRIVE_IN_TIME": "It won't arrive in time",
    "WRONG_PAYMENT_METHOD": "The wrong payment method",
    "WRONG_SHIPPING_ADDRESS": "The wrong delivery address",
    "WRONG_SHIPPING_METHOD": "The wrong delivery method",
    "OTHER": "Another reason",
    "BUYER_ASKED_CANCEL": "The buyer asked for it",
}
REFUND_REASON = "Refunded in full on eBay, without a cancellation"
# Names of eBay's tax numbers (ebayReference); GST, VAT and VAT_ID are Trading's.
TAX_NAMES = frozenset(
    {"IOSS", "OSS", "VOEC", "ABN", "IRD", "DDG", "SST", "GST", "VAT", "VAT_ID"}
)
_PENNY = Decimal("0.01")


def parse_order(
    raw: Any, *, as_of: datetime, packages: tuple[RemotePackage, ...] | None = None
) -> RemoteOrder:
    """One order of either read; ``packages`` where its parcels were read as well.

    Raises FieldError naming the field that can't be read.
    """
    if not isinstance(raw, dict):
        raise FieldError("order", "is not an object")
    unknown: Unknown = []
    order_id = fields.required_text(raw, "orderId", "")
    instruction = start_instruction(raw)
    hub = is_hub(instruction)
    cancel = fields.obj(raw, "cancelStatus", "")
    cancel_state = fields.text(cancel, "cancelState", "cancelStatus.")
    if cancel_state and cancel_state not in CANCEL_STATES:
        unknown.append(("cancelStatus.cancelState", cancel_state))
    status, raw_status = _status(raw, cancel_state, unknown)
    refunded = (
        raw.get("orderPaymentStatus") == REFUNDED
        and cancel_state == NONE_REQUESTED
        and status in {RemoteStatus.OPEN, RemoteStatus.PARTLY_SHIPPED}
    )
    asked: bool | None = cancel_state == IN_PROGRESS or refunded
    reason = REFUND_REASON if refunded else _reason(cancel)
    if cancel_state not in CANCEL_STATES:
        asked = None
    lines = tuple(
        _line(item, f"lineItems[{index}].", hub, cancel_state, asked, reason, unknown)
        for index, item in enumerate(fields.rows(raw, "lineItems", ""))
    )
    _warn_of_several(lines, unknown)
    if packages is None:
        packages = packages_of_links(raw)
    recipient = recipient_of(instruction)
    buyer = fields.obj(raw, "buyer", "")
    registered = fields.obj(buyer, "buyerRegistrationAddress", "buyer.")
    to = fields.obj(
        fields.obj(instruction, "shippingStep", "fulfillmentStartInstructions."),
        "shipTo",
        "shippingStep.",
    )
    pricing = fields.obj(raw, "pricingSummary", "")
    total = fields.money(pricing, "total", "pricingSummary.")
    username = fields.text(buyer, "username", "buyer.")
    blocks = {
        Block.STATUS: bool(raw.get("orderFulfillmentStatus")),
        Block.LINES: True,
        Block.RECIPIENT: recipient is not None,
        Block.BUYER: bool(username),
        Block.CANCELLATION: cancel_state in CANCEL_STATES,
        Block.TAX: True,
        Block.PACKAGES: packages is not None,
        Block.MONEY: total is not None,
    }
    return RemoteOrder(
        remote_id=order_id,
        number=order_id,
        marketplace_id=marketplace_of(raw),
        status=status,
        raw_status=raw_status,
        ordered_at=fields.required_moment(raw, "creationDate", ""),
        updated_at=fields.required_moment(raw, "lastModifiedDate", ""),
        as_of=as_of,
        blocks=frozenset(block for block, there in blocks.items() if there),
        lines=lines,
        raw=raw,
        not_ours=not_ours(raw, instruction, unknown),
        ship_by=_earliest(raw, "shipByDate"),
        deliver_by=_earliest(raw, "maxEstimatedDeliveryDate"),
        cancel_answer_by=answer_by(cancel) if cancel_state == IN_PROGRESS else None,
        service_level=fields.text(
            fields.obj(instruction, "shippingStep", ""),
            "shippingServiceCode",
            "shippingStep.",
        ),
        programs=programs_of(raw, instruction),
        recipient=recipient,
        # The name on a hub's address is the hub's.
        buyer_name=fields.text(registered, "fullName", "buyer.")
        or ("" if hub else fields.text(to, "fullName", "shipTo."))
        or username,
        buyer_email=fields.text(to, "email", "shipTo."),
        buyer_id=username,
        currency=total[1] if total else "",
        total=total[0] if total else None,
        shipping_price=_shipping(pricing),
        packages=packages,
        unknown_values=tuple(dict.fromkeys(unknown)),
    )


def parse_orders(
    rows: list[Any], *, as_of: datetime
) -> tuple[tuple[RemoteOrder, ...], tuple[MalformedOrder, ...]]:
    """The orders of a page, and apart from them those that can't be read."""
    orders: list[RemoteOrder] = []
    malformed: list[MalformedOrder] = []
    for raw in rows:
        try:
            orders.append(parse_order(raw, as_of=as_of))
        except FieldError as error:
            malformed.append(_malformed(raw, error))
    return tuple(orders), tuple(malformed)


def cancel_state_of(order: RemoteOrder) -> str:
    """The order's ``cancelState``, '' when the answer had none."""
    cancel = order.raw.get("cancelStatus")
    return str(cancel.get("cancelState") or "") if isinstance(cancel, dict) else ""


def _malformed(raw: Any, error: FieldError) -> MalformedOrder:
    source = raw if isinstance(raw, dict) else {}
    order_id = source.get("orderId")
    try:
        marketplace = marketplace_of(source)
    except FieldError:
        marketplace = ""
    return MalformedOrder(
        remote_id=order_id if isinstance(order_id, str) else "",
        marketplace_id=marketplace,
        field=error.path,
        problem=error.problem,
        raw=raw,
    )


def marketplace_of(raw: Json) -> str:
    """Where it was listed: a buyer on ebay.fr may buy what is listed on ebay.co.uk."""
    for index, item in enumerate(fields.rows(raw, "lineItems", "")):
        found = fields.text(item, "listingMarketplaceId", f"lineItems[{index}].")
        if found:
            return found
    raise FieldError("lineItems[0].listingMarketplaceId", "is missing or empty")


def status_of(raw: Json) -> RemoteStatus:
    """Where an order stands, by a row of the list or the order itself."""
    cancel = fields.obj(raw, "cancelStatus", "")
    state = fields.text(cancel, "cancelState", "cancelStatus.")
    return _status(raw, state, [])[0]


def _status(raw: Json, cancel_state: str, unknown: Unknown) -> tuple[RemoteStatus, str]:
    """Our word and eBay's: no order is 'cancelled' by its fulfilment status."""
    shipped = fields.text(raw, "orderFulfillmentStatus", "")
    paid = fields.text(raw, "orderPaymentStatus", "")
    if shipped and shipped not in FULFILLMENT_STATUSES:
        unknown.append(("orderFulfillmentStatus", shipped))
    if paid and paid not in PAID | UNPAID:
        unknown.append(("orderPaymentStatus", paid))
    words = [shipped]
    if paid and paid != "PAID":
        words.append(f"payment {paid}")
    if cancel_state and cancel_state != NONE_REQUESTED:
        words.append(f"cancellation {cancel_state}")
    raw_status = ", ".join(filter(None, words))[:60]
    status = FULFILLMENT_STATUSES.get(shipped, RemoteStatus.UNKNOWN)
    if cancel_state == CANCELED:
        status = RemoteStatus.CANCELLED
    elif status is RemoteStatus.OPEN and paid in UNPAID:
        status = RemoteStatus.PENDING
    elif status is RemoteStatus.OPEN and paid and paid not in PAID:
        status = RemoteStatus.UNKNOWN
    return status, raw_status


def _reason(cancel: Json) -> str:
    """Why the last request was made, in words; '' in the list, which hides requests."""
    found = ""
    for index, row in enumerate(fields.rows(cancel, "cancelRequests", "cancelStatus.")):
        path = f"cancelStatus.cancelRequests[{index}]."
        if fields.text(row, "cancelRequestState", path) != "REJECTED":
            found = fields.text(row, "cancelReason", path) or found
    return BUYER_REASONS.get(found, found.replace("_", " ").capitalize())


def _line(
    item: Json,
    path: str,
    hub: bool,
    cancel_state: str,
    asked: bool | None,
    reason: str,
    unknown: Unknown,
) -> RemoteLine:
    quantity = fields.quantity(item, "quantity", path)
    name, number = ("", "") if hub else _tax_number(item, path, unknown)
    status = fields.text(item, "lineItemFulfillmentStatus", path)
    if status and status not in FULFILLMENT_STATUSES:
        unknown.append(("lineItems.lineItemFulfillmentStatus", status))
    cancelled = None
    if cancel_state in CANCEL_STATES:
        cancelled = quantity if cancel_state == CANCELED else 0
    return RemoteLine(
        remote_id=fields.required_text(item, "lineItemId", path),
        sku=fields.text(item, "sku", path),
        title=fields.text(item, "title", path),
        quantity=quantity,
        unit_price=_unit_price(item, quantity, path),
        tax=_tax(item, path),
        # Partly shipped: the list does not say how many units.
        quantity_fulfilled={"NOT_STARTED": 0, "FULFILLED": quantity}.get(status),
        quantity_cancelled=cancelled,
        cancel_requested=asked,
        cancel_reason=reason,
        cancel_doubt=reason == REFUND_REASON,
        ioss_number=number,
        tax_scheme=name,
        options=tuple(
            (
                fields.text(row, "name", f"{path}variationAspects."),
                fields.text(row, "value", f"{path}variationAspects."),
            )
            for row in fields.rows(item, "variationAspects", path)
        ),
    )


def _unit_price(item: Json, quantity: int, path: str) -> Decimal | None:
    """What one unit costs the buyer; eBay's cost is that of all units of the line."""
    cost = fields.money(item, "discountedLineItemCost", path) or fields.money(
        item, "lineItemCost", path
    )
    if cost is None:
        return None
    return (cost[0] / quantity).quantize(_PENNY, ROUND_HALF_UP)


def _tax(item: Json, path: str) -> Decimal:
    """What eBay collects, or else the seller's own tax; 0 where there is none."""
    for name in ("ebayCollectAndRemitTaxes", "taxes"):
        amounts = [
            fields.money(row, "amount", f"{path}{name}.")
            for row in fields.rows(item, name, path)
        ]
        found = [amount[0] for amount in amounts if amount is not None]
        if found:
            return sum(found, Decimal(0))
    return Decimal(0)


def _tax_number(item: Json, path: str, unknown: Unknown) -> tuple[str, str]:
    """Name and number that customs must see; ('', '') when the line has none."""
    found: list[tuple[str, str]] = []
    for row in fields.rows(item, "ebayCollectAndRemitTaxes", path):
        within = f"{path}ebayCollectAndRemitTaxes."
        reference = fields.obj(row, "ebayReference", within)
        name = fields.text(reference, "name", f"{within}ebayReference.")
        number = fields.text(reference, "value", f"{within}ebayReference.").strip()
        if name and name not in TAX_NAMES:
            unknown.append(("ebayReference.name", name))
        if number:
            found.append((name, number))
    return found[0] if found else ("", "")


def _warn_of_several(lines: tuple[RemoteLine, ...], unknown: Unknown) -> None:
    """An order has one customs form: where numbers differ a person must look."""
    numbers = {(x.tax_scheme, x.ioss_number) for x in lines if x.ioss_number}
    if len(numbers) > 1:
        shown = ", ".join(sorted(f"{name} {number}" for name, number in numbers))
        unknown.append(("tax numbers differ between lines, the first is used", shown))


def _earliest(raw: Json, name: str) -> datetime | None:
    """The earliest of the lines' dates."""
    found = []
    for index, item in enumerate(fields.rows(raw, "lineItems", "")):
        path = f"lineItems[{index}]."
        row = fields.obj(item, "lineItemFulfillmentInstructions", path)
        moment = fields.moment(row, name, f"{path}lineItemFulfillmentInstructions.")
        if moment is not None:
            found.append(moment)
    return min(found, default=None)


def _shipping(pricing: Json) -> Decimal | None:
    cost = fields.money(pricing, "deliveryCost", "pricingSummary.")
    # Negative, as eBay gives it.
    discount = fields.money(pricing, "deliveryDiscount", "pricingSummary.")
    if cost is None:
        return None
    return cost[0] + (discount[0] if discount else Decimal(0))
