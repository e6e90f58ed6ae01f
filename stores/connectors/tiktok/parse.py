"""TikTok's orders to RemoteOrder; pure.

What is read is a parcel of answers (:class:`Read`): the order's detail, the shop it was
asked of, which TikTok's body does not name, and the open requests to cancel. The same
is kept as the order's raw body. Every enum is open: a value in no table is kept, listed
in ``unknown_values`` and never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stores.connectors.tiktok import fields
from stores.connectors.tiktok.address import (
    Unknown,
    not_ours,
    programs_of,
    recipient_of,
)
from stores.connectors.tiktok.cancellations import Cancellation, cancellation_of
from stores.connectors.tiktok.fields import FieldError, Json
from stores.connectors.tiktok.lines import Group, groups_of, line_of, packages_of
from stores.remote_types import (
    Block,
    MalformedOrder,
    RemoteAddress,
    RemoteLine,
    RemoteOrder,
    RemoteStatus,
)

# Letters of a status and of a service that are kept.
SHOWN = 60
ON_HOLD = "ON_HOLD"
STATUSES = {
    "UNPAID": RemoteStatus.PENDING,
    # An hour after payment in which the buyer cancels alone: never to be pushed.
    ON_HOLD: RemoteStatus.PENDING,
    "AWAITING_SHIPMENT": RemoteStatus.OPEN,
    "PARTIALLY_SHIPPING": RemoteStatus.PARTLY_SHIPPED,
    "AWAITING_COLLECTION": RemoteStatus.SHIPPED,
    "IN_TRANSIT": RemoteStatus.SHIPPED,
    "DELIVERED": RemoteStatus.SHIPPED,
    "COMPLETED": RemoteStatus.SHIPPED,
    "CANCELLED": RemoteStatus.CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read of one order.

    ``cancellations`` None: nobody could say what the open request is. ``ships_to`` are
    the countries that people let this shop ship to, its own among them.
    """

    order: Json
    region: str
    ships_to: tuple[str, ...]
    cancellations: tuple[Json, ...] | None

    def raw(self) -> Json:
        """As it is kept."""
        known = self.cancellations
        return {
            "order": self.order,
            "region": self.region,
            "ships_to": list(self.ships_to),
            "cancellations": None if known is None else list(known),
        }


def read_of(raw: Any) -> Read:
    """What was kept, FieldError for another shape."""
    if not isinstance(raw, dict) or not isinstance(raw.get("order"), dict):
        raise FieldError("order", "is not an object")
    known = raw.get("cancellations")
    return Read(
        order=raw["order"],
        region=fields.required_text(raw, "region", ""),
        ships_to=fields.texts(raw, "ships_to", "") or (),
        cancellations=None
        if known is None
        else tuple(fields.rows(raw, "cancellations", "")),
    )


def parse_order(read: Read, *, as_of: datetime) -> RemoteOrder:
    """One order; raises FieldError naming the field that can't be read."""
    raw = read.order
    unknown: Unknown = []
    order_id = fields.required_identifier(raw, "id", "")
    raw_status = fields.text(raw, "status", "")
    status = STATUSES.get(raw_status, RemoteStatus.UNKNOWN)
    if raw_status and status is RemoteStatus.UNKNOWN:
        unknown.append(("status", raw_status))
    asked = fields.flag(raw, "is_buyer_request_cancel", "")
    requests = _open_requests(read, order_id)
    groups = groups_of(raw)
    lines = tuple(_line(group, status, asked, requests, unknown) for group in groups)
    recipient = recipient_of(raw)
    elsewhere = not_ours(raw, unknown)
    status = _reviewed(status, read, recipient, elsewhere, unknown)
    payment = fields.obj(raw, "payment", "")
    total = fields.money(payment, "total_amount", "payment.")
    user_id = fields.identifier(raw, "user_id", "")
    blocks = {
        Block.STATUS: bool(raw_status),
        Block.LINES: bool(lines),
        Block.RECIPIENT: recipient is not None,
        Block.BUYER: bool(user_id),
        Block.CANCELLATION: asked is not None,
        Block.TAX: bool(lines),
        Block.PACKAGES: bool(lines),
        Block.MONEY: total is not None,
    }
    return RemoteOrder(
        remote_id=order_id,
        number=order_id,
        marketplace_id=read.region,
        status=status,
        raw_status=_words(raw_status, asked),
        ordered_at=fields.required_moment(raw, "create_time", ""),
        updated_at=fields.required_moment(raw, "update_time", ""),
        as_of=as_of,
        blocks=frozenset(block for block, there in blocks.items() if there),
        lines=lines,
        raw=read.raw(),
        not_ours=elsewhere,
        ship_by=fields.moment(raw, "rts_sla_time", ""),
        deliver_by=fields.moment(raw, "delivery_sla_time", ""),
        cancel_answer_by=min(
            (row.answer_by for row in requests if row.answer_by), default=None
        )
        if asked
        else None,
        service_level=fields.text(raw, "delivery_option_name", "")[:SHOWN],
        delivery_option=fields.identifier(raw, "delivery_option_id", ""),
        programs=programs_of(raw, unknown),
        recipient=recipient,
        buyer_name=recipient.name if recipient else "",
        buyer_email=fields.text(raw, "buyer_email", ""),
        buyer_id=user_id,
        currency=fields.currency(payment, "currency", "payment."),
        total=total,
        shipping_price=fields.money(payment, "shipping_fee", "payment."),
        packages=packages_of(raw, groups) if lines else None,
        unknown_values=tuple(dict.fromkeys(unknown)),
    )


