"""The rules of marking a package as shipped, and of its one correction.

Sheet section 4. Where it is silent the peer chose: an order of another shop or none is
21011028, more than one number for a package is taken only with ``several_parcels``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stores.sandbox.tiktok import carriers
from stores.sandbox.tiktok.answers import ApiError
from stores.sandbox.tiktok.carriers import Provider
from stores.sandbox.tiktok.orders import (
    AWAITING_COLLECTION,
    CANCELLED,
    DELIVERED,
    ON_HOLD,
    PARTIALLY_SHIPPING,
    UNPAID,
    Line,
    Order,
    OrderBook,
    Parcel,
)

Json = dict[str, Any]

CORRECTION_SECONDS = 72 * 3600
MOST_ORDERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A request whose fields have the right types; no line ids: all that are left."""

    tracking: str
    provider_id: str
    line_ids: tuple[str, ...] = ()
    more: tuple[Json, ...] = field(default=())


def read_telling(body: object, *, version: str, several: bool) -> Telling:
    """The body of Mark Package As Shipped, 202309 or 202610; raises ApiError."""
    if not isinstance(body, dict):
        raise _invalid("the body must be a JSON object")
    if version == "202309":
        ids = body.get("order_line_item_ids") or []
        infos: Any = [body]
    else:
        rows = body.get("order_line_list") or []
        if not isinstance(rows, list):
            raise _invalid("order_line_list")
        ids = [
            row.get("order_line_id") if isinstance(row, dict) else None for row in rows
        ]
        infos = body.get("shipping_info_list")
    if not isinstance(infos, list) or not infos:
        raise _invalid("shipping_info_list")
    if len(infos) > 1 and not several:
        raise _invalid("several parcels for an item need TikTok's consent")
    if not isinstance(ids, list) or not all(isinstance(row, str) for row in ids):
        raise _invalid("line ids")
    pairs = [_pair(info) for info in infos]
    return Telling(
        tracking=pairs[0][0],
        provider_id=pairs[0][1],
        line_ids=tuple(dict.fromkeys(ids)),
        more=tuple(
            {"tracking_number": number, "shipping_provider_id": provider}
            for number, provider in pairs[1:]
        ),
    )


def _pair(info: object) -> tuple[str, str]:
    number = info.get("tracking_number") if isinstance(info, dict) else None
    provider = info.get("shipping_provider_id") if isinstance(info, dict) else None
    if not isinstance(number, str) or not isinstance(provider, str) or not number:
        raise _invalid("tracking_number and shipping_provider_id are required")
    return number, provider


def chosen_lines(telling: Telling, order: Order) -> list[Line]:
    """The lines that a telling means; raises ApiError."""
    if order.status == ON_HOLD:
        raise ApiError(21011044, "the order is on hold, fulfil it later")
    if order.status in (UNPAID, CANCELLED):
        raise ApiError(21011003, f"not allowed while the order is {order.status}")
    if order.kind == "FULFILLED_BY_TIKTOK":
        raise ApiError(21008025, "the order is fulfilled by the platform")
    if order.shipping_type != "SELLER":
        raise ApiError(21011004, "the package is not shipped by the seller")
    if not order.unshipped:
        raise ApiError(21011006, "these orders are already shipped")
    if not telling.line_ids:
        if len({line.group for line in order.unshipped}) > 1:
            raise ApiError(
                21011048, "several packages can be shipped, say which order lines"
            )
        return order.unshipped
    lines = []
    for line_id in telling.line_ids:
        line = order.line(line_id)
        if line is None:
            raise ApiError(21011029, f"order line {line_id} is none of this order")
        if line.cancelled:
            raise ApiError(21011003, f"order line {line_id} is cancelled")
        if line.package_id:
            raise ApiError(21008099, "the package has been shipped already")
        lines.append(line)
    return lines


