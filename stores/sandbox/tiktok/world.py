"""The peer's whole state and what buyers, sellers, carriers and time do to it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from shipsync_site.lib import clock
from stores.sandbox.core import ControlError
from stores.sandbox.tiktok import reasons
from stores.sandbox.tiktok.auth import Auth
from stores.sandbox.tiktok.cancels import Cancels, may_ask
from stores.sandbox.tiktok.limits import Limits
from stores.sandbox.tiktok.orders import (
    AWAITING_COLLECTION,
    AWAITING_SHIPMENT,
    CANCELLED,
    COMPLETED,
    DELIVERED,
    IN_TRANSIT,
    ON_HOLD,
    PARTIALLY_SHIPPING,
    STAGES,
    SUCCESS,
    UNPAID,
    Cancellation,
    Event,
    Order,
    OrderBook,
    Parcel,
)
from stores.sandbox.tiktok.settle import Money
from stores.sandbox.tiktok.state import Settings, Subscription, Weather
from stores.sandbox.tiktok.stock import Stock

Json = dict[str, Any]

ADDRESS_FIELDS = (
    *("name", "phone_number", "address_line1", "address_line2", "post_town"),
    *("county", "postal_code", "region_code"),
)
ORDER_STATUS, ADDRESS_UPDATE, DEAUTHORISED, EXPIRING, CANCELLATION = 1, 3, 6, 7, 11


class World:
    """Accounts, limits, orders, settings; ``record`` writes the ledger."""

    def __init__(self, record: Callable[..., int]) -> None:
        self.record = record
        self.auth = Auth()
        self.limits = Limits()
        self.book = OrderBook()
        self.stock = Stock()
        self.money = Money(self.book, record)
        self.cancels = Cancels(
            self.book, record, self.tell_status, self.tell_cancellation
        )
        self.settings = Settings()
        self.weather = Weather()
        self.hook_rows: dict[tuple[str, str, str], Subscription] = {}
        self.chance = random.Random(0)  # noqa: S311 - weather, not secrets
        # Who hears of events, (type, shop id, data, their moment), and what becomes of
        # messages that wait for another attempt.
        self.announce: Callable[[int, str, Json, int], None] = lambda *_: None
        self.deliver_again: Callable[[str], None] = lambda _: None

    def reset(self, seed: int) -> None:
        """The default world, without orders."""
        self.auth.reset(seed)
        self.limits.reset()
        self.book.clear()
        self.stock.clear()
        self.money.clear()
        self.apply_settings(Settings())
        self.weather = Weather()
        self.chance = random.Random(seed)  # noqa: S311 - weather, not secrets

    def apply_settings(self, settings: Settings) -> None:
        """Let these settings be in force."""
        self.settings = settings
        self.cancels.answer_seconds = int(settings.answer_seconds)
        self.cancels.refund_seconds = int(settings.refund_seconds)
        self.money.pay_seconds = int(settings.pay_seconds)

    def advance(self) -> int:
        """Let everything happen that is due; business time in seconds."""
        now = int(clock.timestamp())
        for event in self.book.due_events(now):
            if event.kind == "message":
                self.deliver_again(event.key)
            elif event.kind == "expiring":
                self._warn(event)
            elif event.kind == "statement":
                self.money.close_day(event.key, event.due)
            elif event.kind == "payout":
                self.money.pay(event.key, event.due)
            elif (order := self.book.get(event.key)) is not None:
                self._happen(event, order)
        return now

    def _happen(self, event: Event, order: Order) -> None:
        match event.kind:
            case "payment" if order.status == UNPAID:
                order.paid_at = event.due
                order.held_until = event.due + order.held_until - order.created
                held = order.on_hold and order.held_until > event.due
                self.move(order, ON_HOLD if held else AWAITING_SHIPMENT, event.due)
                if held:
                    self.book.schedule(order.held_until, "release", order.order_id)
            case "release" if order.status == ON_HOLD:
                self.move(order, AWAITING_SHIPMENT, event.due)
            case "buyer_cancel" if may_ask(order):
                if self.book.open_request(order.order_id) is None:
                    self.cancels.ask(order, event.extra, event.due)
            case "approval":
                row = self.book.open_request(order.order_id)
                if row is not None and row.cancel_id == event.extra:
                    self.cancels.approve(order, row, event.due, by="SYSTEM")
            case "settle":
                self.money.settle(order, event.due)
            case "refunded":
                self.cancels.complete(event.extra, event.due)
            case "scan":
                parcel = order.parcel(event.extra)
                if parcel is not None and parcel.stage == AWAITING_COLLECTION:
                    self.scan(order, [parcel], IN_TRANSIT, event.due)
            case "shipping_due" if order.unshipped and order.status != CANCELLED:
                self._time_out(order, reasons.SHIPPING_TIMEOUT, event.due)
            case "collection_due" if order.status == AWAITING_COLLECTION:
                self._time_out(order, reasons.UNTRACKED, event.due)

    def _time_out(self, order: Order, reason: str, now: int) -> None:
        row = self.book.open_request(order.order_id)
        if row is not None:
            self.cancels.approve(order, row, now, by="SYSTEM")
            return
        unpaid = order.status == UNPAID
        lines = order.unshipped or order.live_lines
        self.cancels.cancel(
            order,
            "SYSTEM",
            reasons.UNPAID_TIME_OUT if unpaid else reason,
            lines,
            now,
        )

    def _warn(self, event: Event) -> None:
        """Webhook 7, daily from 30 days before a consent runs out."""
        _, shop = self.auth.shop(event.key)
        until = int(event.extra)
        data = {
            "message": "the seller's authorization expires soon",
            "expiration_time": str(until),
        }
        self.announce(EXPIRING, shop.id, data, event.due)
        if event.due + 86_400 < until:
            self.book.schedule(event.due + 86_400, "expiring", event.key, event.extra)

    def move(self, order: Order, status: str, now: int) -> None:
        """Give the order another status and tell of it."""
        order.status = status
        self.book.touch(order, now)
        self.tell_status(order)

    def tell_status(self, order: Order) -> None:
        """Webhook 1; its cancelled value is CANCEL, PARTIALLY_SHIPPING has none."""
        if order.status == PARTIALLY_SHIPPING:
            return
        data = {
            "order_id": order.order_id,
            "order_status": "CANCEL" if order.status == CANCELLED else order.status,
            "is_on_hold_order": order.on_hold,
            "update_time": order.updated,
        }
        self.announce(ORDER_STATUS, order.shop_id, data, order.updated)

    def tell_cancellation(self, order: Order, row: Cancellation) -> None:
        """Webhook 11, which spells the last state CANCELLED; goods come back."""
        if row.state == SUCCESS:
            self.stock.back(order, row)
        state = "CANCELLED" if row.state == "CANCEL" else row.state
        data = {
            "order_id": order.order_id,
            "cancel_id": row.cancel_id,
            "cancellations_role": row.role,
            "cancel_status": f"CANCELLATION_REQUEST_{state}",
            "create_time": row.created,
        }
        self.announce(CANCELLATION, order.shop_id, data, row.updated)

    def shipped(self, order: Order, parcel: Parcel, now: int) -> None:
        """What follows a package that was told."""
        self.tell_status(order)
        if self.settings.scan_after > 0:
            due = now + int(self.settings.scan_after)
            self.book.schedule(due, "scan", order.order_id, parcel.package_id)

    def scan(self, order: Order, parcels: list[Parcel], stage: str, now: int) -> None:
        """A carrier's scan moves packages on, and the order with the last of them."""
        for parcel in parcels:
            if STAGES.index(parcel.stage) >= STAGES.index(stage):
                continue
            parcel.stage, parcel.updated = stage, now
            parcel.scanned = parcel.scanned or now
            if stage in (DELIVERED, COMPLETED):
                parcel.delivered = parcel.delivered or now
            self.record(
                "carrier_scan",
                order.order_id,
                package_id=parcel.package_id,
                trackingNumber=parcel.tracking,
                stage=stage,
            )
        if not order.unshipped and order.stage != order.status:
            order.collected = order.collected or now
            if order.stage in (DELIVERED, COMPLETED) and not order.delivered:
                order.delivered = now
                due = now + int(self.settings.settle_seconds)
                self.book.schedule(due, "settle", order.order_id)
            self.move(order, order.stage, now)
        self.book.touch(order, now)

    def subscribe(
        self, app_key: str, shop_id: str, event: str, address: str, now: int
    ) -> None:
        """Tell this event of the shop at this address, and nowhere else."""
        key = (app_key, shop_id, event)
        known = self.hook_rows.get(key)
        self.hook_rows[key] = Subscription(
            app_key=app_key,
            shop_id=shop_id,
            event=event,
            address=address,
            created=known.created if known else now,
            updated=now,
        )

    def unsubscribe(self, app_key: str, shop_id: str, event: str) -> bool:
        """Stop telling; False when nobody listened."""
        return self.hook_rows.pop((app_key, shop_id, event), None) is not None

    def revoke(self, open_id: str, now: int) -> int:
        """The seller withdraws the consent: webhook 6 for each of the shops."""
        count = self.auth.revoke(open_id)
        seller = self.auth.sellers[open_id]
        self.record("deauthorised", open_id, consents=count)
        for shop in seller.shops:
            data = {"message": f"{seller.name} has withdrawn the authorization"}
            self.announce(DEAUTHORISED, shop.id, data, now)
        return count

    def order(self, spec: Mapping[str, Any]) -> Order:
        """The order that a control call names; ControlError 404."""
        order = self.book.get(str(spec.get("order_id", "")))
        if order is None:
            raise ControlError(404, f"no order {spec.get('order_id')!r}")
        return order
