"""Amazon as a connected tool sees it: orders of a seller, and parcels that it tells of."""

from __future__ import annotations

from collections.abc import Iterator

from stores.sandbox.amazon.answers import ApiError
from stores.sandbox.amazon.confirm import (
    Confirmation,
    apply_confirmation,
    check_confirmation,
)
from stores.sandbox.amazon.orders import Order
from stores.sandbox.amazon.peer import AmazonPeer
from stores.sandbox.channels import Channel, ShopLine, ShopOrder, ShopParcel

STATUSES = {
    "PENDING": "unpaid",
    "UNSHIPPED": "open",
    "PARTIALLY_SHIPPED": "open",
    "SHIPPED": "shipped",
    "CANCELLED": "cancelled",
}
CODES = {
    "royal_mail": "Royal Mail",
    "rm_cnd_walleted": "Royal Mail",
    "dpd": "DPD",
    "hermes": "Hermes UK",
}


class AmazonChannel(Channel):
    """The peer's book behind the connection's own contract."""

    def __init__(self, peer: AmazonPeer) -> None:
        self.peer = peer

    def orders(self, seller_id: str, marketplace: str) -> Iterator[ShopOrder]:
        with self.peer.lock:
            self.peer.world.advance()
            found = [
                _shown(order)
                for order in self.peer.world.book
                if seller_id in ("", order.seller_id)
                and marketplace in ("", order.marketplace_id)
                and order.fulfilled_by == "MERCHANT"
            ]
        yield from found

    def tell(self, order_id: str, parcel: ShopParcel) -> str:
        with self.peer.lock:
            return self._tell(order_id, parcel)

    def _tell(self, order_id: str, parcel: ShopParcel) -> str:
        world = self.peer.world
        now = world.advance()
        order = world.book.get(order_id)
        if order is None:
            return f"Amazon has no order {order_id}"
        code = CODES.get(parcel.carrier, "Other")
        wanted = Confirmation(
            marketplace_id=order.marketplace_id,
            # A connection numbers its packages from a range of its own.
            reference=str(9000 + len(order.packages)),
            carrier_code=code,
            carrier_name=parcel.carrier if code == "Other" else "",
            service="",
            tracking=parcel.tracking,
            ship_time=max(order.created, min(now, int(parcel.shipped * 1000))),
            items=_units(order, parcel),
        )
        try:
            if not wanted.items:
                return "Nothing of the order is left to ship"
            edited = check_confirmation(
                wanted,
                order,
                world.auth.sellers[order.seller_id],
                now_ms=now,
                lane_carriers=world.settings.eu_lane_carriers,
            )
        except ApiError as error:
            return error.message
        apply_confirmation(wanted, order, edited, now)
        world.book.touch(order, now)
        self.peer.record(
            "told_by_shipstation", order_id, accepted=True, **wanted.ledger_parts()
        )
        return ""


def _units(order: Order, parcel: ShopParcel) -> dict[str, int]:
    wanted = parcel.units or {line.item_id: line.remaining for line in order.lines}
    left = {line.item_id: line.remaining for line in order.lines}
    units = {line: min(n, left.get(line, 0)) for line, n in wanted.items()}
    return {line: n for line, n in units.items() if n > 0}


def _shown(order: Order) -> ShopOrder:
    place = order.address
    return ShopOrder(
        order_id=order.order_id,
        status=STATUSES.get(order.status, "open"),
        ordered=order.created / 1000,
        ship_by=order.ship_by / 1000,
        username=order.buyer.get("buyerEmail", ""),
        email=order.buyer.get("buyerEmail", ""),
        address={
            "name": place.get("name"),
            "company": place.get("companyName"),
            "street1": place.get("addressLine1"),
            "street2": place.get("addressLine2"),
            "street3": place.get("addressLine3"),
            "city": place.get("city"),
            "state": place.get("stateOrRegion"),
            "postalCode": place.get("postalCode"),
            "country": place.get("countryCode"),
            "phone": place.get("phone"),
        },
        lines=tuple(
            ShopLine(
                line_id=line.item_id,
                sku=line.sku,
                title=line.title,
                quantity=line.remaining,
                price=line.unit_price / 100,
            )
            for line in order.lines
        ),
        tax_number=order.ioss_number or "",
    )