def check_number(
    tracking: str, provider_id: str, order: Order, *, checked: bool
) -> tuple[Provider, str]:
    """(provider, warning) of a number for this order; raises ApiError."""
    if not carriers.LEAST_LENGTH <= len(tracking) <= carriers.MOST_LENGTH:
        raise ApiError(21011022, "the tracking number needs 4 to 50 characters")
    if not carriers.ALLOWED_CHARACTERS.fullmatch(tracking):
        raise ApiError(21004012, "the tracking number has special characters")
    option = carriers.find_option(order.option_id)
    offered = option.providers if option else ()
    provider = next((row for row in offered if row.id == provider_id), None)
    if option is None or provider is None:
        raise ApiError(
            21011022, "the provider does not belong to the order's delivery option"
        )
    if not checked:
        return provider, ""
    fitting = carriers.providers_that_fit(option, tracking)
    if not provider.fits(tracking):
        if fitting:
            raise ApiError(21004015, "the tracking number is another provider's")
        raise ApiError(11028006, "the tracking number matches no carrier")
    others = [row.name for row in fitting if row is not provider]
    if others and provider.shape:
        return provider, "the tracking number matches more than one provider"
    return provider, ""


def check_sharing(tracking: str, order: Order, book: OrderBook) -> None:
    """One number on several orders: same recipient, at most 20; raises ApiError."""
    if any(parcel.tracking == tracking for parcel in order.parcels):
        raise ApiError(21011025, "duplicate tracking number")
    users = [
        other
        for order_id in book.numbers.get(tracking, ())
        if (other := book.get(order_id)) is not None
    ]
    for other in users:
        if other.shop_id != order.shop_id or other.recipient != order.recipient:
            raise ApiError(21034012, "the tracking number is another recipient's")
    if len(users) >= MOST_ORDERS:
        raise ApiError(21011026, f"the number is on {MOST_ORDERS} orders already")


def ship(
    telling: Telling,
    lines: list[Line],
    provider: Provider,
    order: Order,
    book: OrderBook,
    now: int,
) -> Parcel:
    """Write the package to the order and move the order on."""
    parcel = Parcel(
        package_id=order.planned_package
        if len(lines) == len(order.live_lines)
        else book.next_id("1153"),
        provider_id=provider.id,
        provider_name=provider.name,
        tracking=telling.tracking,
        line_ids=[line.line_id for line in lines],
        shipped=now,
        updated=now,
        more=list(telling.more),
    )
    order.parcels.append(parcel)
    for line in lines:
        line.package_id = parcel.package_id
    order.rts_time = now
    order.status = PARTIALLY_SHIPPING if order.unshipped else AWAITING_COLLECTION
    book.numbers.setdefault(telling.tracking, []).append(order.order_id)
    book.touch(order, now)
    return parcel


def check_correction(order: Order, parcel: Parcel | None, now: int) -> Parcel:
    """May this parcel's number be changed? Once, within 72 hours; raises ApiError."""
    if order.status == CANCELLED:
        raise ApiError(21011042, "the order is cancelled")
    if order.shipping_type != "SELLER":
        raise ApiError(21011004, "the package is not shipped by the seller")
    if parcel is None:
        raise ApiError(21011043, "the package has not been shipped yet")
    if parcel.stage in (DELIVERED, "COMPLETED"):
        raise ApiError(21011030, "the package has been delivered")
    if parcel.corrections:
        raise ApiError(21011051, "the tracking number can be changed once only")
    if now - parcel.shipped > CORRECTION_SECONDS:
        raise ApiError(21011050, "the number can be changed within 72 hours only")
    return parcel


def correct(
    parcel: Parcel,
    tracking: str,
    provider: Provider,
    order: Order,
    book: OrderBook,
    now: int,
) -> None:
    """Write another number to a package."""
    users = book.numbers.get(parcel.tracking, [])
    if order.order_id in users:
        users.remove(order.order_id)
    parcel.tracking, parcel.provider_id = tracking, provider.id
    parcel.provider_name = provider.name
    parcel.corrections += 1
    parcel.updated = now
    book.numbers.setdefault(tracking, []).append(order.order_id)
    book.touch(order, now)


def _invalid(text: str) -> ApiError:
    return ApiError(21001001, f"invalid parameters: {text}")
