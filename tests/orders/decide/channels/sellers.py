"""The four marketplaces as decide() meets them: words, deadlines, and who may be told.

A marketplace enters decide() through facts alone. What it can be told is what its
connector says of itself; the words are those that its connector keeps in ``raw_status``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from orders.facts import LineFacts, PackageFacts, Snapshot
from stores.connectors import CONNECTORS
from tests.orders.decide.build import CHANGED, NOW, TRACKING, but

HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Seller:
    """One marketplace; ``words`` by our status, ``asked`` stands behind the open one.

    ``asks``: how a buyer does. ``answers_itself``: it lets the buyer cancel at this time when nobody answers,
    ``silence`` says so. ``late``: what it does with a dispatch while a request is open.
    """

    code: str
    label: str
    words: dict[str, str]
    asked: str = ""
    answers_itself: datetime | None = None
    delivery_option: str = ""
    reference: str = "1"
    late: str = "takes it"
    asks: str = "for the whole order"
    silence: str = "nothing: the order grows late"

    @property
    def capabilities(self) -> frozenset[str]:
        """What its connector can be told, as its order snapshots say it."""
        return frozenset(map(str, CONNECTORS.get(self.code).capabilities))

    def can(self, capability: str) -> bool:
        return capability in self.capabilities

    def dressed(self, facts: Snapshot) -> Snapshot:
        """The facts as this marketplace's order would have them."""
        status = facts.market.status
        asked = any(x.cancel_requested and x.wanted for x in facts.lines)
        words = self.words.get(status, status)
        packages = facts.market.packages
        return but(
            facts,
            raw_status=words + (self.asked if asked and status == "open" else ""),
            cancel_answer_by=self.answers_itself if asked else None,
            delivery_option=self.delivery_option,
            packages=None
            if packages is None
            else tuple(replace(x, reference=self.reference) for x in packages),
            can_confirm=self.can("confirm_dispatch"),
            can_correct=self.can("correct_dispatch"),
            can_read_one=self.can("read_one"),
            capabilities=self.capabilities,
        )


SELLERS = {
    x.code: x
    for x in (
        Seller(
            code="amazon",
            label="Amazon",
            words={
                "pending": "PENDING",
                "open": "UNSHIPPED",
                "partly_shipped": "PARTIALLY_SHIPPED",
                "shipped": "SHIPPED",
                "cancelled": "CANCELLED",
            },
            asks="line by line",
            silence="nothing; 7 days past ship-by it cancels the order, which counts",
        ),
        Seller(
            code="ebay",
            label="eBay",
            words={
                "pending": "NOT_STARTED, payment PENDING",
                "open": "NOT_STARTED",
                "partly_shipped": "IN_PROGRESS",
                "shipped": "FULFILLED",
                "cancelled": "NOT_STARTED, cancellation CANCELED",
            },
            asked=", cancellation IN_PROGRESS",
            answers_itself=NOW + 70 * HOUR,
            reference=TRACKING,
            late="ends the request",
            silence="cancels it after 3 days",
        ),
        Seller(
            code="tiktok",
            label="TikTok Shop",
            words={
                "pending": "ON_HOLD",
                "open": "AWAITING_SHIPMENT",
                "partly_shipped": "PARTIALLY_SHIPPING",
                "shipped": "AWAITING_COLLECTION",
                "cancelled": "CANCELLED",
            },
            asked=", cancellation requested",
            answers_itself=NOW + 46 * HOUR,
            delivery_option="7129000000000000001",
            reference="1153000000000000001",
            late="refuses it",
            silence="cancels it, as a rule after 48 hours",
        ),
        Seller(
            code="mirakl",
            label="Mirakl",
            words={
                "pending": "WAITING_DEBIT_PAYMENT",
                "waiting_acceptance": "WAITING_ACCEPTANCE",
                "open": "SHIPPING",
                "partly_shipped": "SHIPPING",
                "shipped": "SHIPPED",
                "cancelled": "CANCELED",
            },
            asked=", incident open",
            reference=TRACKING,
            asks="not at all: an open incident, a full refund or, where the account "
            "says so, a customer's message counts as a request",
        ),
    )
}


def _lines(base: Snapshot, **change: Any) -> tuple[LineFacts, ...]:
    """The lines with these functions of a line as their facts."""
    return tuple(
        replace(line, **{name: of(line) for name, of in change.items()})
        for line in base.lines
    )


def asked(base: Snapshot, *ids: int) -> Snapshot:
    """Somebody wants these lines cancelled."""
    wanted = _lines(base, cancel_requested=lambda x: x.id in ids)
    return but(base, lines=wanted, cancel_seq=1)


def cancelled(base: Snapshot, *ids: int) -> Snapshot:
    """These lines are cancelled; what we would say has changed with it."""
    left = _lines(base, cancelled=lambda x: x.quantity if x.id in ids else 0)
    changed = but(base, lines=left, payload_digest=CHANGED)
    if len(ids) == len(left):
        return but(changed, status="cancelled")
    if all(line.wanted <= (line.fulfilled or 0) for line in left):
        return but(changed, status="shipped")
    return changed


def withdrawn(base: Snapshot) -> Snapshot:
    """A request was there, and a later read shows none."""
    return but(base, cancel_seq=1)


def said(base: Snapshot, telling: str) -> Snapshot:
    """The state with this told of a cancellation."""
    return {
        "asked": lambda: asked(base, 1, 2),
        "line asked": lambda: asked(base, 2),
        "cancelled": lambda: cancelled(base, 1, 2),
        "line cancelled": lambda: cancelled(base, 2),
        "withdrawn": lambda: withdrawn(base),
    }[telling]()


def parcel(seller: Seller, tracking: str) -> PackageFacts:
    """A parcel as this marketplace shows it."""
    reference = tracking if seller.reference == TRACKING else seller.reference
    return PackageFacts(reference=reference, carrier="Royal Mail", tracking=tracking)
