"""What would be sent for an order, and what would be confirmed: built as the sync does.

Nothing is written and nobody is asked: the bodies come from the builders that the sync
itself calls, from the rows as they are now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orders import masking
from orders.carriers import mapping_of
from orders.decide import decide
from orders.decide_confirm import UNTOLD
from orders.facts import Operation, Work
from orders.models import Dispatch, Order, ShipStationOrder
from orders.payload import build, imported
from orders.payload_facts import payload_facts
from orders.payload_inputs import raw_orders, rules_for
from orders.payload_types import Payload, Source
from orders.snapshot import load
from orders.sync.operations.confirm import confirmation_of
from orders.sync.operations.push import WANTS
from orders.tracking import doubt
from shipsync_site.lib import clock
from stores.connectors import CONNECTORS
from stores.errors import RejectedError
from stores.models import CarrierMapping
from stores.remote_types import Confirmation

Json = dict[str, Any]
# Where a body holds a buyer's own words or name; what lies under them as well.
_PRIVATE = (
    "shipTo",
    "billTo",
    "customerUsername",
    "customerEmail",
    "customerNotes",
    "internalNotes",
    "giftMessage",
)
_PLAIN = ("country", "residential")
# What payload_sources calls a rule that copies from the marketplace's order.
ATTRIBUTE_RULE = "Attribute rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A value of a body and who made it; ``name`` as in 'items[0].sku'."""

    name: str
    text: str
    source: Source | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What ShipStation would be told. ``due``: the write that is due, or None."""

    payload: Payload
    body: Json
    fields: tuple[Field, ...]
    record: ShipStationOrder | None
    due: Work | None
    theirs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What the marketplace would be told of one parcel.

    ``told``: it was already. ``problem`` forbids it, ``doubt`` does not. ``raw`` is the
    request's body where that can be built without reading first.
    """

    dispatch: Dispatch
    confirmation: Confirmation | None
    mapping: CarrierMapping | None
    lines: tuple[tuple[str, int], ...]
    due_at: datetime | None
    told: bool
    problem: str
    doubt: str
    raw: Any


def sent(order: Order, *, reveal: bool) -> Sent:
    """The body as it would go out now; a buyer's words masked unless ``reveal``."""
    due = _due(order)
    record = record_of(order, due)
    payload = body_of(order, record, due)
    body = payload.body if reveal else hidden(payload.body, payload.sources)
    return Sent(
        payload=payload,
        body=body,
        fields=tuple(
            Field(name=name, text=text, source=_source(payload.sources, name))
            for name, text in flat(body)
        ),
        record=record,
        due=due,
        theirs=bool(record and record.adopted),
    )


def body_of(order: Order, record: ShipStationOrder | None, due: Work | None) -> Payload:
    """What this write would send, as orders.sync.operations.push builds it."""
    if record is not None and record.adopted:
        return imported(
            record.body,
            want=WANTS[due.operation] if due else "awaiting_shipment",
            stop_tag_id=order.store.shipstation_account.stop_tag_id,
        )
    lines = list(order.lines.all())
    books = rules_for([(order.store, lines)])
    raw = raw_orders([order], books).get(order.pk)
    held = bool(due and due.held)
    stop = bool(due and due.operation in (Operation.HOLD, Operation.CANCEL))
    return build(
        payload_facts(
            order, lines, getattr(order, "buyer", None), books[order.store_id], raw
        ),
        current=record.body if record is not None else None,
        want="on_hold"
        if held
        else WANTS[due.operation]
        if due
        else "awaiting_shipment",
        stop_tag_id=order.store.shipstation_account.stop_tag_id,
        stop=stop and not held,
    )


def _due(order: Order) -> Work | None:
    """The write to ShipStation that decide() wants now, the most urgent one."""
    (loaded,) = load([order])
    verdict = decide(loaded.snapshot, loaded.policy, clock.now())
    work = [x for x in verdict.work if x.operation in WANTS]
    return min(work, key=lambda x: x.priority, default=None)


def record_of(order: Order, due: Work | None) -> ShipStationOrder | None:
    """The record that is written to, if its body was read since our last write."""
    records = order.records.filter(gone_at=None).order_by("-modified_at", "-pk")
    if due is not None and due.target == "new":
        return None
    if due is not None:
        records = records.filter(ss_order_id=int(due.target))
    return next((row for row in records if row.body and row.modify_date), None)


def confirmed(order: Order) -> list[Confirmed]:
    """What would be confirmed of each parcel that counts, in order of its reference."""
    (loaded,) = load([order])
    verdict = decide(loaded.snapshot, loaded.policy, clock.now())
    due = {x.target: x.due_at for x in verdict.work if x.operation is Operation.CONFIRM}
    standing = order.dispatches.exclude(rung="withdrawn").order_by("package_ref", "pk")
    return [
        _confirmed(order, dispatch, due.get(str(dispatch.pk)))
        for dispatch in standing.select_related("shipment", "supersedes__shipment")
    ]


def _confirmed(order: Order, dispatch: Dispatch, due_at: datetime | None) -> Confirmed:
    shipment = dispatch.shipment
    connector = CONNECTORS.get(order.store.remote_account.marketplace)
    confirmation, raw, problem = None, None, ""
    try:
        confirmation = confirmation_of(order, dispatch)
        raw = connector.confirmation_shown(confirmation)
    except RejectedError as error:
        problem = error.message
    skus = {line.remote_id: line.sku for line in order.lines.all()}
    return Confirmed(
        dispatch=dispatch,
        confirmation=confirmation,
        mapping=mapping_of(order.store, shipment.carrier_code, shipment.service_code),
        lines=tuple(
            (skus.get(remote_id) or remote_id, units)
            for remote_id, units in (confirmation.lines if confirmation else ())
        ),
        due_at=due_at,
        told=dispatch.rung not in UNTOLD,
        problem=problem,
        doubt=doubt(shipment.carrier_code, shipment.tracking_number),
        raw=raw,
    )


def hidden(body: Mapping[str, Any], sources: Mapping[str, Source]) -> Json:
    """A body with the buyer's name, address and words masked.

    What a rule takes out of the marketplace's order may be a buyer's as well, and so may
    what a line was made with (an engraving).
    """
    found: Json = {}
    for name, value in body.items():
        if name in _PRIVATE:
            found[name] = _masked(value)
        elif name == "items":
            found[name] = [_without_options(line) for line in value]
        elif isinstance(value, Mapping):
            found[name] = {
                key: _masked(x) if _by_attribute(sources, f"{name}.{key}") else x
                for key, x in value.items()
            }
        else:
            found[name] = value
    return found


def _by_attribute(sources: Mapping[str, Source], name: str) -> bool:
    return name in sources and sources[name].rule == ATTRIBUTE_RULE


def _without_options(line: Mapping[str, Any]) -> Json:
    options = [
        {**row, "value": _masked(row.get("value"))} for row in line.get("options") or ()
    ]
    return {**line, "options": options} if options else dict(line)


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            name: inner if name in _PLAIN else _masked(inner)
            for name, inner in value.items()
        }
    return masking.DOTS if isinstance(value, str) and value else value


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """(name, text) of each filled value of a body, as in 'items[0].sku'."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flat(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from flat(inner, f"{name}[{index}]")
    elif value not in (None, ""):
        yield name, str(value)


def _source(sources: Mapping[str, Source], name: str) -> Source | None:
    """Who made a field: its own entry, or that of what holds it."""
    while name:
        if name in sources:
            return sources[name]
        cut = max(name.rfind("."), name.rfind("["))
        name = name[:cut] if cut > 0 else ""
    return None
