"""ShipStation's side of a diagnosis: one call's worth at a time.

Orders by modify date, labels and marks as shipped by the date they were made, of one
ShipStation store (fulfillments can't be asked for by store: others' are left out).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from orders.diagnosis import notes
from orders.diagnosis.notes import Json
from orders.diagnosis.steps import OVER, Step, row_of, since_of
from orders.ingest_merge import order_key
from orders.models import Diagnosis, DiagnosisRow
from shipsync_site.lib import clock
from stores.connect import shipstation_for
from stores.models import Budget, RemoteCall, WebhookEndpoint
from stores.shipstation.client import GROUP, ShipStationClient
from stores.shipstation.types import SsOrder, SsShipment
from stores.shipstation.webhooks import list_all
from stores.shipstation.window import (
    Window,
    WindowStep,
    read_fulfillments_window,
    read_orders_window,
    read_shipments_window,
)
from stores.sweeps import SweepGateway
from stores.webhooks.subscribing import NAME


def _client(diagnosis: Diagnosis) -> ShipStationClient:
    account = diagnosis.store.shipstation_account
    return shipstation_for(account, gateway=SweepGateway(account.key))


def read_records(diagnosis: Diagnosis, position: Json) -> Step:
    """One page of the store's orders."""
    found = read_orders_window(
        _client(diagnosis),
        _window(diagnosis, position),
        store_id=diagnosis.store.shipstation_store_id,
    )
    return _windowed(diagnosis, position, found, record_rows)


def record_rows(diagnosis: Diagnosis, rows: Sequence[SsOrder]) -> list[DiagnosisRow]:
    """What to keep of ShipStation's orders, linked by our key, else by number."""
    store = diagnosis.store
    prefix = order_key(store, "")
    ids = {row.order_id: _remote_id(row, prefix) for row in rows}
    numbers = {row.order_number for row in rows}
    links = dict(
        diagnosis.rows.filter(
            kind="order", key__in={*ids.values(), *numbers}
        ).values_list("key", "link")
    )
    found = {}
    for row in rows:
        link = links.get(ids[row.order_id]) or links.get(row.order_number)
        found[row.order_id] = row_of(
            diagnosis,
            "record",
            str(row.order_id),
            link or notes.link_of(row.order_number),
            "",
            notes.record_note(row),
        )
    return list(found.values())


def _remote_id(row: SsOrder, prefix: str) -> str:
    if not row.order_key.startswith(prefix):
        return ""
    return row.order_key[len(prefix) :].split("~")[0]


def read_labels(diagnosis: Diagnosis, position: Json) -> Step:
    """One page of the store's labels."""
    found = read_shipments_window(
        _client(diagnosis),
        _window(diagnosis, position),
        store_id=diagnosis.store.shipstation_store_id,
    )
    return _windowed(diagnosis, position, found, parcel_rows)


def read_marks(diagnosis: Diagnosis, position: Json) -> Step:
    """One page of marks as shipped."""
    found = read_fulfillments_window(_client(diagnosis), _window(diagnosis, position))
    return _windowed(diagnosis, position, found, parcel_rows)


def parcel_rows(diagnosis: Diagnosis, rows: Sequence[SsShipment]) -> list[DiagnosisRow]:
    """What to keep of parcels; those of other stores' orders are left out."""
    ids = {str(row.order_id) for row in rows}
    links = dict(
        diagnosis.rows.filter(kind="record", key__in=ids).values_list("key", "link")
    )
    found = {}
    for row in rows:
        link = links.get(str(row.order_id))
        if link is not None:
            key = f"{row.source}:{row.remote_id}"
            mark = notes.mark_of(row.tracking_number)
            note = notes.parcel_note(row)
            found[key] = row_of(diagnosis, "parcel", key, link, mark, note)
    return list(found.values())


def _window(diagnosis: Diagnosis, position: Json) -> Window:
    cursor = position.get("cursor") or {}
    if cursor:
        return Window.load(cursor)
    return Window(since=since_of(diagnosis), until=diagnosis.period_end)


def _windowed(
    diagnosis: Diagnosis,
    position: Json,
    found: WindowStep[Any],
    rows: Callable[[Diagnosis, Sequence[Any]], list[DiagnosisRow]],
) -> Step:
    """A step through a window of ShipStation; raises its error where nothing moved."""
    if found.error is not None:
        raise found.error
    since = since_of(diagnosis)
    span = diagnosis.period_end - since
    return Step(
        cursor=found.next.dump(),
        done=found.done,
        fraction=(found.next.since - since) / span,
        rows=rows(diagnosis, found.rows),
        read=len(found.rows),
        unreadable=[row.remote_id for row in found.malformed],
        extra={"foreign": _foreign(diagnosis, position)},
    )


def _foreign(diagnosis: Diagnosis, position: Json) -> Json:
    """Calls of ShipStation's minute that its headers count and we did not make.

    {reset: the minute seen last, most: others' calls in it, calls: of all minutes before,
    minutes: how many were seen}.
    """
    seen: Json = position.get("foreign") or {
        "reset": 0.0,
        "most": 0,
        "calls": 0,
        "minutes": 0,
    }
    key = diagnosis.store.shipstation_account.key
    row = Budget.objects.filter(account=key, group=GROUP).first()
    now = clock.timestamp()
    if row is None or now >= row.resets_at:
        return seen
    opened = datetime.fromtimestamp(row.resets_at - row.period - 2, tz=UTC)
    ours = RemoteCall.objects.filter(account=key, started_at__gte=opened).count()
    others = max(0, round(row.capacity - row.tokens) - ours)
    # The end of a minute is learned in whole seconds: it moves by two at most.
    if abs(row.resets_at - seen["reset"]) <= row.period / 2:
        return seen | {"most": max(seen["most"], others)}
    return {
        "reset": row.resets_at,
        "most": others,
        "calls": seen["calls"] + seen["most"],
        "minutes": seen["minutes"] + 1,
    }


def read_key(diagnosis: Diagnosis, position: Json) -> Step:
    """Who else is told of this ShipStation account's events; hosts, no addresses."""
    account = diagnosis.store.shipstation_account
    endpoint = WebhookEndpoint.objects.filter(account=account.key).first()
    made = {row.get("id") for row in (endpoint.subscriptions if endpoint else []) or []}
    others = [
        [row.event, urlsplit(row.url).hostname or "no address"]
        for row in list_all(_client(diagnosis))
        if row.id not in made and row.name != NAME and row.active
    ]
    foreign = _foreign(diagnosis, position)
    return replace(OVER, extra={"webhooks": others, "foreign": foreign})
