"""Who is sent which notice, and how it is carried to an address."""

from __future__ import annotations

import threading
import time
from typing import Any

from stores.sandbox.ebay import notices
from stores.sandbox.ebay.notices import Courier, Parcel, Subscription
from stores.sandbox.ebay.render import iso
from stores.sandbox.ebay.world import World

Json = dict[str, Any]


class MailRoom:
    """Makes notices of events, under the peer's lock; carries them without it."""

    def __init__(self, world: World, lock: threading.RLock) -> None:
        self.world = world
        self.lock = lock
        self.courier = Courier(self.carry)
        world.announce = self.announce
        world.send_test = self.send_test

    def announce(self, topic: str, data: Json, seller_id: str) -> None:
        """A notice of an event to all who subscribed to its topic."""
        now_iso = iso(self.world.advance())
        self.courier.send(
            self.world.notices.parcels(
                topic, data, seller_id=seller_id, now_iso=now_iso
            )
        )

    def send_test(self, row: Subscription) -> None:
        """The mocked notice of a subscription's test."""
        to = self.world.notices.destinations[row.destination_id]
        parcel = self.world.notices.parcel(
            row.topic, {"test": True}, to.endpoint, iso(self.world.advance()), to.id
        )
        self.courier.send([parcel])

    def notify(self, spec: Json, now: int) -> Json:
        """Play ``{topic, data?, url?, times?, forged?}``; the notices' ids."""
        topic, data = str(spec["topic"]), dict(spec.get("data") or {})
        found = self.world.notices
        if spec.get("url"):
            parcels = [found.parcel(topic, data, str(spec["url"]), iso(now))]
        else:
            parcels = found.parcels(
                topic, data, seller_id=str(spec.get("seller_id", "")), now_iso=iso(now)
            )
        for parcel in parcels:
            parcel.times = int(spec.get("times", parcel.times))
            parcel.forged = bool(spec.get("forged", parcel.forged))
        self.courier.send(parcels)
        return {"notification_ids": [parcel.notification_id for parcel in parcels]}

    def subscribe(self, spec: Json, now: int) -> Json:
        """Play ``{url, token, topics}``: what a person sets up, without a challenge."""
        found, seller = self.world.notices, next(iter(self.world.auth.sellers))
        found.alert_email = found.alert_email or "alerts@example.test"
        found.destinations["dest-1"] = notices.Destination(
            id="dest-1",
            name="set up by hand",
            status="ENABLED",
            endpoint=str(spec["url"]),
            verification_token=str(spec["token"]),
        )
        for number, topic in enumerate(spec["topics"], 1):
            found.subscriptions[f"sub-{number}"] = Subscription(
                id=f"sub-{number}",
                topic=str(topic),
                status="ENABLED",
                destination_id="dest-1",
                payload={
                    "format": "JSON",
                    "schemaVersion": "1.0",
                    "deliveryProtocol": "HTTPS",
                },
                created=iso(now),
                seller_id=seller if notices.TOPICS[str(topic)] else "",
            )
        return {"subscriptions": len(found.subscriptions)}

    def carry(self, parcel: Parcel) -> None:
        """Deliver one notice; each attempt is a row of the ledger."""
        if self.world.notices.late:
            time.sleep(self.world.notices.late)
        for _ in range(parcel.times):
            ok = False
            for attempt in range(1, notices.ATTEMPTS + 1):
                with self.lock:
                    body, signature = self.world.notices.sealed(parcel, attempt)
                status = notices.post(parcel.url, body, signature)
                ok = 200 <= status < 300
                with self.lock:
                    self.world.record(
                        "notice",
                        parcel.notification_id,
                        topic=parcel.topic,
                        attempt=attempt,
                        status=status,
                        forged=parcel.forged,
                    )
                if ok or status == 412:
                    break
            with self.lock:
                self.world.notices.delivered(parcel, ok=ok)
