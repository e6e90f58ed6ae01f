"""The marketplace's side of a diagnosis: one call's worth at a time.

Pages come by a cursor of the diagnosis's own, so that the account's stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from orders.diagnosis import notes
from orders.diagnosis.counting import DOMESTIC, UNKNOWN, destination
from orders.diagnosis.notes import Json
from orders.diagnosis.steps import OVER, Step, row_of, since_of
from orders.models import Diagnosis, DiagnosisRow
from shipsync_site.lib import clock
from stores.connect import connector_for
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability, Connector, Stream
from stores.remote_types import CursorState, MalformedOrder, RemoteOrder
from stores.sweeps import SweepGateway

# Orders whose tax the lists do not tell: so many of those that go abroad are read.
SAMPLE = 50
TAX_UNTOLD = "tax?"


def _connector(diagnosis: Diagnosis) -> Connector:
    account = diagnosis.store.remote_account
    return connector_for(account, gateway=SweepGateway(account.key))


def read_open(diagnosis: Diagnosis, position: Json) -> Step:
    """One page of orders to ship and of cancellations."""
    return _page(diagnosis, Stream.OPEN, position)


def read_shipped(diagnosis: Diagnosis, position: Json) -> Step:
    """One page of shipped orders, where they have a list of their own."""
    marketplace = diagnosis.store.remote_account.marketplace
    if Stream.SHIPPED not in CONNECTORS.get(marketplace).streams:
        return OVER
    return _page(diagnosis, Stream.SHIPPED, position)


def _page(diagnosis: Diagnosis, stream: Stream, position: Json) -> Step:
    """One page of a stream, from a cursor of the diagnosis's own."""
    cursor = position.get("cursor") or {}
    since = since_of(diagnosis)
    page = _connector(diagnosis).fetch_page(
        stream,
        _load(cursor) if cursor else CursorState(watermark=since),
        now=clock.now(),
    )
    ours = [o for o in page.orders if o.marketplace_id in _places(diagnosis)]
    newest = max((order.updated_at for order in page.orders), default=since)
    return Step(
        cursor=_dump(page.next),
        done=not page.more,
        fraction=(newest - since) / (diagnosis.period_end - since),
        rows=order_rows(diagnosis, ours),
        read=len(page.orders),
        unreadable=[bad.remote_id for bad in page.malformed if _of(diagnosis, bad)],
    )


def _places(diagnosis: Diagnosis) -> set[str]:
    return {diagnosis.store.remote_marketplace}


def _of(diagnosis: Diagnosis, bad: MalformedOrder) -> bool:
    return bad.marketplace_id in {"", *_places(diagnosis)}


def order_rows(
    diagnosis: Diagnosis, orders: Iterable[RemoteOrder]
) -> list[DiagnosisRow]:
    """What to keep of marketplace orders, joined with what was kept of them before."""
    read = {order.remote_id: notes.order_note(order) for order in orders}
    before = diagnosis.rows.filter(kind="order", key__in=read)
    for key, facts in before.values_list("key", "facts"):
        read[key] = notes.merged(facts, read[key])
    rows = []
    for remote_id, note in read.items():
        link = notes.link_of(note["number"] or remote_id)
        untold = TAX_UNTOLD if note["tax"] is None else ""
        rows.append(row_of(diagnosis, "order", remote_id, link, untold, note))
        for mark, _carrier, _at in note["parcels"] or ():
            if mark:
                key = f"{mark}:{remote_id}"
                rows.append(row_of(diagnosis, "told", key, link, mark, {}))
    return rows


def read_single(diagnosis: Diagnosis, position: Json) -> Step:
    """One order that goes abroad and whose tax no list tells, read by itself."""
    marketplace = diagnosis.store.remote_account.marketplace
    if Capability.READ_ONE not in CONNECTORS.get(marketplace).capabilities:
        return OVER
    cursor = position.get("cursor") or {"ids": _sample(diagnosis), "at": 0}
    ids, at = cursor["ids"], cursor["at"]
    if at >= len(ids):
        return OVER
    order = _connector(diagnosis).fetch_order(ids[at])
    return Step(
        cursor={"ids": ids, "at": at + 1},
        done=at + 1 >= len(ids),
        fraction=(at + 1) / len(ids),
        rows=order_rows(diagnosis, [order] if order else []),
        read=1,
    )


def _sample(diagnosis: Diagnosis) -> list[str]:
    """Ids of orders that go abroad and whose tax is not told, at most SAMPLE."""
    found: list[str] = []
    untold = diagnosis.rows.filter(kind="order", mark=TAX_UNTOLD).order_by("key")
    for row in untold.iterator(chunk_size=500):
        country = row.facts["country"]
        if not country:
            record = diagnosis.rows.filter(kind="record", link=row.link).first()
            country = record.facts["country"] if record else ""
        place = destination(country, diagnosis.store.ship_from_country)
        if place not in (DOMESTIC, UNKNOWN) and not row.facts["not_ours"]:
            found.append(row.key)
        if len(found) >= SAMPLE:
            break
    return found


def _load(cursor: Json) -> CursorState:
    times = {
        name: datetime.fromisoformat(cursor[name]) if cursor.get(name) else None
        for name in ("watermark", "window_end", "token_at")
    }
    return CursorState(
        page_token=cursor["page_token"], params=cursor["params"], **times
    )


def _dump(state: CursorState) -> Json:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(state).items()
    }
