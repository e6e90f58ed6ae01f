"""eBay as a connected tool sees it: orders of a seller, and parcels that it tells of."""

from __future__ import annotations

from collections.abc import Iterator

from stores.sandbox.channels import Channel, ShopLine, ShopOrder, ShopParcel
from stores.sandbox.ebay.answers import ApiError
from stores.sandbox.ebay.fulfil import Telling, apply_telling, check_telling
from stores.sandbox.ebay.orders import CANCELED, FULFILLED, Order
from stores.sandbox.ebay.peer import EbayPeer

CODES = {
    "royal_mail": "RoyalMail",
    "rm_cnd_walleted": "RoyalMail",
    "dpd": "DPD",
    "hermes": "Hermes",
}


class EbayChannel(Channel):
    """The peer's book behind the connection's own contract."""

    def __init__(self, peer: EbayPeer) -> None:
        self.peer = peer

    def orders(self, seller_id: str, marketplace: str) -> Iterator[ShopOrder]:
        with self.peer.lock:
            self.peer.world.advance()
            found = [
                _shown(order)
                for order in self.peer.world.book
                if seller_id in ("", order.seller_id)
                and marketplace in ("", order.marketplace_id)
                and order.kind == "SHIP_TO"
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
            return f"eBay has no order {order_id}"
        telling = Telling(
            items=_units(order, parcel),
            carrier=CODES.get(parcel.carrier, "Other"),
            tracking=parcel.tracking,
            shipped=max(order.created, min(now, int(parcel.shipped * 1000))),
        )
        if not telling.items:
            return "Nothing of the order is left to ship"
        try:
            check_telling(
                telling,
                order,
                world.book,
                most_parcels=world.settings.most_parcels,
                reuse_error=world.settings.reuse_error,
                now=now,
            )
        except ApiError as error:
            return str(error)
        apply_telling(telling, order)
        world.book.touch(order, now)
        if order.status == FULFILLED:
            world.marked_shipped(order, now)
        self.peer.record(
            "told_by_shipstation",
            order_id,
            trackingNumber=telling.tracking,
            carrierCode=telling.carrier,
            items=dict(telling.items),
        )
        return ""


def _units(order: Order, parcel: ShopParcel) -> dict[str, int]:
    left = {line.line_id: line.quantity - line.fulfilled for line in order.lines}
    wanted = parcel.units or left
    units = {line: min(n, left.get(line, 0)) for line, n in wanted.items()}
    return {line: n for line, n in units.items() if n > 0}


def _shown(order: Order) -> ShopOrder:
    status = "open" if order.paid else "unpaid"
    if order.cancel_state == CANCELED:
        status = "cancelled"
    elif order.status == FULFILLED:
        status = "shipped"
    place = order.address
    return ShopOrder(
        order_id=order.order_id,
        status=status,
        ordered=order.created / 1000,
        ship_by=order.ship_by / 1000,
        username=order.username,
        email=order.email,
        address={
            "name": order.name,
            "street1": place.get("addressLine1"),
            "street2": place.get("addressLine2"),
            "city": place.get("city"),
            "state": place.get("stateOrProvince"),
            "postalCode": place.get("postalCode"),
            "country": place.get("countryCode"),
            "phone": order.phone,
        },
        lines=tuple(
            ShopLine(
                line_id=line.line_id,
                sku=line.sku,
                title=line.title,
                quantity=0 if status == "cancelled" else line.quantity - line.fulfilled,
                price=line.unit_price / 100,
            )
            for line in order.lines
        ),
        tax_number=next((x.tax_number for x in order.lines if x.tax_number), ""),
    )
