"""The Notification API: destinations, subscriptions, keys, and signed deliveries.

Contract of Commerce Notification v1.6.2. A delivery is a real POST, signed with ECDSA
over its bytes, tried three times; a destination that fails too often is MARKED_DOWN.
Deliveries run in a thread of their own, never under the peer's lock: whoever gets one
asks back for the public key. Unlike eBay, http and loopback addresses are taken.
"""

from __future__ import annotations

import base64
import hashlib
import json
import queue
import threading
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

Json = dict[str, Any]

DELETION = "MARKETPLACE_ACCOUNT_DELETION"
CONFIRMATION, SHIPPED = "ORDER_CONFIRMATION", "ITEM_MARKED_SHIPPED"
# Topic → whether a seller's consent is needed to subscribe.
TOPICS = {
    DELETION: False,
    CONFIRMATION: True,
    SHIPPED: True,
    "AUTHORIZATION_REVOCATION": False,
    "ITEM_AVAILABILITY": True,
}
ATTEMPTS, FAILURES_BEFORE_DOWN = 3, 3
TIMEOUT = 5.0


@dataclass(slots=True, kw_only=True)
class Destination:
    """Where notices go; ``failures`` counts notices lost one after the other."""

    id: str
    name: str
    status: str
    endpoint: str
    verification_token: str
    failures: int = 0


@dataclass(slots=True, kw_only=True)
class Subscription:
    """One topic for one destination."""

    id: str
    topic: str
    status: str
    destination_id: str
    payload: Json
    created: str
    seller_id: str = ""


@dataclass(slots=True, kw_only=True)
class Parcel:
    """A notice on its way."""

    notification_id: str
    topic: str
    url: str
    destination_id: str
    content: Json
    forged: bool = False
    times: int = 1


@dataclass(slots=True)
class Key:
    """The pair that notices are signed with, made when it is first needed."""

    kid: str = ""
    pem: str = ""

    def private(self) -> ec.EllipticCurvePrivateKey:
        """The private key."""
        if not self.pem:
            made = ec.generate_private_key(ec.SECP256R1())
            self.kid = str(uuid.uuid4())
            self.pem = made.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            ).decode()
        loaded = load_pem_private_key(self.pem.encode(), password=None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise TypeError("the snapshot's key is no ECDSA key")
        return loaded

    def public(self) -> str:
        """The public key as eBay writes it: PEM without line breaks."""
        pem = (
            self.private()
            .public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
        return pem.decode().replace("\n", "")

    def header(self, body: bytes) -> str:
        """The X-EBAY-SIGNATURE of these bytes."""
        signature = self.private().sign(body, ec.ECDSA(hashes.SHA1()))  # noqa: S303
        content = {
            "alg": "ecdsa",
            "kid": self.kid,
            "signature": base64.b64encode(signature).decode(),
            "digest": "SHA1",
        }
        return base64.b64encode(json.dumps(content).encode()).decode()


@dataclass(slots=True)
class Notices:
    """Everything of the Notification API; guarded by the peer's lock."""

    alert_email: str = ""
    destinations: dict[str, Destination] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    key: Key = field(default_factory=Key)
    duplicates: int = 0
    hostile: int = 0
    late: float = 0.0

    def parcels(
        self,
        topic: str,
        data: Json,
        *,
        seller_id: str,
        now_iso: str,
        version: str = "1.0",
    ) -> list[Parcel]:
        """A notice for each subscription of this topic that is enabled."""
        found = []
        for row in self.subscriptions.values():
            to = self.destinations.get(row.destination_id)
            if row.topic != topic or row.status != "ENABLED":
                continue
            if row.seller_id not in ("", seller_id) or to is None:
                continue
            if to.status == "ENABLED":
                found.append(
                    self.parcel(topic, data, to.endpoint, now_iso, to.id, version)
                )
        return found

    def parcel(
        self,
        topic: str,
        data: Json,
        url: str,
        now_iso: str,
        destination_id: str = "",
        version: str = "1.0",
    ) -> Parcel:
        """A notice to one address."""
        notification_id = str(uuid.uuid4())
        times, forged = 1, False
        if self.duplicates > 0:
            self.duplicates, times = self.duplicates - 1, 2
        if self.hostile > 0:
            self.hostile, forged = self.hostile - 1, True
        return Parcel(
            notification_id=notification_id,
            topic=topic,
            url=url,
            destination_id=destination_id,
            forged=forged,
            times=times,
            content={
                "metadata": {
                    "topic": topic,
                    "schemaVersion": version,
                    "deprecated": False,
                },
                "notification": {
                    "notificationId": notification_id,
                    "eventDate": now_iso,
                    "publishDate": now_iso,
                    "publishAttemptCount": 1,
                    "data": data,
                },
            },
        )

    def sealed(self, parcel: Parcel, attempt: int) -> tuple[bytes, str]:
        """The bytes of one attempt and their signature (a forged one fits others)."""
        parcel.content["notification"]["publishAttemptCount"] = attempt
        body = json.dumps(parcel.content, separators=(",", ":")).encode()
        return body, self.key.header(body + b" " if parcel.forged else body)

    def delivered(self, parcel: Parcel, *, ok: bool) -> None:
        """Count what became of a notice; too many failures mark the address down."""
        to = self.destinations.get(parcel.destination_id)
        if to is None:
            return
        to.failures = 0 if ok else to.failures + 1
        if to.failures >= FAILURES_BEFORE_DOWN:
            to.status = "MARKED_DOWN"

    def dump(self) -> Json:
        """State as JSON."""
        return asdict(self)

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.alert_email = state["alert_email"]
        self.destinations = {
            key: Destination(**row) for key, row in state["destinations"].items()
        }
        self.subscriptions = {
            key: Subscription(**row) for key, row in state["subscriptions"].items()
        }
        self.key = Key(**state["key"])
        self.duplicates, self.hostile = state["duplicates"], state["hostile"]
        self.late = state["late"]


def answers_challenge(endpoint: str, token: str) -> bool:
    """Whether an address proves itself: a real GET with a challenge code."""
    code = uuid.uuid4().hex
    expected = hashlib.sha256((code + token + endpoint).encode()).hexdigest()
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(
                endpoint, params={"challenge_code": code}, timeout=TIMEOUT
            )
            found = answer.json()
    except (requests.RequestException, ValueError):
        return False
    return bool(
        answer.status_code == 200
        and isinstance(found, dict)
        and found.get("challengeResponse") == expected
    )


class Courier:
    """Carries notices, one after the other, in a thread that starts with the first."""

    def __init__(self, carry: Callable[[Parcel], None]) -> None:
        self._carry = carry
        self._queue: queue.Queue[Parcel] = queue.Queue()
        self._thread: threading.Thread | None = None

    def send(self, parcels: list[Parcel]) -> None:
        """Take parcels; returns at once."""
        for parcel in parcels:
            self._queue.put(parcel)
        if parcels and self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name="ebay-courier", daemon=True
            )
            self._thread.start()

    def wait(self) -> None:
        """Until everything taken so far was carried; not under the peer's lock."""
        self._queue.join()

    def _run(self) -> None:
        while True:
            parcel = self._queue.get()
            try:
                self._carry(parcel)
            finally:
                self._queue.task_done()


def post(url: str, body: bytes, signature: str) -> int:
    """One attempt; the status of the answer, 0 for none."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                url,
                data=body,
                headers={
                    "Content-Type": "application/json",
                    "X-EBAY-SIGNATURE": signature,
                },
                timeout=TIMEOUT,
                allow_redirects=False,
            )
    except requests.RequestException:
        return 0
    return answer.status_code