def parse_all(
    reads: Iterable[Read], *, as_of: datetime
) -> tuple[tuple[RemoteOrder, ...], tuple[MalformedOrder, ...]]:
    """The orders of an answer, and apart from them those that can't be read."""
    orders: list[RemoteOrder] = []
    malformed: list[MalformedOrder] = []
    for read in reads:
        try:
            orders.append(parse_order(read, as_of=as_of))
        except FieldError as error:
            order_id = read.order.get("id") or ""
            malformed.append(
                MalformedOrder(
                    remote_id=str(order_id)[:SHOWN]
                    if isinstance(order_id, str | int)
                    else "",
                    marketplace_id=read.region,
                    field=error.path,
                    problem=error.problem,
                    raw=read.raw(),
                )
            )
    return tuple(orders), tuple(malformed)


def asks_to_cancel(raw: Json) -> bool:
    """Whether an order says that its buyer waits for an answer."""
    return raw.get("is_buyer_request_cancel") is True


def _open_requests(read: Read, order_id: str) -> tuple[Cancellation, ...]:
    """The buyer's open requests, as far as they can be read: they are a bonus."""
    found = []
    for row in read.cancellations or ():
        try:
            cancellation = cancellation_of(row)
        except FieldError:
            continue
        if cancellation.order_id == order_id and cancellation.asked:
            found.append(cancellation)
    return tuple(found)


def _line(
    group: Group,
    status: RemoteStatus,
    asked: bool | None,
    requests: tuple[Cancellation, ...],
    unknown: Unknown,
) -> RemoteLine:
    ids = {unit.id for unit in group.units if not unit.cancelled}
    mine = [row for row in requests if not row.unit_ids or row.unit_ids & ids]
    # Buyers cancel whole orders; without a request at hand the order's word counts.
    wanted = asked and bool(ids) and (bool(mine) or not requests)
    return line_of(
        group,
        all_cancelled=status is RemoteStatus.CANCELLED,
        asked=wanted if asked is not None else None,
        reason=next((row.reason for row in mine if row.reason), "") if wanted else "",
        unknown=unknown,
    )


def _reviewed(
    status: RemoteStatus,
    read: Read,
    recipient: RemoteAddress | None,
    elsewhere: str,
    unknown: Unknown,
) -> RemoteStatus:
    """Abroad only with a person's word: TikTok has no tax id for customs.

    Shops sell in their own country. An order to another one waits with a case until
    the country is let in by the account's settings.
    """
    if recipient is None or elsewhere:
        return status
    if recipient.country in read.ships_to or status not in (
        RemoteStatus.OPEN,
        RemoteStatus.PARTLY_SHIPPED,
    ):
        return status
    where = f"{recipient.country or 'none'}, and the shop sells in {read.region}"
    way = "to let it go, add it to 'Also ships to' of the account, then look again"
    unknown.append(("recipient_address.region_code", f"{where}; {way}"))
    return RemoteStatus.UNKNOWN


def _words(raw_status: str, asked: bool | None) -> str:
    words = f"{raw_status}, cancellation requested" if asked else raw_status
    return words[:SHOWN]
