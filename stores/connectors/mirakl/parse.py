"""An operator's orders to RemoteOrder; pure (seller contract of August 2026).

Every enum is open, as Mirakl says it is: a value in no table is kept, listed in
``unknown_values`` and never guessed; unknown fields are left alone. Lists and single
reads are OR11 both; only shipments (ST11) are read apart.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from stores.connectors.mirakl import cancels, fields, parcels, tax
from stores.connectors.mirakl.address import (
    Unknown,
    full_name,
    not_ours,
    programs_of,
    recipient_of,
)
from stores.connectors.mirakl.fields import FieldError, Json
from stores.connectors.mirakl.reading import Reading, kept_shipments
from stores.connectors.mirakl.states import (
    BEFORE_SHIPPING,
    DOUBTFUL,
    GONE,
    LINE_STATES,
    ORDER_STATES,
    SHIPPED,
    SHIPPING,
    WAITING_ACCEPTANCE,
)
from stores.remote_types import (
    Block,
    MalformedOrder,
    RemoteAddress,
    RemoteLine,
    RemoteOrder,
    RemotePackage,
    RemoteStatus,
)

EXCLUDED = "TAX_EXCLUDED"


def parse_order(raw: Any, *, as_of: datetime, reading: Reading) -> RemoteOrder:
    """One order as OR11 gives it, with what ``Reading.keep`` put beside it.

    Raises FieldError naming the field that can't be read.
    """
    if not isinstance(raw, dict):
        raise FieldError("order", "is not an object")
    unknown: Unknown = []
    order_id = fields.required_text(raw, "order_id", "")
    state = fields.required_text(raw, "order_state", "")
    if state not in ORDER_STATES:
        unknown.append(("order_state", state))
    recipient = recipient_of(raw, unknown)
    packages = _packages(raw, reading, unknown)
    shipments = kept_shipments(raw) is not None
    doubts = cancels.doubts(raw, state, reading)
    lines = tuple(
        _line(
            raw,
            row,
            f"order_lines[{index}].",
            reading=reading,
            recipient=recipient,
            packages=packages if shipments else None,
            doubts=doubts,
            unknown=unknown,
        )
        for index, row in enumerate(fields.rows(raw, "order_lines", ""))
    )
    created = fields.required_moment(raw, "created_date", "")
    customer = fields.obj(raw, "customer", "")
    delivery = fields.obj(raw, "delivery_date", "")
    channel = fields.text(fields.obj(raw, "channel", ""), "code", "channel.")
    price = _price(raw)
    blocks = {
        Block.STATUS: True,
        Block.LINES: True,
        Block.RECIPIENT: recipient is not None,
        Block.BUYER: bool(full_name(customer, "customer.")),
        Block.CANCELLATION: True,
        # Where an address decides, it is not known without one.
        Block.TAX: recipient is not None or not reading.ioss_number,
        Block.PACKAGES: packages is not None,
        Block.MONEY: price is not None,
    }
    accept_by = None
    if state == WAITING_ACCEPTANCE and reading.accept_hours:
        accept_by = created + timedelta(hours=reading.accept_hours)
    return RemoteOrder(
        remote_id=order_id,
        number=order_id,
        marketplace_id=reading.marketplace(channel),
        status=_status(state, lines),
        raw_status=_words(raw, state, packages),
        ordered_at=created,
        updated_at=fields.required_moment(raw, "last_updated_date", ""),
        as_of=as_of,
        blocks=frozenset(block for block, there in blocks.items() if there),
        lines=lines,
        raw=raw,
        not_ours=not_ours(raw, reading),
        ship_by=fields.moment(raw, "shipping_deadline", ""),
        deliver_by=fields.moment(delivery, "latest", "delivery_date."),
        accept_by=accept_by,
        service_level=fields.text(raw, "shipping_type_code", ""),
        programs=programs_of(raw),
        recipient=recipient,
        buyer_name=full_name(customer, "customer."),
        buyer_email=fields.text(raw, "customer_notification_email", ""),
        buyer_id=fields.word(customer, "customer_id", "customer."),
        currency=fields.text(raw, "currency_iso_code", ""),
        total=price,
        shipping_price=fields.amount(raw, "shipping_price", ""),
        packages=packages,
        unknown_values=tuple(dict.fromkeys(unknown)),
    )


def parse_orders(
    rows: list[Any], *, as_of: datetime, reading: Reading
) -> tuple[tuple[RemoteOrder, ...], tuple[MalformedOrder, ...]]:
    """The orders of a page, and apart from them those that can't be read."""
    orders: list[RemoteOrder] = []
    malformed: list[MalformedOrder] = []
    for raw in rows:
        try:
            orders.append(parse_order(raw, as_of=as_of, reading=reading))
        except FieldError as error:
            malformed.append(malformed_order(raw, reading, error))
    return tuple(orders), tuple(malformed)


