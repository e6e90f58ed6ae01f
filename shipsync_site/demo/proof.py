"""Proves from the peers' ledger that the main job was done, once and rightly.

Pure: takes what the sandbox and the tables say, returns counts and what is wrong. The
carriers are written down here a second time on purpose: the proof must not share the
product's table, nor the sandbox's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Json = dict[str, Any]

# What Amazon has to be told for a label of this ShipStation carrier.
AMAZON_CARRIERS = {
    "royal_mail": "Royal Mail",
    "rm_cnd_walleted": "Royal Mail",
    "dpd": "DPD",
    "hermes": "Hermes UK",
}
EBAY_CARRIERS = {
    "royal_mail": "RoyalMail",
    "rm_cnd_walleted": "RoyalMail",
    "dpd": "DPD",
    "hermes": "Hermes",
}
TIKTOK_CARRIERS = {
    "royal_mail": "Royal Mail",
    "dpd": "DPD",
    "hermes": "Hermes/EVRI",
}
# By operator: each writes its own codes.
MIRAKL_CARRIERS = {
    "northgate/royal_mail": "ROYALMAIL",
    "northgate/hermes": "EVRI",
    "homeware/royal_mail": "royal-mail",
}
# Mirakl is asked once a minute: for so long nobody has heard of a message.
UNHEARD = timedelta(seconds=120)
STOPPED = ("on_hold", "cancelled")


@dataclass(frozen=True, slots=True)
class Told:
    """How a peer's ledger shows a confirmation, and what it has to be told.

    ``by``: the part of a row that decides with the label's carrier what that is.
    """

    operation: str
    carrier: str
    carriers: Mapping[str, str]
    by: str = ""

    def wanted(self, row: Json, label: Json) -> str | None:
        """What had to be told of this label; None: nobody knows."""
        name = str(label["carrier"])
        return self.carriers.get(f"{row[self.by]}/{name}" if self.by else name)


TOLD = {
    "amazon": Told("confirm", "carrierCode", AMAZON_CARRIERS),
    "ebay": Told("fulfil", "shippingCarrierCode", EBAY_CARRIERS),
    "tiktok": Told("mark_shipped", "provider", TIKTOK_CARRIERS),
    "mirakl": Told("ship", "carrier_code", MIRAKL_CARRIERS, by="operator"),
}
# Of a store that ShipStation runs, it tells the marketplace itself.
TOLD_BY_SHIPSTATION = "told_by_shipstation"


@dataclass(slots=True)
class Proof:
    """Counts by name, and every violation in a sentence."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def require(self, holds: bool, problem: str) -> None:
        """Note the problem unless the condition holds."""
        if not holds:
            self.problems.append(problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was seen: ``done`` and ``with_case`` are order numbers from our tables.

    ``orders``: each marketplace's own view of its orders. ``direct``: the numbers of
    those whose dispatches ShipStation tells, not we.
    """

    ledger: list[Json]
    orders: Mapping[str, list[Json]]
    shipstation_orders: list[Json]
    done: Collection[str]
    with_case: Collection[str]
    direct: Collection[str] = ()


def prove(evidence: Evidence) -> Proof:
    """All rules of the main job; an empty ``problems`` is the proof."""
    proof = Proof()
    rows: Mapping[str, list[Json]] = _by_peer(evidence.ledger)
    placed = {
        str(order["order_id"]): order
        for orders in evidence.orders.values()
        for order in orders
    }
    markets = [row for peer in TOLD for row in rows[peer]]
    _creations(proof, rows["shipstation"], placed, evidence.done)
    _confirmations(proof, rows["shipstation"], markets, evidence)
    _cancellations(proof, markets, evidence)
    proof.counts["orders at the marketplace"] = len(placed)
    for peer, orders in evidence.orders.items():
        proof.counts[f"orders at {peer}"] = len(orders)
    proof.counts["orders done"] = len(evidence.done)
    proof.counts["orders with a case"] = len(evidence.with_case)
    return proof


def _by_peer(ledger: Iterable[Json]) -> defaultdict[str, list[Json]]:
    rows: defaultdict[str, list[Json]] = defaultdict(list)
    for row in ledger:
        rows[row["peer"]].append(row)
    return rows


def _creations(
    proof: Proof,
    rows: Iterable[Json],
    placed: Mapping[str, Json],
    done: Collection[str],
) -> None:
    """One ShipStation order per marketplace order; equal upserts are counted."""
    created: defaultdict[str, set[int]] = defaultdict(set)
    equal = changed = 0
    for row in rows:
        if row.get("via") == "ui":
            continue
        if row["operation"] == "create":
            created[row["orderNumber"]].add(row["orderId"])
        elif "changed" in row:
            equal += not row["changed"]
            changed += bool(row["changed"])
    for number, ids in created.items():
        proof.require(
            len(ids) == 1, f"{number}: {len(ids)} ShipStation orders, {sorted(ids)}"
        )
        proof.require(
            number in placed, f"{number}: in ShipStation, but nobody ordered it"
        )
    for number in done:
        proof.require(number in created, f"{number}: done, but never in ShipStation")
    proof.counts["ShipStation orders created"] = sum(map(len, created.values()))
    proof.counts["equal upserts repeated"] = equal
    proof.counts["changes written"] = changed


def _confirmations(
    proof: Proof,
    shipstation: Iterable[Json],
    markets: Iterable[Json],
    evidence: Evidence,
) -> None:
    """One accepted confirmation per dispatch, with its carrier and its tracking."""
    labels: dict[str, Json] = {}
    void: set[str] = set()
    for row in shipstation:
        if row["operation"] in ("label", "mark_shipped"):
            labels[row["tracking"]] = row
        elif row["operation"] == "void":
            void.add(row["tracking"])
    accepted: defaultdict[tuple[str, str], list[Json]] = defaultdict(list)
    refused = 0
    for row in markets:
        told = TOLD[row["peer"]]
        if row["operation"] == f"{told.operation}_refused":
            refused += 1
        by_shipstation = row["operation"] == TOLD_BY_SHIPSTATION
        if row["operation"] != told.operation and not by_shipstation:
            continue
        number, tracking = row["key"], row["trackingNumber"]
        accepted[(number, tracking)].append(row)
        proof.require(
            by_shipstation == (number in evidence.direct),
            f"{number}: told by {'ShipStation' if by_shipstation else 'us'}, whose task "
            "it was not",
        )
        if by_shipstation:
            proof.counts["dispatches that ShipStation told"] += 1
            continue
        label = labels.get(tracking)
        if label is None or label["orderNumber"] != number:
            proof.problems.append(f"{number}: confirmed {tracking!r}, not its label")
            continue
        wanted, found = told.wanted(row, label), row[told.carrier]
        proof.require(
            found == wanted,
            f"{number}: carrier {found!r} confirmed for a label of "
            f"{label['carrier']!r}; expected {wanted!r}",
        )
    for (number, tracking), rows in accepted.items():
        proof.require(
            len(rows) == 1,
            f"{number}: {tracking} was confirmed {len(rows)} times",
        )
    for tracking, label in labels.items():
        number = label["orderNumber"]
        if number not in evidence.done or tracking in void:
            continue
        proof.require(
            (number, tracking) in accepted,
            f"{number}: done, but {tracking} was never confirmed",
        )
    proof.counts["labels"] = len(labels)
    proof.counts["dispatches confirmed"] = len(accepted)
    proof.counts["confirmations refused"] = refused


def _unheard(told: Json, asked_at: Mapping[str, datetime]) -> bool:
    """Whether a parcel was told of right after the request, or before it."""
    asked = asked_at.get(told["key"])
    if asked is None:
        return False
    return datetime.fromisoformat(told["time"]) - asked < UNHEARD


def _cancellations(proof: Proof, rows: list[Json], evidence: Evidence) -> None:
    """An order that somebody asked to cancel is stopped, or before a person.

    But for what was over before anybody could hear of it: a parcel that is told of ends
    a request at eBay, and at Mirakl a customer's message comes too late by then.
    """
    asked_at = {
        row["key"]: datetime.fromisoformat(row["time"])
        for row in rows
        if row["operation"] == "cancel_requested"
    }
    asked = set(asked_at)
    closed = {
        row["key"]
        for row in rows
        if row["operation"] == "SYSTEM_NOTIFY_SHIPPING_STATUS"
        or (row["operation"] == "ship" and _unheard(row, asked_at))
    }
    status = {
        order["orderNumber"]: order["orderStatus"]
        for order in evidence.shipstation_orders
    }
    held = {number for number in asked if status.get(number) in STOPPED}
    for number in sorted(asked - closed - held - set(evidence.with_case)):
        found = status.get(number)
        proof.require(
            found is None,
            f"{number}: its buyer asked to cancel, but it is {found} and has no case",
        )
    proof.counts["late cancels"] = len(asked)
    proof.counts["late cancels held in ShipStation"] = len(held)
    proof.counts["late cancels that a told parcel closed"] = len(closed)
    proof.counts["late cancels in a case"] = len(asked & set(evidence.with_case))
