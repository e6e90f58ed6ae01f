"""The peer's whole state and what buyers, sellers and time do to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shipsync_site.lib import clock
from stores.sandbox.amazon.acknowledgements import Cancellation
from stores.sandbox.amazon.auth import Auth, check_roles
from stores.sandbox.amazon.buckets import Buckets
from stores.sandbox.amazon.carriers import CARRIER_CODES, EU_LANE_CARRIERS
from stores.sandbox.amazon.feeds import Feeds
from stores.sandbox.amazon.notices import BUYER_CHANGE, STATUS_CHANGE, Notices
from stores.sandbox.amazon.orders import Line, Order, OrderBook
from stores.sandbox.amazon.reports import Reports
from stores.sandbox.amazon.settlements import Settlements
from stores.sandbox.core import ControlError

Json = dict[str, Any]

CONFIRM_MODES = ("normal", "dropped")
DEFAULT_REASON = "Ordered by mistake"
_SECONDS = (
    *("two_minutes", "list_lag", "order_age"),
    *("feed_queue", "feed_work", "feed_effect", "report_queue", "report_work"),
    "settlement_every",
)
_ADDRESS_FIELDS = (
    *("name", "companyName", "addressLine1", "addressLine2", "addressLine3"),
    *("city", "districtOrCounty", "stateOrRegion", "municipality", "postalCode"),
    *("countryCode", "phone", "addressType"),
)


@dataclass(slots=True, kw_only=True)
class Settings:
    """What ``/control/config`` sets; times in business seconds."""

    two_minutes: float = 120.0
    list_lag: float = 0.0
    order_age: float = 0.0
    confirm_mode: str = "normal"
    # How long a feed waits, is worked on, and until its effect shows after that.
    feed_queue: float = 20.0
    feed_work: float = 40.0
    feed_effect: float = 10.0
    feed_gzip: bool = False
    # How long a report waits and is made.
    report_queue: float = 15.0
    report_work: float = 30.0
    report_gzip: bool = True
    # Settlement reports appear at the end of such periods (0: by control alone).
    settlement_every: float = 14 * 86_400.0
    # Whether a new order is announced by ORDER_CHANGE: sellers saw both.
    announce_new: bool = True
    eu_lane_carriers: list[str] = field(
        default_factory=lambda: sorted(EU_LANE_CARRIERS)
    )


@dataclass(slots=True, kw_only=True)
class Weather:
    """Faults in force that only this peer can play."""

    poison_left: int = 0
    poisoned: list[str] = field(default_factory=list)
    role_missing: list[str] = field(default_factory=list)
    gateway_left: int = 0
    null_message_left: int = 0
    dropped_left: int = 0
    revoked: list[str] = field(default_factory=list)
    expired: list[str] = field(default_factory=list)
    fatal_left: int = 0
    stuck_left: int = 0
    report_fatal_left: int = 0
    report_cancelled_left: int = 0
    report_stuck_left: int = 0

    def next_fate(self) -> str:
        """What a fault has in store for the next feed: fatal, stuck or nothing."""
        return self._take(fatal="fatal_left", stuck="stuck_left")

    def next_report_fate(self) -> str:
        """What a fault has in store for the next report: fatal, cancelled, stuck or ''."""
        return self._take(
            fatal="report_fatal_left",
            cancelled="report_cancelled_left",
            stuck="report_stuck_left",
        )

    def _take(self, **counters: str) -> str:
        for fate, name in counters.items():
            left = getattr(self, name)
            if left > 0:
                setattr(self, name, left - 1)
                return fate
        return ""


class World:
    """Accounts, quotas, orders and settings; ``record`` writes the ledger."""

    def __init__(self, record: Callable[..., int]) -> None:
        self.record = record
        self.auth = Auth()
        self.buckets = Buckets()
        self.book = OrderBook()
        self.feeds = Feeds()
        self.reports = Reports()
        self.money = Settlements(self.book, self.reports, record)
        self.notices = Notices()
        self.settings = Settings()
        self.weather = Weather()

    def reset(self, seed: int) -> None:
        """The default world, without orders."""
        self.auth.reset(seed)
        self.buckets.reset()
        self.book.clear()
        self.feeds.clear()
        self.reports.clear()
        self.money.clear()
        self.notices.clear()
        self.settings = Settings()
        self.weather = Weather()

    def advance(self) -> int:
        """Let everything happen that is due; business time in milliseconds."""
        now = int(clock.timestamp() * 1000)
        for event in self.book.due_events(now):
            order = self.book.get(event.order_id)
            if order is None:
                continue
            match event.kind:
                case "payment" if order.status == "PENDING":
                    order.status = "UNSHIPPED"
                    self.book.touch(order, event.due)
                    self.status_changed(order, "Payment cleared", event.due)
                case "cancel_request" if order.status in (
                    "UNSHIPPED",
                    "PARTIALLY_SHIPPED",
                ):
                    self._ask(order, _open_lines(order), event.reason, event.due)
                case "auto_cancel" if order.status == "UNSHIPPED":
                    self._cancel(
                        order,
                        _open_lines(order),
                        by="AMAZON",
                        reason="Not confirmed 7 days after the ship date",
                        now=event.due,
                    )
        self.feeds.advance(
            now,
            self.book,
            packed=self.settings.feed_gzip,
            record=self.record,
            cancel=self._acknowledged,
        )
        self.reports.advance(
            now, self.book, packed=self.settings.report_gzip, record=self.record
        )
        self.money.advance(
            now,
            every=int(self.settings.settlement_every * 1000),
            packed=self.settings.report_gzip,
        )
        return now

    def status_changed(self, order: Order, reason: str, now: int) -> None:
        """Let the seller's queue know."""
        self.notices.changed(order, STATUS_CHANGE, reason, now)

    def configure(self, config: Mapping[str, Any]) -> None:
        """Change settings, accounts, roles and quotas; ControlError says what is wrong."""
        try:
            self._configure(config)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise ControlError(400, f"amazon: {_reason(error)}") from None

    def config_view(self) -> Json:
        """The configuration in force, without secrets."""
        return {
            **{
                name: getattr(self.settings, name)
                for name in Settings.__dataclass_fields__
            },
            "quotas": self.buckets.quotas_view(),
            "apps": [
                {
                    "client_id": app.client_id,
                    "roles": app.roles,
                    "secret_expired": app.secret_expired,
                }
                for app in self.auth.apps.values()
            ],
            "sellers": [
                {
                    "id": seller.id,
                    "region": seller.region,
                    "marketplaces": seller.marketplaces,
                    "ship_from_country": seller.ship_from_country,
                }
                for seller in self.auth.sellers.values()
            ],
        }

    def cancel(self, spec: Mapping[str, Any]) -> Json:
        """Play ``{order_id, how, order_item_id?, by?, reason?}``; how the order is now."""
        order = self._order(spec)
        now = self.advance()
        how = spec.get("how", "request")
        reason = str(spec.get("reason") or DEFAULT_REASON)
        chosen = self._chosen_lines(order, spec)
        if how == "request":
            # Of a pending order the buyer cancels alone, without asking.
            self._must_be_open(order)
            self._ask(order, chosen, reason, now)
        elif how == "withdrawn":
            asked = [line for line in chosen if line.cancel == "requested"]
            if not asked:
                raise ControlError(409, f"{order.order_id}: nobody asked to cancel")
            for line in asked:
                line.cancel, line.cancel_reason = "none", ""
            self.book.touch(order, now)
            self._record_cancel("withdrawn", order, asked)
        elif how in ("cancelled", "line"):
            self._must_be_open(order, pending=True)
            by = str(spec.get("by", "BUYER")).upper()
            if by not in ("BUYER", "MERCHANT", "AMAZON"):
                raise ControlError(400, f"by={by!r}: BUYER, MERCHANT or AMAZON")
            if how == "line" and "order_item_id" not in spec:
                chosen = chosen[:1]
            self._cancel(order, chosen, by=by, reason=reason, now=now)
        else:
            raise ControlError(
                400, f"how={how!r}: request, cancelled, line or withdrawn"
            )
        return {
            "order_id": order.order_id,
            "status": order.status,
            "cancel": order.cancel,
        }

    def change_address(self, spec: Mapping[str, Any]) -> Json:
        """Play ``{order_id, …}``, fields as Amazon names them; None takes one away."""
        order = self._order(spec)
        now = self.advance()
        self._must_be_open(order, pending=True)
        fields = spec.get("fields", spec)
        changes = {name: fields[name] for name in _ADDRESS_FIELDS if name in fields}
        if not changes:
            raise ControlError(
                400, f"no address field; there are: {', '.join(_ADDRESS_FIELDS)}"
            )
        for name, value in changes.items():
            if value is None:
                order.address.pop(name, None)
            else:
                order.address[name] = str(value)
        self.book.touch(order, now)
        self.record("address_changed", order.order_id, changes, fields=sorted(changes))
        return {"order_id": order.order_id, "address": order.address}

    def _configure(self, config: Mapping[str, Any]) -> None:
        for app in config.get("apps", []):
            self.auth.add_app(app)
        for seller in config.get("sellers", []):
            self.auth.add_seller(seller)
        if "roles" in config:
            roles = check_roles(config["roles"])
            for known in self.auth.apps.values():
                known.roles = list(roles)
        if "quotas" in config:
            self.buckets.configure(config["quotas"])
        for name in _SECONDS:
            if name in config:
                value = float(config[name])
                if value < 0:
                    raise ValueError(f"{name}={value}: must not be negative")
                setattr(self.settings, name, value)
        for name in ("feed_gzip", "report_gzip", "announce_new"):
            if name in config:
                setattr(self.settings, name, bool(config[name]))
        if "confirm_mode" in config:
            if config["confirm_mode"] not in CONFIRM_MODES:
                raise ValueError(
                    f"confirm_mode={config['confirm_mode']!r}: one of "
                    + ", ".join(CONFIRM_MODES)
                )
            self.settings.confirm_mode = config["confirm_mode"]
        if "eu_lane_carriers" in config:
            carriers = [str(code) for code in config["eu_lane_carriers"]]
            if unknown := [code for code in carriers if code not in CARRIER_CODES]:
                raise ValueError(f"eu_lane_carriers: no carrier code {unknown[0]!r}")
            self.settings.eu_lane_carriers = carriers
        known_keys = {
            *("apps", "sellers", "roles", "quotas"),
            *Settings.__dataclass_fields__,
        }
        if unknown := sorted(set(config) - known_keys):
            raise ValueError(
                f"no setting {unknown[0]!r}; there are: {', '.join(sorted(known_keys))}"
            )

    def _order(self, spec: Mapping[str, Any]) -> Order:
        order = self.book.get(str(spec.get("order_id", "")))
        if order is None:
            raise ControlError(404, f"no order {spec.get('order_id')!r}")
        return order

    def _must_be_open(self, order: Order, *, pending: bool = False) -> None:
        allowed = ("UNSHIPPED", "PARTIALLY_SHIPPED", *(("PENDING",) * pending))
        if order.status not in allowed:
            raise ControlError(
                409, f"{order.order_id} is {order.status}; it must be one of {allowed}"
            )

    def _chosen_lines(self, order: Order, spec: Mapping[str, Any]) -> list[Line]:
        item_id = spec.get("order_item_id")
        if item_id is None:
            return _open_lines(order)
        line = order.line(str(item_id))
        if line is None:
            raise ControlError(404, f"{order.order_id} has no order item {item_id!r}")
        if not line.remaining:
            raise ControlError(
                409, f"{order.order_id}: order item {item_id} is shipped or cancelled"
            )
        return [line]

    def _ask(self, order: Order, lines: list[Line], reason: str, now: int) -> None:
        for line in lines:
            line.cancel, line.cancel_reason = "requested", reason
        self.book.touch(order, now)
        self.notices.changed(order, BUYER_CHANGE, "Buyer Requested Cancel", now)
        self._record_cancel("cancel_requested", order, lines)

    def _cancel(
        self, order: Order, lines: list[Line], *, by: str, reason: str, now: int
    ) -> None:
        for line in lines:
            line.cancel = "cancelled"
            line.cancelled_by, line.cancel_reason = by, reason
        if not order.lines:
            order.status = "CANCELLED"
        order.settle_status()
        self.book.touch(order, now)
        self.status_changed(order, "Order cancelled", now)
        self._record_cancel("cancelled", order, lines, by=by)

    def _acknowledged(self, wanted: Cancellation, feed_id: str, now: int) -> None:
        """A feed takes effect on what is still open of it."""
        order = self.book.get(wanted.order_id)
        if order is None:
            return
        lines = [
            line
            for line in _open_lines(order)
            if line.item_id in wanted.item_ids and not line.fulfilled
        ]
        if lines:
            self._cancel(order, lines, by="MERCHANT", reason=wanted.reason, now=now)

    def _record_cancel(
        self, operation: str, order: Order, lines: list[Line], **parts: str
    ) -> None:
        self.record(
            operation,
            order.order_id,
            order_item_ids=[line.item_id for line in lines],
            status=order.status,
            **parts,
        )


def _open_lines(order: Order) -> list[Line]:
    return [line for line in order.lines if line.remaining]


def _reason(error: Exception) -> str:
    return (
        f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
    )
