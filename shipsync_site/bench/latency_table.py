"""What a latency run found: when each event was noted, and the table of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from orders.models import Dispatch, Order, OrderEvent
from shipsync_site.bench.quota import percentile
from shipsync_site.bench.stage import Stage
from stores.connect import connector_for
from stores.models import RemoteAccount, RemoteCall, WebhookReceipt
from stores.sandbox.driver import Json

PLACED, ASKED, LABEL = "order placed", "buyer asks to cancel", "label bought"
HOOK_GOAL = 10.0
# What polling adds to its own interval: reading, deciding, telling.
POLL_GRACE = 60.0


@dataclass(slots=True, kw_only=True)
class Event:
    """Something that happened at a peer to one order; times in business seconds."""

    peer: str
    kind: str
    order_id: str
    at: float = 0.0


@dataclass(slots=True, kw_only=True)
class Phase:
    """One playing of all kinds of events."""

    hooks: bool
    events: list[Event] = field(default_factory=list)
    began: float = 0.0


def take_times(stage: Stage, phase: Phase) -> None:
    """When each event happened, by the peers' own ledger."""
    operations = {"order_placed": PLACED, "cancel_requested": ASKED, "label": LABEL}
    found: dict[tuple[str, str, str], float] = {}
    for row in stage.sandbox.ledger():
        kind = operations.get(row["operation"])
        if kind:
            order_id = row.get("orderNumber") or row["key"]
            found.setdefault((row["peer"], kind, order_id), _seconds(row["time"]))
    for event in phase.events:
        event.at = found[event.peer, event.kind, event.order_id]


def seen(phase: Phase) -> dict[int, float]:
    """Business seconds until each event was a fact here, by its place in the phase."""
    ids = [event.order_id for event in phase.events]
    came = dict(
        Order.objects.filter(remote_id__in=ids).values_list("remote_id", "imported_at")
    )
    heard: dict[tuple[str, str], datetime] = {}
    events = OrderEvent.objects.filter(
        order__remote_id__in=ids, verb__in=("cancel_requested", "cancelled", "label")
    )
    for order_id, verb, at in events.order_by("-at").values_list(
        "order__remote_id", "verb", "at"
    ):
        if order_id is not None:
            heard[order_id, LABEL if verb == "label" else ASKED] = at
    found = {}
    for number, event in enumerate(phase.events):
        noted = (
            came.get(event.order_id)
            if event.kind == PLACED
            else heard.get((event.order_id, event.kind))
        )
        if noted is not None:
            found[number] = noted.timestamp() - event.at
    return found


def told(phase: Phase) -> Iterator[bool]:
    """Whether each label went all the way: told, and read back."""
    labels = [event.order_id for event in phase.events if event.kind == LABEL]
    done = set(
        Dispatch.objects.filter(
            order__remote_id__in=labels, read_back_at__isnull=False
        ).values_list("order__remote_id", flat=True)
    )
    return (order_id in done for order_id in labels)


def _way_of_labels(stage: Stage, phase: Phase) -> dict[str, list[float]]:
    """From a label, and from the message about it, to acceptance and read-back."""
    accepted: dict[str, float] = {}
    for row in stage.sandbox.ledger("amazon"):
        if row["operation"] == "confirm":
            accepted.setdefault(row["key"], _seconds(row["time"]))
    back = {
        order_id: at.timestamp()
        for order_id, at in Dispatch.objects.values_list(
            "order__remote_id", "read_back_at"
        )
        if at is not None
    }
    messages = sorted(
        at.timestamp()
        for at in WebhookReceipt.objects.filter(
            source=stage.shipstation.key, topic="SHIP_NOTIFY"
        ).values_list("received_at", flat=True)
    )
    ways: dict[str, list[float]] = {
        "label to accepted": [],
        "message to accepted": [],
        "label to read back": [],
    }
    for event in phase.events:
        if event.kind != LABEL:
            continue
        if event.order_id in accepted:
            taken = accepted[event.order_id]
            ways["label to accepted"].append(taken - event.at)
            first = next((at for at in messages if at >= event.at), None)
            if phase.hooks and first is not None and first <= taken:
                ways["message to accepted"].append(taken - first)
        if event.order_id in back:
            ways["label to read back"].append(back[event.order_id] - event.at)
    return {name: values for name, values in ways.items() if values}