def malformed_order(raw: Any, reading: Reading, error: FieldError) -> MalformedOrder:
    """An order of a page that could not be read, with the field at fault."""
    source = raw if isinstance(raw, dict) else {}
    order_id = source.get("order_id")
    channel = source.get("channel")
    code = channel.get("code") if isinstance(channel, dict) else ""
    return MalformedOrder(
        remote_id=order_id if isinstance(order_id, str) else "",
        marketplace_id=reading.marketplace(code if isinstance(code, str) else ""),
        field=error.path,
        problem=error.problem,
        raw=raw,
    )


def _packages(
    raw: Json, reading: Reading, unknown: Unknown
) -> tuple[RemotePackage, ...] | None:
    """The parcels; None where they are shipments that were not read."""
    shipments = kept_shipments(raw)
    if shipments is not None:
        return parcels.of_shipments(shipments, unknown)
    return parcels.of_order(raw) if reading.several is False else None


def _status(state: str, lines: tuple[RemoteLine, ...]) -> RemoteStatus:
    status = ORDER_STATES.get(state, RemoteStatus.UNKNOWN)
    if status is RemoteStatus.OPEN and any(line.quantity_fulfilled for line in lines):
        return RemoteStatus.PARTLY_SHIPPED
    return status


def _words(raw: Json, state: str, packages: tuple[RemotePackage, ...] | None) -> str:
    """The operator's own words for where the order stands."""
    words = [state]
    doubtful = {package.status for package in packages or ()} & DOUBTFUL
    words += [f"tracking {status}" for status in sorted(doubtful)]
    reason = fields.text(raw, "order_state_reason_code", "")
    if reason:
        words.append(f"reason {reason}")
    if state == SHIPPING and fields.flag(raw, "can_shop_ship", "") is False:
        words.append("the shop can't ship")
    if fields.flag(raw, "has_incident", ""):
        words.append("incident open")
    if fields.flag(raw, "has_customer_message", "") and state not in SHIPPED:
        words.append("customer's message")
    return ", ".join(words)[:60]


def _price(raw: Json) -> Decimal | None:
    """What the buyer pays in all; prices without tax get it added."""
    price = fields.amount(raw, "total_price", "")
    if price is None or raw.get("order_tax_mode") != EXCLUDED:
        return price
    for index, line in enumerate(fields.rows(raw, "order_lines", "")):
        path = f"order_lines[{index}]."
        price += fields.total(line, "taxes", path)
        price += fields.total(line, "shipping_taxes", path)
    return price


def _line(
    raw: Json,
    item: Json,
    path: str,
    *,
    reading: Reading,
    recipient: RemoteAddress | None,
    packages: tuple[RemotePackage, ...] | None,
    doubts: dict[str, str],
    unknown: Unknown,
) -> RemoteLine:
    line_id = fields.required_text(item, "order_line_id", path)
    quantity = fields.units(item, "quantity", path)
    if not quantity:
        raise FieldError(f"{path}quantity", "must be a whole number above 0")
    state = fields.text(item, "order_line_state", path)
    if state and state not in LINE_STATES:
        unknown.append(("order_lines.order_line_state", state))
    cancelled = cancels.units_of(item, path, state, quantity, unknown)
    number = tax.number_of(raw, item, path, reading, recipient)
    if number and not tax.looks_right(number):
        unknown.append((f"custom field {reading.ioss_field}", number))
    return RemoteLine(
        remote_id=line_id,
        sku=fields.text(item, "offer_sku", path),
        title=fields.text(item, "product_title", path),
        quantity=quantity,
        unit_price=fields.amount(item, "price_unit", path),
        tax=fields.total(item, "taxes", path),
        quantity_fulfilled=_fulfilled(
            line_id, state, quantity - cancelled, packages, reading.several
        ),
        quantity_cancelled=cancelled,
        cancel_requested=line_id in doubts and cancelled < quantity,
        cancel_reason=doubts.get(line_id, ""),
        cancel_doubt=line_id in doubts,
        ioss_number=number,
        tax_scheme=tax.IOSS if number else "",
    )


def _fulfilled(
    line_id: str,
    state: str,
    wanted: int,
    packages: tuple[RemotePackage, ...] | None,
    several: bool | None,
) -> int | None:
    """Units that have left; None where only shipments could tell."""
    if packages is not None:
        told = [
            n for package in packages for line, n in package.lines if line == line_id
        ]
        return min(wanted, sum(told))
    if state in SHIPPED:
        return wanted
    if state in GONE or state in BEFORE_SHIPPING:
        return 0
    return 0 if several is False and state == SHIPPING else None
