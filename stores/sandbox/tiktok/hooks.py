"""Messages about events: signed, tried again on TikTok's ladder, broken by faults.

Sheet section 8. One that is not answered with 200 within three seconds is sent again
after 2 minutes, 30 minutes, 3 hours and 12 hours of business time, then dropped.
"""

from __future__ import annotations

import json
import random
import threading
import weakref
from dataclasses import asdict, dataclass
from typing import Any

from stores.sandbox.core import ControlError
from stores.sandbox.courier import COURIER, Delivery, Parcel
from stores.sandbox.faults import FAULTS
from stores.sandbox.tiktok.hostile import nonsense_of
from stores.sandbox.tiktok.signing import sign_message
from stores.sandbox.tiktok.state import Subscription
from stores.sandbox.tiktok.world import EXPIRING, World

Json = dict[str, Any]

CODE = "tiktok"
LADDER = (120, 1800, 3 * 3600, 12 * 3600)
ANSWER_SECONDS = 3.0
WARNED_BEFORE = 30 * 86_400
# Event → type number; those without a number are never sent here.
TYPES = {
    "ORDER_STATUS_CHANGE": 1,
    "RECIPIENT_ADDRESS_UPDATE": 3,
    "PACKAGE_UPDATE": 4,
    "PRODUCT_STATUS_CHANGE": 5,
    "SELLER_DEAUTHORIZATION": 6,
    "UPCOMING_AUTHORIZATION_EXPIRATION": 7,
    "CANCELLATION_STATUS_CHANGE": 11,
    "RETURN_STATUS_CHANGE": 12,
}
EVENTS = frozenset(
    [
        *TYPES,
        *("NEW_CONVERSATION", "NEW_MESSAGE", "NEW_MESSAGE_LISTENER"),
        *("PRODUCT_INFORMATION_CHANGE", "PRODUCT_CREATION"),
        *("PRODUCT_CATEGORY_CHANGE", "PRODUCT_AUDIT_STATUS_CHANGE"),
        *("INVOICE_STATUS_CHANGE", "REVERSE_STATUS_UPDATE"),
    ]
)
# Of 27 only apps as a whole can hear, and here only where control sends one.
_NAMES = {number: name for name, number in TYPES.items()} | {
    27: "INVENTORY_STATUS_CHANGE"
}
TICK_SECONDS = 0.5


@dataclass(slots=True, kw_only=True)
class Message:
    """A message that is on its way, or waits for its next attempt."""

    id: str
    event: str
    app_key: str
    shop_id: str
    address: str
    body: str
    attempts: int = 0
    waits: bool = False