def summary(stage: Stage, phases: list[Phase]) -> Json:
    plan = stage.plan
    rows: list[Json] = []
    missing = 0
    for phase in phases:
        noted = seen(phase)
        missing += len(phase.events) - len(noted)
        groups: dict[str, list[float]] = {}
        for number, event in enumerate(phase.events):
            if number in noted:
                name = f"{event.peer}: {event.kind}"
                groups.setdefault(name, []).append(noted[number])
        groups |= _way_of_labels(stage, phase)
        rows += [
            {
                "what": name,
                "nudges": phase.hooks,
                "events": len(values),
                "mean": sum(values) / len(values),
                "p95": percentile(values, 0.95),
            }
            for name, values in groups.items()
        ]
    result: Json = {
        "scenario": plan.scenario,
        "database": plan.database,
        "orders": plan.orders,
        "rate": stage.rate,
        "unit": "business seconds",
        "poll_intervals": _intervals(stage),
        "rows": rows,
        "not_seen": missing,
        "answers_429": RemoteCall.objects.filter(status=429).count(),
    }
    result["problems"] = problems(result)
    return result


def _intervals(stage: Stage) -> dict[str, float]:
    """How often is looked without being told, in business seconds."""
    found = {"shipstation labels": float(settings.SHIPSYNC_DISPATCH_INTERVAL)}
    for account in RemoteAccount.objects.order_by("pk"):
        for stream, interval in connector_for(account).streams.items():
            found[f"{account.marketplace} {stream}"] = interval.total_seconds()
    return found


def problems(result: Json) -> list[str]:
    """Why a result is not good enough; empty when it is."""
    found = []
    if result["not_seen"]:
        found.append(f"{result['not_seen']} events were not seen in time")
    slowest = {(row["what"], row["nudges"]): row["p95"] for row in result["rows"]}
    hooked = slowest.get(("message to accepted", True))
    if hooked is None:
        found.append("no label was told to the marketplace after a message")
    elif hooked > HOOK_GOAL:
        found.append(
            f"message to accepted: p95 {hooked:.1f} s is above {HOOK_GOAL:.0f} s"
        )
    polled = slowest.get(("label to accepted", False))
    most = result["poll_intervals"]["shipstation labels"] + POLL_GRACE
    if polled is None:
        found.append("no label was told to the marketplace by polling")
    elif polled > most:
        found.append(f"label to accepted: p95 {polled:.1f} s is above {most:.0f} s")
    return found


def lines(result: Json) -> Iterator[str]:
    """One run for people: a table of what, without and with nudges."""
    yield (
        f"{result['scenario']} on {result['database']}: {result['orders']} rounds, clock "
        f"x {result['rate']:g}; business seconds"
    )
    yield f"  {'':<36}{'polls only':>18}{'told':>18}"
    yield f"  {'':<36}{'mean':>9}{'p95':>9}{'mean':>9}{'p95':>9}"
    rows = {(row["what"], row["nudges"]): row for row in result["rows"]}
    for what in dict.fromkeys(row["what"] for row in result["rows"]):
        cells = ""
        for nudges in (False, True):
            row = rows.get((what, nudges))
            cells += f"{row['mean']:9.1f}{row['p95']:9.1f}" if row else f"{'–':>9}" * 2
        yield f"  {what:<36}{cells}"
    every = ", ".join(
        f"{name} {seconds:.0f}" for name, seconds in result["poll_intervals"].items()
    )
    yield f"  polls every: {every}"
    for problem in result["problems"]:
        yield f"  NOT GOOD ENOUGH: {problem}"


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
