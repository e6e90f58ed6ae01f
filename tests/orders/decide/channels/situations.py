"""The seven situations of an order, in their variants; nothing is said of a cancel yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from orders.facts import Snapshot
from tests.orders.decide.build import (
    MINUTE,
    NOW,
    absorbed,
    dispatch,
    label,
    lines,
    market,
    package,
    primary,
    record,
    snapshot,
)

HELD: dict[str, Any] = {
    "status": "on_hold",
    "held_by_us": True,
    "written_status": "on_hold",
}
# ShipStation made this part of a split: we have written nothing to it.
PART: dict[str, Any] = {
    "split": True,
    "parent_id": 501,
    "written_digest": "",
    "written_status": "",
    "written_at": None,
}
SOON = (NOW + timedelta(days=4)).date()
ONE = ((1, 1),)
READ = {"packages": (package(),), "packages_as_of": NOW - MINUTE}
FULFILLED = lines({"fulfilled": 1}, {"fulfilled": 2})
EVERYWHERE = ("amazon", "ebay", "tiktok", "mirakl")


@dataclass(frozen=True, kw_only=True)
class State:
    """A variant of a situation, and where it is met; ``words`` are for people."""

    situation: str
    name: str
    words: str
    facts: Snapshot
    sellers: tuple[str, ...] = EVERYWHERE

    @property
    def key(self) -> str:
        return f"{self.situation}, {self.name}" if self.name else self.situation


STATES = (
    State(
        situation="before push",
        name="",
        words="not in ShipStation yet",
        facts=snapshot(),
    ),
    State(
        situation="before push",
        name="not to be shipped yet",
        words="not to be shipped yet (not paid, TikTok's hour for second thoughts)",
        facts=snapshot(market=market(status="pending")),
    ),
    State(
        situation="before push",
        name="to be accepted",
        words="waits for us to take it",
        facts=snapshot(
            market=market(
                status="waiting_acceptance",
                ship_by=None,
                accept_by=NOW + timedelta(hours=40),
            )
        ),
        sellers=("mirakl",),
    ),
    State(
        situation="pushed",
        name="",
        words="in ShipStation, free to be packed",
        facts=snapshot(records=(record(),)),
    ),
    State(
        situation="held",
        name="by us",
        words="on hold in ShipStation, by us",
        facts=snapshot(records=(record(**HELD),)),
    ),
    State(
        situation="held",
        name="by somebody else",
        words="on hold in ShipStation, by somebody else",
        facts=snapshot(records=(record(status="on_hold"),)),
    ),
    State(
        situation="labelled",
        name="",
        words="labelled, marketplace not told",
        facts=snapshot(
            records=(record(status="shipped"),),
            shipments=(label(),),
            dispatches=(dispatch(),),
        ),
    ),
    State(
        situation="combined",
        name="open",
        words="combined with other orders, free to be packed",
        facts=snapshot(records=(absorbed(), primary())),
    ),
    State(
        situation="combined",
        name="held",
        words="combined with other orders, on hold by us",
        facts=snapshot(
            records=(absorbed(), primary("on_hold", held_by_us=True, hold_until=SOON))
        ),
    ),
    State(
        situation="combined",
        name="labelled",
        words="combined with other orders, labelled",
        facts=snapshot(
            records=(absorbed(), primary("shipped")),
            shipments=(label(ss_order_id=601),),
        ),
    ),
    State(
        situation="split",
        name="open",
        words="split, free to be packed",
        facts=snapshot(records=(record(split=True), record(502, **PART))),
    ),
    State(
        situation="split",
        name="held",
        words="split, on hold by us",
        facts=snapshot(
            records=(
                record(split=True, **HELD),
                record(502, **PART | HELD),
            )
        ),
    ),
    State(
        situation="split",
        name="one part told",
        words="split, the first part labelled and told, the rest free to be packed",
        facts=snapshot(
            records=(
                record(status="shipped", split=True),
                record(502, **PART),
            ),
            shipments=(label(lines=ONE),),
            dispatches=(dispatch(1, "read_back", lines=ONE),),
            market=market(status="partly_shipped", **READ),
            lines=lines(one={"fulfilled": 1}),
        ),
    ),
    State(
        situation="confirmed",
        name="taken",
        words="the marketplace took the parcel, and does not show it yet",
        facts=snapshot(
            records=(record(status="shipped"),),
            shipments=(label(),),
            dispatches=(dispatch(1, "accepted"),),
        ),
    ),
    State(
        situation="confirmed",
        name="read back",
        words="the marketplace shows the parcel",
        facts=snapshot(
            records=(record(status="shipped"),),
            shipments=(label(),),
            dispatches=(dispatch(1, "read_back"),),
            market=market(status="shipped", **READ),
            lines=FULFILLED,
        ),
    ),
)
SITUATIONS = tuple(dict.fromkeys(state.situation for state in STATES))