class Hooks:
    """Makes, sends and repeats messages; guarded by the peer's lock."""

    def __init__(self, world: World, lock: threading.RLock) -> None:
        self.world, self.lock = world, lock
        self.messages: dict[str, Message] = {}
        self._hostile = 0
        self._chance = random.Random("tiktok:0")  # noqa: S311 - a simulation
        self._ticker: threading.Thread | None = None
        world.announce = self.announce
        world.deliver_again = self._again

    def reset(self, seed: int) -> None:
        """Nobody listens, nothing is on its way."""
        self.messages.clear()
        self.world.hook_rows.clear()
        self._hostile = 0
        # Its own, so that messages don't change what the world's chance brings.
        self._chance = random.Random(f"tiktok:{seed}")  # noqa: S311 - a simulation

    def announce(self, kind: int, shop_id: str, data: Json, moment: int) -> None:
        """Tell everybody who registered for this event of this shop."""
        event = _NAMES[kind]
        for row in self.world.hook_rows.values():
            if (row.shop_id, row.event) == (shop_id, event):
                self._send(row, kind, data, moment)

    def notify(self, spec: Json, now: int) -> Json:
        """Play ``{type, data?, shop_id?, url?}``; the messages' ids."""
        kind = int(spec.get("type", 0))
        if kind not in _NAMES:
            raise ControlError(400, f"type={kind}: one of {sorted(_NAMES)}")
        shop_id = str(spec.get("shop_id") or self._first_shop())
        data = dict(spec.get("data") or {})
        before = set(self.messages)
        if spec.get("url"):
            row = Subscription(
                app_key=next(iter(self.world.auth.apps)),
                shop_id=shop_id,
                event=_NAMES[kind],
                address=str(spec["url"]),
                created=now,
                updated=now,
            )
            self._send(row, kind, data, now)
        else:
            self.announce(kind, shop_id, data, now)
        return {"notification_ids": sorted(set(self.messages) - before)}

    def subscribe(self, spec: Json, now: int) -> Json:
        """Play ``{url, events?, shop_id?}``: what a person sets up in the console."""
        shop_id = str(spec.get("shop_id") or self._first_shop())
        app_key = next(iter(self.world.auth.apps))
        events = list(spec.get("events") or TYPES)
        for event in events:
            if event not in EVENTS:
                raise ControlError(400, f"no event {event!r}")
            self.world.subscribe(app_key, shop_id, event, str(spec["url"]), now)
        self.keep_time()
        return {"events": events}

    def warn_of_end(self, open_id: str, until: int) -> None:
        """Plan the messages that a consent runs out, daily from 30 days before."""
        for shop in self.world.auth.sellers[open_id].shops:
            due = until - WARNED_BEFORE
            self.world.book.schedule(due, "expiring", shop.id, str(until))

    def keep_time(self) -> None:
        """Let events happen when they are due, not when somebody asks next.

        Only while somebody listens: whoever polls brings time along.
        """
        if self._ticker is None or not self._ticker.is_alive():
            self._ticker = threading.Thread(
                target=_pass_time,
                args=(weakref.ref(self),),
                name="tiktok-time",
                daemon=True,
            )
            self._ticker.start()

    def tick(self) -> bool:
        """Let what is due happen; False once nobody listens any more."""
        with self.lock:
            if self.world.hook_rows:
                self.world.advance()
                return True
            self._ticker = None
            return False

    def _first_shop(self) -> str:
        seller = next(iter(self.world.auth.sellers.values()))
        return seller.shops[0].id

    def _send(self, row: Subscription, kind: int, data: Json, moment: int) -> None:
        if kind != EXPIRING:
            self.keep_time()
        message_id = self.world.book.next_id("7200")
        body = {
            "type": kind,
            "tts_notification_id": message_id,
            "shop_id": row.shop_id,
            "timestamp": moment,
            "data": data,
        }
        message = Message(
            id=message_id,
            event=row.event,
            app_key=row.app_key,
            shop_id=row.shop_id,
            address=row.address,
            body=json.dumps(body, separators=(",", ":")),
        )
        faults = {rule.fault: rule for rule in FAULTS.draw_message(CODE, row.event)}
        delay = faults["late_webhook"].seconds if "late_webhook" in faults else 0.0
        lost = "lost_webhook" in faults
        copies = 0 if lost else 2 if "duplicate_webhook" in faults else 1
        self.world.record(
            "webhook",
            message_id,
            event=row.event,
            shop_id=row.shop_id,
            about=data.get("order_id"),
            copies=copies,
            faults=sorted(faults),
        )
        if copies:
            self.messages[message_id] = message
        for copy in range(copies):
            self._post(message, delay, heard=copy == 0)
        if "hostile_webhook" in faults:
            app = self.world.auth.apps[message.app_key]
            turn, self._hostile = self._hostile, self._hostile + 2
            for nonsense, signature in nonsense_of(app, message.body, turn):
                headers = (("Authorization", signature),)
                COURIER.post(
                    Parcel(
                        peer=CODE,
                        url=message.address,
                        body=nonsense,
                        headers=headers,
                        timeout=ANSWER_SECONDS,
                    ),
                    delay,
                )

    def _post(
        self, message: Message, delay: float = 0.0, *, heard: bool = True
    ) -> None:
        """Send it; what becomes of a second copy (not ``heard``) is nobody's concern."""
        body = message.body.encode()
        app = self.world.auth.apps[message.app_key]
        signature = sign_message(app.app_secret, app.app_key, body)

        def done(delivery: Delivery) -> None:
            with self.lock:
                self._delivered(message, delivery)

        COURIER.post(
            Parcel(
                peer=CODE,
                url=message.address,
                body=body,
                headers=(("Authorization", signature),),
                timeout=ANSWER_SECONDS,
                done=done if heard else None,
            ),
            delay,
        )

    def _delivered(self, message: Message, delivery: Delivery) -> None:
        """An attempt is over: done, to be repeated, or given up."""
        if self.messages.get(message.id) is not message:
            return
        message.attempts += 1
        ok = delivery.status == 200
        self.world.record(
            "webhook_attempt",
            message.id,
            event=message.event,
            attempt=message.attempts,
            status=delivery.status or 0,
            accepted=ok,
        )
        if ok or message.attempts > len(LADDER):
            del self.messages[message.id]
            return
        due = self.world.advance() + LADDER[message.attempts - 1]
        message.waits = True
        self.world.book.schedule(due, "message", message.id)

    def _again(self, message_id: str) -> None:
        message = self.messages.get(message_id)
        if message is not None:
            message.waits = False
            self._post(message)

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "rows": [asdict(row) for row in self.world.hook_rows.values()],
            "messages": [asdict(row) for row in self.messages.values()],
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned; what was on its way is sent again."""
        self.world.hook_rows.clear()
        for values in state["rows"]:
            row = Subscription(**values)
            self.world.hook_rows[row.app_key, row.shop_id, row.event] = row
        self.messages = {row["id"]: Message(**row) for row in state["messages"]}
        for message in self.messages.values():
            if not message.waits:
                message.waits = True
                self.world.book.schedule(0, "message", message.id)
        if self.world.hook_rows:
            self.keep_time()


def _pass_time(whose: weakref.ref[Hooks]) -> None:
    pause = threading.Event()
    while not pause.wait(TICK_SECONDS):
        hooks = whose()
        if hooks is None or not hooks.tick():
            return
        del hooks
