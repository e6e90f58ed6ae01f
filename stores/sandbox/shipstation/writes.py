"""What changes an order: upsert, hold, restore, tags, users, delete.

Every accepted effect is one ledger row, keyed by orderKey.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable
from typing import Any

from stores.sandbox.core import Json
from stores.sandbox.shipstation import pacific, resource
from stores.sandbox.shipstation.account import OPEN_STATUSES, Account, Order
from stores.sandbox.shipstation.errors import ApiError
from stores.sandbox.shipstation.world import USERS, World

Record = Callable[..., int]

# Parts in which every upsert renews ids or dates without a change of content.
RENEWED = ("items", "internationalOptions")


class Writer:
    """Effects on one account's orders, at one moment (Unix seconds)."""

    def __init__(
        self, world: World, account: Account, now: float, record: Record
    ) -> None:
        self.world = world
        self.account = account
        # Whole milliseconds, as in the official samples: a time that was written is
        # read back as the same number.
        self.now = math.floor(now * 1000) / 1000
        self._record = record

    def record(
        self, operation: str, order: Order, body: object = None, **parts: Any
    ) -> None:
        """One ledger row about this order."""
        self._record(
            operation,
            order.key,
            body,
            orderNumber=order.number,
            orderId=order.order_id,
            status=order.status,
            storeId=order.store_id,
            account=self.account.key,
            tagIds=order.resource["tagIds"],
            **parts,
        )

    def get(self, order_id: Any) -> Order:
        """An order by id; ApiError 404 when it never was, is deleted or absorbed."""
        try:
            return self.account.orders[int(order_id)]
        except (KeyError, TypeError, ValueError):
            raise ApiError(404, f"Order {order_id} was not found.") from None

    def touch(self, order: Order) -> None:
        """Set modifyDate to now, seen by the index after its lag."""
        self.account.touch(order, self.now, self.world.lag())

    def set_status(self, order: Order, status: str) -> None:
        """Move an order; leaving on_hold clears its date."""
        order.resource["orderStatus"] = status
        if status != "on_hold":
            order.resource["holdUntilDate"] = None
        self.touch(order)

    def release_due(self) -> None:
        """Held orders whose date has come go back to awaiting_shipment."""
        for moment, order in self.account.due_holds(self.now):
            order.resource["orderStatus"] = "awaiting_shipment"
            order.resource["holdUntilDate"] = None
            self.account.touch(order, moment, self.world.lag())
            self.record("auto_release", order)

    # Upsert

    def upsert(self, body: Any, via: str) -> Order:
        """Create or wholly replace an order; raises ApiError or ModelError."""
        if not isinstance(body, dict):
            raise resource.ModelError("", "Error converting value to an order.")
        old = self._target(body)
        self._check_lock(old)
        built, order_ts, payment_ts = resource.build(
            body, old.resource if old else None, self.world.next_item_id, self.now
        )
        if self.world.settings["customs_overwrite"] and built["shipTo"][
            "country"
        ] not in ("GB", None):
            built["internationalOptions"]["customsItems"] = (
                resource.overwritten_customs(built["items"], self.world.next_item_id)
            )
        postcode = (built["shipTo"]["postalCode"] or "").upper()
        outcome = self.world.settings["addresses"].get(postcode, "ok")
        built["shipTo"]["addressVerified"] = resource.VERIFICATIONS[outcome]
        if old is None:
            order = self._create(body, built, order_ts, payment_ts)
            self.record("create", order, body, via=via)
        else:
            order = old
            if self.world.settings["v1_drops_tax"]:
                self.account.tax_ids.pop(order.order_id, None)
            self._replace(order, body, built, order_ts, payment_ts, via)
        if order.status == "on_hold" and order.resource["holdUntilDate"]:
            self._watch_hold(order)
        return order

    def upsert_batch(self, rows: list[Any]) -> tuple[list[Json], int]:
        """createorders: each row on its own; the results and how many took effect."""
        results: list[Json] = []
        accepted = 0
        if self.world.settings["batch_model_errors"] == "call":
            self._check_models(rows)
        for row in rows:
            try:
                order = self.upsert(row, "createorders")
            except ApiError as error:
                known = row if isinstance(row, dict) else {}
                results.append(
                    {
                        "orderId": None,
                        "orderNumber": known.get("orderNumber"),
                        "orderKey": known.get("orderKey"),
                        "success": False,
                        "errorMessage": error.row_text,
                    }
                )
                continue
            accepted += 1
            results.append(
                {
                    "orderId": order.order_id,
                    "orderNumber": order.number,
                    "orderKey": order.key,
                    "success": True,
                    "errorMessage": None,
                }
            )
        return results, accepted

    def _check_models(self, rows: list[Any]) -> None:
        """Refuse the call before any effect when one row does not fit the model."""
        for place, row in enumerate(rows):
            try:
                resource.build(row, None, self.world.next_item_id, self.now)
            except resource.ModelError as error:
                path = f"apiOrders[{place}].{error.field}"
                raise resource.ModelError(path, error.message) from None
            except ApiError:
                continue  # a rule, not the model: the row's own outcome

    def _target(self, body: Json) -> Order | None:
        order_id, key = body.get("orderId"), body.get("orderKey")
        if order_id:
            order = self.get(order_id)
            if key and str(key) != order.key:
                raise ApiError(400, "orderId and orderKey belong to different orders.")
            if not key and len(self.account.by_key[order.key]) > 1:
                raise ApiError(
                    400, "A split order is updated by orderId and orderKey together."
                )
            return order
        if not key:
            return None
        if str(key) in self.account.gone_keys:
            raise ApiError(404, f"Order with orderKey {key} was not found.")
        known = self.account.by_key.get(str(key), [])
        if len(known) > 1:
            raise ApiError(
                400, "A split order is updated by orderId and orderKey together."
            )
        return self.account.orders[known[0]] if known else None

    def _check_lock(self, order: Order | None) -> None:
        if order is None or order.status in OPEN_STATUSES:
            return
        settings = self.world.settings
        if (
            order.status == "pending_fulfillment"
            and not settings["pending_fulfillment_locked"]
        ):
            return
        raise ApiError(
            int(settings["locked_status"]),
            f"Order {order.order_id} is {order.status} and cannot be updated.",
        )

    def _store_for(self, body: Json) -> int:
        advanced = body.get("advancedOptions")
        wanted = advanced.get("storeId") if isinstance(advanced, dict) else None
        if wanted is None:
            manual = [
                store["storeId"]
                for store in self.account.stores.values()
                if store["marketplaceId"] == 0 and store["active"]
            ]
            if not manual:
                raise ApiError(400, "The account has no active manual store.")
            return int(min(manual))
        if wanted not in self.account.stores:
            raise ApiError(400, f"Store {wanted} was not found.")
        return int(wanted)

    def _create(
        self, body: Json, built: Json, order_ts: float, payment_ts: float | None
    ) -> Order:
        store_id = self._store_for(body)
        order_id = self.world.next_id("order")
        now_text = pacific.to_text(self.now)
        full: Json = {
            "orderId": order_id,
            "orderNumber": built["orderNumber"],
            "orderKey": str(
                body.get("orderKey") or uuid.UUID(int=self.world.rng.getrandbits(128))
            ),
            "orderDate": built["orderDate"],
            "createDate": now_text,
            "modifyDate": now_text,
            **built,
            "customerId": self.world.next_id("order")
            if built["customerUsername"]
            else None,
            "userId": None,
            "externallyFulfilled": False,
            "externallyFulfilledBy": None,
        }
        full["advancedOptions"].update(
            storeId=store_id, mergedOrSplit=False, mergedIds=[], parentId=None
        )
        order = Order(
            order_id=order_id,
            resource=full,
            create_ts=self.now,
            modify_ts=self.now,
            order_ts=order_ts,
            payment_ts=payment_ts,
        )
        self.account.add(order)
        self.touch(order)
        return order

    def _replace(
        self,
        order: Order,
        body: Json,
        built: Json,
        order_ts: float,
        payment_ts: float | None,
        via: str,
    ) -> None:
        old = order.resource
        built["advancedOptions"].update(
            {
                name: old["advancedOptions"][name]
                for name in ("storeId", "mergedOrSplit", "mergedIds", "parentId")
            }
        )
        changed = [
            name
            for name, value in built.items()
            if value != old[name]
            and (name not in RENEWED or _comparable(value) != _comparable(old[name]))
        ]
        old_number, old_status = order.number, order.status
        order.resource = {**old, **built}
        order.order_ts, order.payment_ts = order_ts, payment_ts
        if order.number != old_number:
            self.account.renumber(order, old_number)
        self.touch(order)
        self.record(
            _operation(old_status, order.status, changed),
            order,
            body,
            via=via,
            changed=changed,
        )

    # Single calls

    def hold(self, order_id: Any, day_text: Any) -> None:
        """holduntil: open orders only, and a date after today (Pacific)."""
        order = self.get(order_id)
        try:
            moment = pacific.parse(str(day_text)[:10])
        except ValueError:
            raise resource.ModelError(
                "holdUntilDate", f"Could not convert string to DateTime: {day_text}."
            ) from None
        if moment <= self.now:
            raise ApiError(400, "holdUntilDate must be in the future.")
        if order.status not in OPEN_STATUSES:
            raise ApiError(400, f"Order {order_id} is {order.status}; no hold.")
        order.resource["orderStatus"] = "on_hold"
        order.resource["holdUntilDate"] = pacific.to_text(moment)
        self.touch(order)
        self._watch_hold(order)
        self.record("hold", order, via="holduntil", until=str(day_text)[:10])

    def restore(self, order_id: Any) -> None:
        """restorefromhold: only from on_hold."""
        order = self.get(order_id)
        if order.status != "on_hold":
            raise ApiError(400, f"Order {order_id} is {order.status}, not on hold.")
        self.set_status(order, "awaiting_shipment")
        self.record("restore", order, via="restorefromhold")

    def tag(self, order_id: Any, tag_id: Any, *, add: bool) -> None:
        """addtag and removetag: the tag must exist; a tag survives status changes."""
        order = self.get(order_id)
        if tag_id not in {tag["tagId"] for tag in self.account.tags}:
            raise ApiError(400, f"Tag {tag_id} was not found.")
        tags = [known for known in order.resource["tagIds"] or [] if known != tag_id]
        order.resource["tagIds"] = [*tags, tag_id] if add else tags or None
        self.touch(order)
        self.record("tag" if add else "untag", order, tagId=tag_id)

    def assign(self, order_ids: Any, user_id: str | None) -> None:
        """assignuser and unassignuser: one unknown order fails the whole call."""
        if user_id is not None and user_id not in {user["userId"] for user in USERS}:
            raise ApiError(404, f"User {user_id} was not found.")
        orders = [self.get(order_id) for order_id in order_ids or []]
        for order in orders:
            order.resource["userId"] = user_id
            self.touch(order)
            self.record("assign" if user_id else "unassign", order, userId=user_id)

    def delete(self, order_id: Any) -> None:
        """DELETE /orders/{id}: gone from every answer, its key stays reserved."""
        order = self.get(order_id)
        self.record("delete", order)
        self.account.remove(order, "deleted")

    def _watch_hold(self, order: Order) -> None:
        moment = pacific.parse(order.resource["holdUntilDate"][:10])
        self.account.hold_until(order, moment)


def _operation(old_status: str, status: str, changed: list[str]) -> str:
    if not changed:
        return "equal_update"
    if status != old_status:
        if status == "cancelled":
            return "cancel"
        if status == "on_hold":
            return "hold"
        if status == "awaiting_shipment" and old_status == "on_hold":
            return "restore"
    return "update"


def _comparable(value: Any) -> Any:
    """The value without what every upsert renews."""
    if isinstance(value, list):
        return [_comparable(row) for row in value]
    if isinstance(value, dict):
        renewed = ("modifyDate", "createDate", "customsItemId", "orderItemId")
        return {k: _comparable(v) for k, v in value.items() if k not in renewed}
    return value
