"""The control calls about ShipStation: what people do in its own screens."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from shipsync_site.lib import clock
from stores.sandbox.core import ControlError, Json
from stores.sandbox.shipstation import connections, pacific
from stores.sandbox.shipstation.account import Account, Order, Shipment
from stores.sandbox.shipstation.catalogue import CARRIERS
from stores.sandbox.shipstation.combines import uncombine
from stores.sandbox.shipstation.errors import ApiError
from stores.sandbox.shipstation.labels import DEFAULT_CARRIER, Labeller
from stores.sandbox.shipstation.resource import WEIGHT_UNITS
from stores.sandbox.shipstation.views import (
    beyond,
    moment_of,
    order_view,
    share,
    shipped_view,
)
from stores.sandbox.shipstation.world import World
from stores.sandbox.shipstation.writes import Record

# Carriers that `mix` draws from; the rest must be asked for by name.
MIX = ("royal_mail", "rm_cnd_walleted", "dpd", "hermes")


class Warehouse:
    """Plays packers and the people at the ShipStation screen."""

    def __init__(self, world: World, record: Record) -> None:
        self.world = world
        self._record = record

    def labeller(self, account: Account, at: Any = None) -> Labeller:
        """Effects on an account, now or at a given moment (ISO, with offset)."""
        moment = clock.timestamp() if at is None else moment_of(at)
        labeller = Labeller(self.world, account, moment, self._record)
        labeller.release_due()
        return labeller

    def run(self, action: str, spec: Json) -> Json:
        """Play a control call; ControlError 404 for an unknown one, 400 when refused."""
        calls: dict[str, Callable[[Json], Json]] = {
            "ship": self.ship,
            "void": self.void,
            "relabel": self.relabel,
            "manual": self.manual,
        }
        if action not in calls:
            known = ", ".join(calls)
            raise ControlError(404, f"shipstation plays {known}; not {action!r}")
        try:
            return calls[action](spec)
        except ApiError as error:
            raise ControlError(400, error.row_text) from None

    def refresh(self, spec: Json) -> Json:
        """'Import orders' of a store: ``{store_id?, account?}``; how many came."""
        came = 0
        for account in self.world.choose_accounts(spec):
            for store in account.stores.values():
                wanted = spec.get("store_id") in (None, store["storeId"])
                if wanted and store.get("connection") and store["active"]:
                    came += connections.refresh(self.labeller(account), store)
        return {"came": came}

    # Labels

    def ship(self, spec: Json) -> Json:
        """Buy labels: ``{order_keys | order_ids | order_numbers | all, …}``.

        Options: account, store_id, limit (with all), carrier, service, mix (a seeded
        choice of carriers), combine, split (true or {lineItemKey: quantity}),
        quantity (units to ship now; the rest stays open in a child), ship_date,
        label_time (ISO; also the modifyDate), tracking, fulfillment, return_label,
        test_label.
        """
        chosen = self._to_ship(spec)
        shipped: list[Json] = []
        skipped: list[Json] = []
        if spec.get("combine"):
            account = chosen[0][0]
            labeller = self.labeller(account, spec.get("label_time"))
            chosen = [(account, labeller.combine([order for _, order in chosen]))]
        for account, order in chosen:
            labeller = self.labeller(account, spec.get("label_time"))
            if self._refuses(order, spec):
                skipped.append({"orderKey": order.key, "reason": order.status})
                continue
            shipped.extend(
                self._ship_one(labeller, part, spec)
                for part in self._parts(labeller, order, spec)
            )
        return {"shipped": shipped, "skipped": skipped}

    def _to_ship(self, spec: Json) -> list[tuple[Account, Order]]:
        if not spec.get("all"):
            chosen = list(self.world.find_orders(spec))
            if not chosen:
                raise ControlError(
                    400, "say which orders: order_keys, order_ids, order_numbers or all"
                )
            return chosen
        for account in self.world.choose_accounts(spec):
            self.labeller(account)  # releases what is due
        store_id = spec.get("store_id")
        chosen = [
            (account, order)
            for account in self.world.choose_accounts(spec)
            for order in account.orders.values()
            if order.status == "awaiting_shipment"
            and store_id in (None, order.store_id)
        ]
        return chosen[: spec.get("limit")]

    def _refuses(self, order: Order, spec: Json) -> bool:
        if spec.get("return_label") or spec.get("test_label"):
            return False
        return order.status != "awaiting_shipment"

    def _parts(self, labeller: Labeller, order: Order, spec: Json) -> Iterator[Order]:
        """The order, or its parts after a split; a rest that stays open is left out."""
        if quantity := spec.get("quantity"):
            rest = beyond(order, int(quantity))
            if rest:
                labeller.split(order, rest)
            yield order
        elif split := spec.get("split"):
            child = labeller.split(order, share(order, split))
            yield order
            if spec.get("ship_child", True):
                yield child
        else:
            yield order

    def _ship_one(self, labeller: Labeller, order: Order, spec: Json) -> Json:
        carrier, service = self._carrier(order, spec)
        if spec.get("fulfillment"):
            body = {
                "orderId": order.order_id,
                "carrierCode": carrier,
                "trackingNumber": spec.get("tracking"),
                "shipDate": spec.get("ship_date"),
                "notifySalesChannel": spec.get("notify", False),
            }
            shipment = labeller.mark_shipped(order, body, "ui")
        else:
            shipment = labeller.label(
                order,
                carrier,
                service,
                ship_date=spec.get("ship_date"),
                is_return=bool(spec.get("return_label")),
                test=bool(spec.get("test_label")),
                tracking=spec.get("tracking"),
            )
        return shipped_view(order, shipment)

    def _carrier(self, order: Order, spec: Json) -> tuple[str, str]:
        carrier = spec.get("carrier")
        if not carrier and spec.get("mix"):
            carrier = self.world.rng.choice(MIX)
        if not carrier:
            carrier = order.resource["carrierCode"] or DEFAULT_CARRIER[0]
        known = CARRIERS.get(carrier)
        default = known.services[0][0] if known else carrier
        wanted = order.resource["serviceCode"]
        if known and wanted in {code for code, _, _ in known.services}:
            default = wanted
        return carrier, spec.get("service") or default

    def void(self, spec: Json) -> Json:
        """Void every label (or fulfilment) with this tracking number."""
        voided = []
        for account, shipment in self._labels(spec):
            labeller = self.labeller(account, spec.get("at"))
            if labeller.void(shipment):
                voided.append(shipment.row["orderNumber"])
        return {"voided": voided}

    def relabel(self, spec: Json) -> Json:
        """Void the label and buy another; carrier and service may change."""
        account, old = next(iter(self._labels(spec)))
        labeller = self.labeller(account, spec.get("at"))
        labeller.void(old)
        order = labeller.get(old.row["orderId"])
        new = labeller.label(
            order,
            spec.get("carrier") or old.row["carrierCode"],
            spec.get("service") or old.row.get("serviceCode") or "",
            ship_date=spec.get("ship_date"),
        )
        return {"voided": old.row["trackingNumber"], **shipped_view(order, new)}

    def _labels(self, spec: Json) -> list[tuple[Account, Shipment]]:
        tracking = spec.get("tracking")
        found = [
            (account, shipment)
            for account in self.world.choose_accounts(spec)
            for shipment in (*account.shipments, *account.fulfillments)
            if shipment.row["trackingNumber"] == tracking
            and not shipment.test
            and shipment.void_ts is None
        ]
        if not found:
            raise ControlError(404, f"no live label with tracking {tracking!r}")
        return found

    # The screen

    def manual(self, spec: Json) -> Json:
        """What a person does by hand: ``action`` is create (default), edit, hold,
        restore, cancel, delete, combine, uncombine, split, tag or status.
        """
        action = spec.get("action", "create")
        if action == "create":
            return self._type_in(spec)
        chosen = list(self.world.find_orders(spec))
        if not chosen:
            raise ControlError(
                400, "say which order: order_key, order_id, order_number"
            )
        account, order = chosen[0]
        labeller = self.labeller(account)
        match action:
            case "edit":
                self._edit(labeller, order, spec)
            case "hold" if spec.get("until"):
                labeller.hold(order.order_id, spec["until"])
            case "hold":
                self._set(labeller, order, "on_hold", "hold")
            case "restore":
                labeller.restore(order.order_id)
            case "cancel":
                self._set(labeller, order, "cancelled", "cancel")
            case "status":
                self._set(labeller, order, str(spec["status"]), "status")
            case "tag":
                labeller.tag(order.order_id, spec["tag_id"], add=True)
            case "delete":
                for owner, known in chosen:
                    self.labeller(owner).delete(known.order_id)
            case "combine":
                labeller.combine([known for _, known in chosen])
            case "uncombine":
                uncombine(labeller, order)
            case "split":
                child = labeller.split(order, share(order, spec.get("lines", True)))
                return {**order_view(account, order), "childId": child.order_id}
            case _:
                raise ControlError(400, f"nobody can {action!r} an order by hand")
        return order_view(account, order)

    def _type_in(self, spec: Json) -> Json:
        number = spec.get("order_number")
        if not number:
            raise ControlError(400, "order_number is missing")
        account = self.world.choose_accounts(spec)[0]
        labeller = self.labeller(account)
        token = uuid.UUID(int=self.world.rng.getrandbits(128)).hex
        name = spec.get("name", "Typed By Hand")
        address = {
            "name": name,
            "street1": "1 Mill Lane",
            "city": "Leeds",
            "postalCode": "LS1 1AA",
            "country": "GB",
            **spec.get("ship_to", {}),
        }
        body = {
            "orderNumber": number,
            "orderKey": spec.get("order_key") or f"manual-{token}",
            "orderDate": pacific.to_text(labeller.now),
            "orderStatus": spec.get("status", "awaiting_shipment"),
            "billTo": {"name": name},
            "shipTo": address,
            "items": spec.get("items")
            or [{"sku": "HAND-1", "name": "Typed line", "quantity": 1}],
            "advancedOptions": {"storeId": spec["store_id"]}
            if spec.get("store_id")
            else {},
            **spec.get("fields", {}),
        }
        return order_view(account, labeller.upsert(body, "ui"))

    def _edit(self, labeller: Labeller, order: Order, spec: Json) -> None:
        full = order.resource
        changed = []
        if "weight" in spec:
            units = spec.get("weight_units", "grams")
            full["weight"] = {
                "value": spec["weight"],
                "units": units,
                "WeightUnits": WEIGHT_UNITS[units],
            }
            changed.append("weight")
        for option, name in (
            ("carrier", "carrierCode"),
            ("service", "serviceCode"),
            ("package", "packageCode"),
            ("internal_notes", "internalNotes"),
            ("dimensions", "dimensions"),
            ("user_id", "userId"),
        ):
            if option in spec:
                full[name] = spec[option]
                changed.append(name)
        if "warehouse_id" in spec:
            full["advancedOptions"]["warehouseId"] = spec["warehouse_id"]
            changed.append("warehouseId")
        if "ship_to" in spec:
            full["shipTo"] = {**full["shipTo"], **spec["ship_to"]}
            changed.append("shipTo")
        if not changed:
            raise ControlError(400, "edit what? weight, carrier, service, package …")
        labeller.touch(order)
        labeller.record("edit", order, via="ui", changed=changed)

    def _set(
        self, labeller: Labeller, order: Order, status: str, operation: str
    ) -> None:
        if order.status in ("shipped", "cancelled") and operation != "status":
            raise ControlError(400, f"order {order.number} is {order.status}")
        labeller.set_status(order, status)
        labeller.record(operation, order, via="ui")

    def poison(self, rule: Json) -> Json:
        """Mark orders so that any page which holds them is a 500.

        ``order_key``/``order_id``/``order_number``, or ``count`` drawn by ``seed``.
        """
        chosen = list(self.world.find_orders(rule))
        if not chosen:
            everything = [
                (account, order)
                for account in self.world.choose_accounts(rule)
                for order in account.orders.values()
            ]
            count = min(int(rule.get("count") or 1), len(everything))
            chance = random.Random(int(rule.get("seed", 0)))  # noqa: S311 - weather
            chosen = chance.sample(everything, count)
        for account, order in chosen:
            account.poison.add(order.order_id)
        return {"poisoned": [order.order_id for _, order in chosen]}
