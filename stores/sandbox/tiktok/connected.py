"""TikTok Shop as a connected tool sees it: orders of a shop, parcels that it tells of.

Held orders have no address yet and come once they wait for shipment. A tool's seller is
named by the shop's id or code, or by the seller's open id.
"""

from __future__ import annotations

from collections.abc import Iterator

from stores.sandbox.channels import Channel, ShopLine, ShopOrder, ShopParcel
from stores.sandbox.tiktok.answers import ApiError
from stores.sandbox.tiktok.carriers import find_option
from stores.sandbox.tiktok.orders import (
    AWAITING_SHIPMENT,
    CANCELLED,
    ON_HOLD,
    PARTIALLY_SHIPPING,
    UNPAID,
    Order,
)
from stores.sandbox.tiktok.peer import TikTokPeer
from stores.sandbox.tiktok.ship import Telling
from stores.sandbox.tiktok.ship_calls import accept

PROVIDERS = {
    "royal_mail": "Royal Mail",
    "rm_cnd_walleted": "Royal Mail",
    "dpd": "DPD",
    "hermes": "Hermes/EVRI",
    "dhl_express_uk": "DHL UK",
    "ups": "UPS UK",
    "fedex": "FedEx UK",
}
_OPEN = (AWAITING_SHIPMENT, PARTIALLY_SHIPPING)


class TikTokChannel(Channel):
    """The peer's book behind the connection's own contract."""

    def __init__(self, peer: TikTokPeer) -> None:
        self.peer = peer

    def orders(self, seller_id: str, marketplace: str) -> Iterator[ShopOrder]:
        with self.peer.lock:
            self.peer.world.advance()
            shops = self._shops(seller_id)
            found = [
                _shown(order)
                for order in self.peer.world.book
                if order.shop_id in shops
                and marketplace in ("", order.region)
                and order.shipping_type == "SELLER"
            ]
        yield from found

    def tell(self, order_id: str, parcel: ShopParcel) -> str:
        with self.peer.lock:
            return self._tell(order_id, parcel)

    def _shops(self, seller_id: str) -> set[str]:
        return {
            shop.id
            for seller in self.peer.world.auth.sellers.values()
            for shop in seller.shops
            if seller_id in ("", shop.id, shop.code, seller.open_id)
        }

    def _tell(self, order_id: str, parcel: ShopParcel) -> str:
        world = self.peer.world
        now = world.advance()
        order = world.book.get(order_id)
        if order is None:
            return f"TikTok Shop has no order {order_id}"
        telling = Telling(
            tracking=parcel.tracking,
            provider_id=_provider(order, parcel.carrier),
            line_ids=tuple(parcel.units),
        )
        try:
            told, _ = accept(world, order, telling, now)
        except ApiError as error:
            return f"{error.code}: {error.message}"
        self.peer.record(
            "told_by_shipstation",
            order_id,
            trackingNumber=told.tracking,
            provider=told.provider_name,
            package_id=told.package_id,
            items=list(told.line_ids),
        )
        world.shipped(order, told, now)
        return ""


def _provider(order: Order, carrier: str) -> str:
    """The id of the provider by its name; '' where the option does not offer it."""
    option = find_option(order.option_id)
    wanted = PROVIDERS.get(carrier, carrier)
    rows = option.providers if option else ()
    return next((row.id for row in rows if row.name == wanted), "")


def _shown(order: Order) -> ShopOrder:
    status = "shipped"
    if order.status == CANCELLED:
        status = "cancelled"
    elif order.status in (UNPAID, ON_HOLD):
        status = "unpaid"
    elif order.status in _OPEN:
        status = "open"
    to = order.recipient if status != "unpaid" else {}
    return ShopOrder(
        order_id=order.order_id,
        status=status,
        ordered=float(order.created),
        ship_by=float(order.ship_by),
        username=order.user_id if to else "",
        email=order.buyer_email if to else "",
        address={
            "name": to.get("name"),
            "street1": to.get("address_line1"),
            "street2": to.get("address_line2") or None,
            "city": to.get("post_town"),
            "state": to.get("county"),
            "postalCode": to.get("postal_code"),
            "country": to.get("region_code"),
            "phone": to.get("phone_number"),
        },
        lines=tuple(
            ShopLine(
                line_id=line.line_id,
                sku=line.sku,
                title=line.title,
                quantity=int(line in order.unshipped),
                price=line.paid / 100,
            )
            for line in order.lines
        ),
    )
