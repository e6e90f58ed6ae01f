"""Messages to our webhooks: true, repeated, late and hostile ones.

They go to the real address of an account, through the whole site. Whatever they say,
nothing may come of it but an earlier look.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable

from django.test import Client

from stores.models import Account, RemoteAccount, ShipStationAccount
from stores.webhooks import endpoints

HOST = "localhost"
EVENTS = ("ORDER_NOTIFY", "SHIP_NOTIFY", "ITEM_ORDER_NOTIFY", "FULFILLMENT_SHIPPED")
FOREIGN = (
    "https://ssapi.shipstation.com.evil.example/orders?storeID=1",
    "http://169.254.169.254/latest/meta-data/",
    "file:///etc/passwd",
    "https://ssapi.shipstation.com@evil.example/orders",
)
GARBAGE = (
    b"",
    b"null",
    b"[]",
    b"{",
    b"\xff\xfe\x00",
    b"[" * 5000,
    b'{"resource_type": 7, "resource_url": {}}',
    b'{"resource_type": "ORDER_NOTIFY", "resource_url": ""}',
    b'{"resource_type": "' + b"A" * 3000 + b'", "resource_url": "x"}',
    b'{"metadata": {"topic": "MARKETPLACE_ACCOUNT_DELETION"}, "notification": {}}',
)


class Webhooks:
    """Draws messages; ``sent`` counts them by kind, ``failed`` names bad answers."""

    def __init__(self, seed: int) -> None:
        self.sent: Counter[str] = Counter()
        self.failed: list[str] = []
        self._random = random.Random(f"webhooks {seed}")  # noqa: S311 - a play
        self._client = Client(SERVER_NAME=HOST)
        self._past: list[tuple[str, bytes]] = []
        self._kinds: tuple[tuple[str, Callable[[], int]], ...] = (
            ("true", self._true),
            ("true", self._true),
            ("duplicate", self._duplicate),
            ("late", self._late),
            ("hostile", self._foreign),
            ("hostile", self._garbage),
            ("hostile", self._stranger),
            ("hostile", self._huge),
        )
        for account in self._accounts():
            endpoints.switch(endpoints.endpoint_of(account), on=True)

    def send(self) -> str:
        """One message of some kind; what was sent and answered, in words."""
        kind, post = self._random.choice(self._kinds)
        status = post()
        self.sent[f"webhook {kind}"] += 1
        told = f"webhook {post.__name__.strip('_')}: {status}"
        if status >= 500:
            self.failed.append(told)
        return told

    def _accounts(self) -> list[Account]:
        return [
            *ShipStationAccount.objects.order_by("pk"),
            *RemoteAccount.objects.order_by("pk"),
        ]

    def _address(self) -> str:
        """Of any account: a message may reach the wrong one."""
        account = self._random.choice(self._accounts())
        return endpoints.path_of(endpoints.endpoint_of(account))

    def _post(self, path: str, body: bytes, kind: str = "application/json") -> int:
        return self._client.post(path, body, content_type=kind).status_code

    def _true(self) -> int:
        account = ShipStationAccount.objects.order_by("pk")[0]
        path = endpoints.path_of(endpoints.endpoint_of(account))
        event = self._random.choice(EVENTS)
        where = "orders" if "ORDER" in event else "shipments"
        batch = f"{self._random.getrandbits(64):016x}"
        url = f"https://ssapi6.shipstation.com/{where}?storeID=20001&batchId={batch}"
        body = json.dumps({"resource_url": url, "resource_type": event}).encode()
        self._past.append((path, body))
        return self._post(path, body)

    def _duplicate(self) -> int:
        if not self._past:
            return self._true()
        return [self._post(*self._past[-1]) for _ in range(3)][-1]

    def _late(self) -> int:
        """One that was sent long ago comes once more."""
        if not self._past:
            return self._true()
        return self._post(*self._random.choice(self._past))

    def _foreign(self) -> int:
        said = {
            "resource_url": self._random.choice(FOREIGN),
            "resource_type": self._random.choice((*EVENTS, "ORDER_DELETE_ALL")),
        }
        return self._post(self._address(), json.dumps(said).encode())

    def _garbage(self) -> int:
        kind = self._random.choice(("application/json", "text/xml", "text/plain"))
        return self._post(self._address(), self._random.choice(GARBAGE), kind)

    def _stranger(self) -> int:
        """Somebody guesses an address."""
        guess = f"{self._random.getrandbits(128):032x}"
        account = self._random.choice(self._accounts())
        return self._post(f"/hooks/{account.key}/{guess}/", b"{}")

    def _huge(self) -> int:
        return self._post(self._address(), b'{"a": "' + b"x" * 200_000 + b'"}')
