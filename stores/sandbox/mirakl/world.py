"""The peer's whole state, and what buyers and operators do to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shipsync_site.lib import clock
from stores.sandbox.core import ControlError
from stores.sandbox.mirakl.customers import Customers
from stores.sandbox.mirakl.lifecycle import Lifecycle
from stores.sandbox.mirakl.limits import Limits
from stores.sandbox.mirakl.offers import Shelf
from stores.sandbox.mirakl.operators import DEFAULTS, Operator, change_operator
from stores.sandbox.mirakl.orders import Order, OrderBook
from stores.sandbox.mirakl.placing import place, read_wish
from stores.sandbox.mirakl.settlement import Settlement
from stores.sandbox.mirakl.weather import Weather

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Settings:
    """What ``/control/config`` sets; times in business seconds, shares from 0 to 1.

    ``wide_order``: OR12 shows all that OR11 shows, beyond what is declared.
    """

    update_delta: float = 300.0
    list_lag: float = 0.0
    order_age: float = 0.0
    novelties: float = 0.02
    import_wait: float = 10.0
    import_run: float = 20.0
    wide_order: bool = False


class World:
    """Operators, limits, orders and settings; ``record`` writes the ledger."""

    def __init__(self, record: Callable[..., int]) -> None:
        self.record = record
        self.book = OrderBook()
        self.money = Settlement(record)
        self.life = Lifecycle(self.book, self.money, record)
        self.limits = Limits()
        self.shelf = Shelf(record)
        self.customers = Customers(self)
        self.reset(0)

    def reset(self, seed: int) -> None:
        """The default world, without orders."""
        self.seed = seed
        self.operators: dict[str, Operator] = dict(DEFAULTS)
        self.changes: list[Json] = []
        self.book.clear()
        self.limits.reset()
        self.shelf.clear()
        self.money.clear()
        self.settings = Settings()
        self.weather = Weather()

    def advance(self) -> int:
        """Let everything happen that is due; business time in milliseconds."""
        now = int(clock.timestamp() * 1000)
        self.shelf.advance(now)
        for event in self.book.due_events(now):
            order = self.book.get(event.order_id)
            if order is None:
                continue
            if event.kind == "late_cancel":
                self.customers.end_late(order, event.detail, event.due)
            else:
                self.life.happen(event, order, self.operators[order.operator])
        self.money.advance(now, self.operators)
        return now

    def place(self, spec: Json) -> list[str]:
        """Play ``POST /control/orders``; the ids, several of one basket if split."""
        now = self.advance()
        try:
            wish = read_wish(spec, self.operators, self.settings.order_age)
            operator = self.operators[wish.operator]
            orders = place(wish, operator, self.book, now)
        except (ValueError, LookupError, TypeError) as error:
            raise ControlError(400, str(error)) from None
        self.book.add(orders)
        late = round(wish.late_cancel * len(orders))
        for index, order in enumerate(orders):
            self.record(
                "order_placed",
                order.order_id,
                operator=order.operator,
                commercial_id=order.commercial_id,
                variant=order.variant or None,
            )
            for line in order.lines:
                self.shelf.sell(order.operator, order.shop_id, line.sku, line.quantity)
            self.life.begin(order, operator, int(wish.staging * 1000), now)
            if index < late:
                self.book.schedule(
                    now + int(wish.late_cancel_after * 1000),
                    "late_cancel",
                    order.order_id,
                    wish.late_cancel_how,
                )
        return [order.order_id for order in orders]

    def order(self, spec: Mapping[str, Any]) -> Order:
        """The order that a control call names; ControlError 404."""
        order = self.book.get(str(spec.get("order_id", "")))
        if order is None:
            raise ControlError(404, f"no order {spec.get('order_id')!r}")
        return order

    def configure(self, config: Mapping[str, Any]) -> None:
        """Change settings, operators and limits; ControlError says what is wrong."""
        try:
            self._configure(config)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise ControlError(400, f"mirakl: {error}") from None

    def change_operators(self, changes: list[Json]) -> None:
        """Apply ``{code, …}`` to operators that there are, or add one."""
        for spec in changes:
            row = change_operator(self.operators, spec)
            self.operators[row.code] = row
            self.changes.append(dict(spec))

    def config_view(self) -> Json:
        """The configuration in force, without keys."""
        settings = self.settings
        return {
            **{name: getattr(settings, name) for name in Settings.__dataclass_fields__},
            "limits": {name: list(row) for name, row in self.limits.limits.items()},
            "operators": [
                {
                    "code": row.code,
                    "title": row.title,
                    "shops": {str(key): name for key, name in row.shops.items()},
                    "acceptance": row.acceptance,
                    "workflow": row.workflow,
                    "multi_shipment": row.multi_shipment,
                    "suspended": row.suspended,
                }
                for row in self.operators.values()
            ],
        }

    def _configure(self, config: Mapping[str, Any]) -> None:
        known = {*Settings.__dataclass_fields__, "operators", "limits"}
        if unknown := sorted(set(config) - known):
            raise ValueError(
                f"no setting {unknown[0]!r}; there are: {', '.join(sorted(known))}"
            )
        self.change_operators(list(config.get("operators", [])))
        self.limits.configure(config.get("limits", {}))
        for name in Settings.__dataclass_fields__:
            if name not in config:
                continue
            value = config[name]
            if name == "wide_order":
                if not isinstance(value, bool):
                    raise ValueError(f"{name}={value!r}: true or false")
            else:
                value = float(value)
                if value < 0 or (name == "novelties" and value > 1):
                    raise ValueError(f"{name}={value}: out of range")
            setattr(self.settings, name, value)
