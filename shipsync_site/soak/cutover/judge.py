"""What must hold at the end of a cutover: from the peers' ledgers alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from shipsync_site.soak.faults.channel import Channel
from shipsync_site.soak.faults.invariants import Problem
from stores.sandbox.driver import Json

# How our writes to ShipStation come; what its own people do comes by its screen.
OUR_WAYS = ("createorder", "createorders", "holduntil", "restorefromhold", "addtag")
ANSWERS = ("accept", "refuse", "answer", "approve", "reject", "cancel_answer")
LIVE = ("awaiting_shipment", "shipped", "on_hold", "awaiting_payment")


def silent(ledger: Iterable[Json], channel: Channel) -> Iterator[Problem]:
    """Nothing was sent before the store went live; ``ledger`` is what came before."""
    for row in ledger:
        ours = row.get("via") in OUR_WAYS or row["operation"] in ANSWERS
        told = row["peer"] == channel.code and channel.told(row) is not None
        if ours or told:
            text = f"{row['peer']} {row['operation']} before the store was live"
            yield Problem(rule="silent", number=str(row["key"]), text=text)


def records(
    numbers: Mapping[str, str], shipstation: Sequence[Json], wanted: set[str]
) -> Iterator[Problem]:
    """Every order once in ShipStation; ``numbers``: ShipStation's by the channel's."""
    found = defaultdict(list)
    for row in shipstation:
        if row["orderStatus"] in LIVE:
            found[row["orderNumber"]].append(row)
    for remote_id, number in numbers.items():
        rows = found.get(number, [])
        listed = [f"{row['orderId']} {row['orderStatus']}" for row in rows]
        if len(rows) > 1:
            yield Problem(rule="doubled", number=remote_id, text=", ".join(listed))
        elif remote_id in wanted and not rows:
            text = "wanted, and not in ShipStation"
            yield Problem(rule="lost", number=remote_id, text=text)
        elif remote_id in wanted and rows[0]["orderStatus"] != "shipped":
            yield Problem(
                rule="lost", number=remote_id, text=f"never left: {listed[0]}"
            )


def told(
    numbers: Mapping[str, str],
    shipstation: Sequence[Json],
    ledger: Sequence[Json],
    channel: Channel,
    wanted: set[str],
) -> Iterator[Problem]:
    """Every parcel is told to the marketplace once, by whoever's it is to tell."""
    heard: dict[str, list[str]] = defaultdict(list)
    for row in ledger:
        if row["peer"] != channel.code:
            continue
        by_us = channel.told(row)
        if by_us is not None:
            heard[by_us.number].append(f"us {by_us.tracking}")
        elif row["operation"] == "told_by_shipstation":
            heard[row["key"]].append(f"ShipStation {row.get('trackingNumber', '')}")
    left = {
        row["orderNumber"] for row in shipstation if row["orderStatus"] == "shipped"
    }
    for remote_id, number in numbers.items():
        said = heard.get(remote_id, [])
        if len(said) > 1:
            yield Problem(rule="told twice", number=remote_id, text="; ".join(said))
        elif remote_id in wanted and number in left and not said:
            text = "left, and the marketplace was never told"
            yield Problem(rule="untold", number=remote_id, text=text)
