"""Messages about orders and labels: thin, unsigned, one per run.

Sheet section 4: ``{resource_url, resource_type}`` to each subscription; order messages
for orders that are paid, one per import; label messages for outbound labels, one per
batch; none for edits, cancels, voids, holds.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from shipsync_site.lib import clock
from stores.sandbox.core import LEDGER, Json
from stores.sandbox.courier import COURIER, Parcel
from stores.sandbox.faults import FAULTS
from stores.sandbox.shipstation.world import World

CODE = "shipstation"
HOST = "https://ssapi6.shipstation.com"
# What an effect is called in messages, by the ledger's word for it.
_EVENTS = {
    "order": ("ORDER_NOTIFY", "ITEM_ORDER_NOTIFY"),
    "label": ("SHIP_NOTIFY", "ITEM_SHIP_NOTIFY"),
    "mark_shipped": ("FULFILLMENT_SHIPPED",),
}
_PATHS = {"order": "orders", "label": "shipments", "mark_shipped": "fulfillments"}
JSON_TYPE = "application/json"


class Post:
    """Collects a call's effects and sends them as its runs, when it is over."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        # Its own, so that messages don't change what the world's chance brings.
        self._chance = random.Random(f"post:{seed}")  # noqa: S311 - a simulation
        self._runs: dict[tuple[str, str, int], int] = {}
        self._hostile = 0

    def note(self, operation: str, parts: Mapping[str, Any]) -> None:
        """Remember an effect that is worth a message."""
        what = _subject(operation, parts)
        if what is not None:
            run = (str(parts["account"]), what, int(parts["storeId"]))
            self._runs[run] = self._runs.get(run, 0) + 1

    def send(self) -> None:
        """Hand the messages of the call that is over to the courier."""
        runs, self._runs = self._runs, {}
        for (key, what, store_id), count in runs.items():
            account = self.world.accounts.get(key)
            if account is None or not account.hooks:
                continue
            address = self._address(what, store_id)
            for hook in account.hooks:
                if hook["HookType"] in _EVENTS[what] and hook["StoreID"] in (
                    None,
                    store_id,
                ):
                    self._deliver(hook, address, count)

    def _address(self, what: str, store_id: int) -> str:
        if what == "order":
            run = uuid.UUID(int=self._chance.getrandbits(128))
            return f"{HOST}/orders?storeID={store_id}&importBatch={run}"
        batch = self.world.next_id("batch")
        return (
            f"{HOST}/{_PATHS[what]}?storeID={store_id}&batchId={batch}"
            "&includeShipmentItems=False"
        )

    def _deliver(self, hook: Json, address: str, count: int) -> None:
        event = hook["HookType"]
        faults = {rule.fault: rule for rule in FAULTS.draw_message(CODE, event)}
        settings = self.world.settings
        delay = self._delay()
        if "late_webhook" in faults:
            delay += faults["late_webhook"].seconds
        body = json.dumps({"resource_url": address, "resource_type": event}).encode()
        copies = 1
        if "lost_webhook" in faults or self._chance.random() < settings["webhook_loss"]:
            copies = 0
        elif (
            "duplicate_webhook" in faults
            or self._chance.random() < settings["webhook_duplicates"]
        ):
            copies = 2
        for _ in range(copies):
            COURIER.post(Parcel(peer=CODE, url=hook["Url"], body=body), delay)
        if "hostile_webhook" in faults:
            for nonsense, kind in self._nonsense():
                COURIER.post(
                    Parcel(peer=CODE, url=hook["Url"], body=nonsense, kind=kind), delay
                )
        LEDGER.append(
            peer=CODE,
            operation="webhook",
            key=event,
            hook=hook["WebHookID"],
            orders=count,
            copies=copies,
            faults=sorted(faults),
        )

    def _delay(self) -> float:
        """Real seconds until a message goes out; the setting is in business seconds."""
        setting = self.world.settings["webhook_delay"]
        if isinstance(setting, list):
            setting = self._chance.uniform(float(setting[0]), float(setting[1]))
        rate = clock.current().rate
        return float(setting) / rate if rate > 0 else float(setting)

    def _nonsense(self) -> Iterator[tuple[bytes, str]]:
        """Two of the things that somebody who knows the address may send, in turns."""
        for _ in range(2):
            yield _HOSTILE[self._hostile % len(_HOSTILE)]
            self._hostile += 1


def _subject(operation: str, parts: Mapping[str, Any]) -> str | None:
    """What an effect is told as, or None when nobody is told."""
    if operation in ("label", "mark_shipped"):
        return operation
    if operation == "create" and parts["status"] not in (
        "awaiting_payment",
        "cancelled",
    ):
        return "order"
    paid = operation == "update" and "orderStatus" in parts.get("changed", ())
    # An update that changes the status is a payment: holds and cancels are other words.
    return "order" if paid and parts["status"] == "awaiting_shipment" else None


def _hostile(url: str, event: str = "SHIP_NOTIFY") -> tuple[bytes, str]:
    body = {"resource_url": url, "resource_type": event}
    return json.dumps(body).encode(), JSON_TYPE


_HOSTILE = (
    _hostile("http://169.254.169.254/latest/meta-data/"),
    _hostile("file:///etc/passwd"),
    _hostile("https://user:secret@ssapi6.shipstation.com/orders"),
    _hostile("https://ssapi6.shipstation.com.example.test/shipments?storeID=1"),
    _hostile(f"{HOST}/shipments?storeID=1%20OR%201=1", "X'; DROP TABLE orders;--"),
    (b"[" * 20_000, JSON_TYPE),
    (b"{" + b"\xff" * 50, JSON_TYPE),
    (b"resource_type=SHIP_NOTIFY", "application/x-www-form-urlencoded"),
    (b'{"resource_url": "' + b"x" * 300_000 + b'"}', JSON_TYPE),
)
