"""The peer's whole state and what buyers, sellers and time do to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from shipsync_site.lib import clock
from stores.sandbox.core import ControlError
from stores.sandbox.ebay.auth import Auth
from stores.sandbox.ebay.fulfil import REUSE_ERRORS
from stores.sandbox.ebay.money import Money
from stores.sandbox.ebay.notices import SHIPPED, Notices, Subscription
from stores.sandbox.ebay.orders import (
    CANCELED,
    DAY_MS,
    FULFILLED,
    IN_PROGRESS,
    NONE_REQUESTED,
    CancelRequest,
    Order,
    OrderBook,
)
from stores.sandbox.ebay.quotas import Quotas
from stores.sandbox.ebay.render import iso
from stores.sandbox.ebay.signatures import SigningKeys, needs_signature

Json = dict[str, Any]

# Silence for so long approves a buyer's request.
APPROVAL_MS = 3 * DAY_MS
DEFAULT_REASON = "ORDER_MISTAKE"
_ADDRESS_FIELDS = (
    *("addressLine1", "addressLine2", "city", "stateOrProvince", "county"),
    *("postalCode", "countryCode"),
)


@dataclass(slots=True, kw_only=True)
class Settings:
    """What ``/control/config`` sets; times in business seconds."""

    # How long after the purchase a buyer may ask (EBAY_US: an hour).
    cancel_window: float = 3600.0
    list_lag: float = 0.0
    order_age: float = 0.0
    most_parcels: int = 50
    reuse_error: str = "32300"
    consent: str = "agree"
    # How many seconds a message's signature may be away from our time.
    signature_age: float = 300.0
    # Payouts are made at the end of such periods (0: by control alone), and answered
    # by the bank so long after.
    payout_every: float = 86_400.0
    payout_pay: float = 86_400.0


@dataclass(slots=True, kw_only=True)
class Weather:
    """Faults in force that only this peer can play."""

    poison_left: int = 0
    poisoned: list[str] = field(default_factory=list)
    gateway_left: int = 0
    burst_left: int = 0
    scope_missing: bool = False
    revoked: list[str] = field(default_factory=list)
    disabled: list[str] = field(default_factory=list)


class World:
    """Accounts, quotas, orders, notices and settings; ``record`` writes the ledger."""

    def __init__(self, record: Callable[..., int]) -> None:
        self.record = record
        self.auth = Auth()
        self.quotas = Quotas()
        self.book = OrderBook()
        self.money = Money(self.book, record)
        self.notices = Notices()
        self.keys = SigningKeys()
        self.settings = Settings()
        self.weather = Weather()
        # Who hears of events: (topic, data, seller); and of a subscription's test.
        self.announce: Callable[[str, Json, str], None] = lambda *_: None
        self.send_test: Callable[[Subscription], None] = lambda _: None

    def reset(self, seed: int) -> None:
        """The default world, without orders."""
        self.auth.reset(seed)
        self.quotas.reset()
        self.book.clear()
        self.money.clear()
        self.notices = Notices()
        self.keys.clear()
        self.settings = Settings()
        self.weather = Weather()

    def advance(self) -> int:
        """Let everything happen that is due; business time in milliseconds."""
        now = int(clock.timestamp() * 1000)
        for event in self.book.due_events(now):
            order = self.book.get(event.order_id)
            if order is None or order.cancel_state == CANCELED:
                continue
            match event.kind:
                case "payment":
                    order.paid = True
                    self.book.touch(order, event.due)
                case "cancel_request" if order.status != FULFILLED:
                    self._ask(order, event.reason, "BUYER", event.due)
                case "approval":
                    request = order.open_request
                    if request is not None and request.request_id == event.reason:
                        self._cancel(
                            order,
                            "BUYER",
                            event.due,
                            close="SELLER_APPROVE_TIMEOUT_PAID",
                        )
        self.money.advance(
            now,
            every=int(self.settings.payout_every * 1000),
            pay_after=self.pay_after,
        )
        return now

    @property
    def pay_after(self) -> int:
        """Milliseconds until the bank answers a payout."""
        return int(self.settings.payout_pay * 1000)

    def cancel(self, spec: Mapping[str, Any]) -> Json:
        """Play ``{order_id, how, by?, reason?}``; how the order is now."""
        order = self.order(spec)
        now = self.advance()
        how = spec.get("how", "request")
        reason = str(spec.get("reason") or DEFAULT_REASON)
        by = str(spec.get("by", "BUYER")).upper()
        if by not in ("BUYER", "SELLER"):
            raise ControlError(400, f"by={by!r}: BUYER or SELLER")
        if how == "request":
            self._must_not_be_over(order)
            window = int(self.settings.cancel_window * 1000)
            if by == "BUYER" and now - order.created > window:
                raise ControlError(
                    409, f"{order.order_id}: the buyer's time to ask is over"
                )
            if order.open_request is not None:
                raise ControlError(409, f"{order.order_id}: a request is open already")
            self._ask(order, reason, by, now)
        elif how == "withdrawn":
            if order.open_request is None:
                raise ControlError(409, f"{order.order_id}: nobody asked to cancel")
            self.close_request(order, now, "withdrawn")
        elif how == "cancelled":
            self._must_not_be_over(order)
            if order.open_request is None:
                self._ask(order, reason, by, now, quietly=True)
            self._cancel(order, by, now, close="CLOSED_WITH_REFUND")
        else:
            raise ControlError(
                400,
                f"how={how!r}: request, cancelled or withdrawn; eBay cancels whole "
                "orders only",
            )
        return {"order_id": order.order_id, "status": order.status, "cancel": order.cancel_state}  # fmt: skip

    def change_address(self, spec: Mapping[str, Any]) -> Json:
        """Play ``{order_id, …}``: eBay's address fields, fullName, phoneNumber."""
        order = self.order(spec)
        now = self.advance()
        self._must_not_be_over(order)
        chosen = spec.get("fields", spec)
        changes = {name: chosen[name] for name in _ADDRESS_FIELDS if name in chosen}
        for name, value in changes.items():
            if value is None:
                order.address.pop(name, None)
            else:
                order.address[name] = str(value)
        for name, attribute in (("fullName", "name"), ("phoneNumber", "phone")):
            if name in chosen:
                changes[name] = str(chosen[name] or "")
                setattr(order, attribute, changes[name])
        if not changes:
            raise ControlError(
                400,
                "no address field; there are: fullName, phoneNumber, "
                + ", ".join(_ADDRESS_FIELDS),
            )
        self.book.touch(order, now)
        self.record("address_changed", order.order_id, changes, fields=sorted(changes))
        return {"order_id": order.order_id, "address": order.address}

    def approve(self, order: Order, now: int) -> None:
        """The seller says yes to the open request."""
        self._cancel(order, "BUYER", now, close="CLOSED_WITH_REFUND")

    def cancel_as_seller(self, order: Order, reason: str, now: int) -> CancelRequest:
        """The seller cancels without having been asked."""
        self._ask(order, reason, "SELLER", now, quietly=True)
        made = order.requests[-1]
        self._cancel(order, "SELLER", now, close="CLOSED_WITH_REFUND", reason=reason)
        return made

    def check_signature(self, request: HttpRequest, seller_id: str, now: int) -> None:
        """A British or European seller's message must be signed; raises ApiError."""
        if needs_signature(self.auth.sellers[seller_id].ship_from_country):
            self.keys.check(request, now=now // 1000, age=self.settings.signature_age)

    def close_request(self, order: Order, now: int, how: str) -> None:
        """An open request ends without a cancellation: withdrawn, or shipped first."""
        request = order.open_request
        if request is None:
            return
        request.state, request.completed = "REJECTED", 0
        order.cancel_state = NONE_REQUESTED
        self.book.touch(order, now)
        self.record(how, order.order_id, request_id=request.request_id)

    def marked_shipped(self, order: Order, now: int) -> None:
        """What follows a told parcel: an open request closes, sellers hear of it."""
        self.close_request(order, now, "SYSTEM_NOTIFY_SHIPPING_STATUS")
        data = {"orderId": order.order_id, "sellerId": order.seller_id}
        self.announce(SHIPPED, data, order.seller_id)

    def order(self, spec: Mapping[str, Any]) -> Order:
        """The order that a control call names; ControlError 404."""
        order = self.book.get(str(spec.get("order_id", "")))
        if order is None:
            raise ControlError(404, f"no order {spec.get('order_id')!r}")
        return order

    def configure(self, config: Mapping[str, Any]) -> None:
        """Change settings, accounts and quotas; ControlError says what is wrong."""
        try:
            self._configure(config)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise ControlError(400, f"ebay: {error}") from None

    def config_view(self) -> Json:
        """The configuration in force, without secrets."""
        settings = self.settings
        return {
            **{name: getattr(settings, name) for name in Settings.__dataclass_fields__},
            "quotas": dict(self.quotas.limits),
            "apps": [
                {
                    "client_id": app.client_id,
                    "ru_name": app.ru_name,
                    "accept_url": app.accept_url,
                    "disabled": app.disabled,
                }
                for app in self.auth.apps.values()
            ],
            "sellers": [
                {
                    "id": seller.id,
                    "marketplaces": seller.marketplaces,
                    "suspended": seller.suspended,
                }
                for seller in self.auth.sellers.values()
            ],
        }

    def _configure(self, config: Mapping[str, Any]) -> None:
        for app in config.get("apps", []):
            self.auth.add_app(app)
        for seller in config.get("sellers", []):
            self.auth.add_seller(seller)
        if "quotas" in config:
            self.quotas.configure(config["quotas"])
        for name in (
            *("cancel_window", "list_lag", "order_age", "most_parcels"),
            *("signature_age", "payout_every", "payout_pay"),
        ):
            if name in config:
                value = float(config[name])
                if value < 0:
                    raise ValueError(f"{name}={value}: must not be negative")
                setattr(
                    self.settings, name, int(value) if name == "most_parcels" else value
                )
        for name, allowed in (
            ("reuse_error", tuple(REUSE_ERRORS)),
            ("consent", ("agree", "deny")),
        ):
            if name in config:
                if str(config[name]) not in allowed:
                    raise ValueError(
                        f"{name}={config[name]!r}: one of {', '.join(allowed)}"
                    )
                setattr(self.settings, name, str(config[name]))
        known = {*Settings.__dataclass_fields__, "apps", "sellers", "quotas"}
        if unknown := sorted(set(config) - known):
            raise ValueError(
                f"no setting {unknown[0]!r}; there are: {', '.join(sorted(known))}"
            )

    def _must_not_be_over(self, order: Order) -> None:
        if order.status == FULFILLED or order.cancel_state == CANCELED:
            raise ControlError(
                409, f"{order.order_id} is {order.status}, {order.cancel_state}"
            )

    def _ask(
        self, order: Order, reason: str, by: str, now: int, *, quietly: bool = False
    ) -> None:
        if order.open_request is not None:
            return
        number = 5_000_000_000 + int(order.order_id.replace("-", "")[-9:])
        request = CancelRequest(
            request_id=str(number + len(order.requests)),
            state="REQUESTED",
            initiator=by.capitalize(),
            reason=reason,
            requested=now,
        )
        order.requests.append(request)
        if quietly:
            return
        order.cancel_state = IN_PROGRESS
        self.book.touch(order, now)
        self.book.schedule(
            now + APPROVAL_MS, "approval", order.order_id, request.request_id
        )
        self.record("cancel_requested", order.order_id, by=by, reason=reason, until=iso(now + APPROVAL_MS))  # fmt: skip

    def _cancel(
        self, order: Order, by: str, now: int, *, close: str, **parts: str
    ) -> None:
        request = order.open_request
        if request is not None:
            request.state, request.completed = "COMPLETED", now
        order.cancel_state, order.cancelled = CANCELED, now
        order.refunded = order.paid
        self.book.touch(order, now)
        self.record("cancelled", order.order_id, by=by, close_reason=close, **parts)
