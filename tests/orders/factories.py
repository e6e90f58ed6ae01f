"""Rows for tests and screenshots: plain functions, sensible defaults, no magic."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction

from orders.case_groups import Moves, describe
from orders.exception_kinds import KINDS
from orders.models import (
    Diagnosis,
    DiagnosisState,
    Dispatch,
    DispatchLine,
    Order,
    OrderBuyer,
    OrderEvent,
    OrderException,
    OrderLine,
    Peer,
    Rung,
    Shipment,
    ShipmentLine,
    ShipStationOrder,
    Stage,
    SyncAttempt,
    SyncJob,
)
from orders.work_by import Clocks
from shipsync_site.lib import clock
from shipsync_site.lib.sealed import search_hash
from stores.models import (
    OperatingModel,
    RemoteAccount,
    RemoteCall,
    ShipStationAccount,
    Store,
    StoreState,
)

_numbers = itertools.count(1)

RECIPIENT: dict[str, Any] = {
    "name": "Ada Byron",
    "company": "",
    "line1": "12 St James's Square",
    "line2": "Flat 3",
    "line3": "",
    "city": "Winchcombe",
    "state": "",
    "postcode": "SW1Y 4JH",
    "country": "GB",
    "phone": "+44 20 7946 0018",
    "residential": True,
}


def next_number() -> int:
    """A number that no other row of this process has."""
    return next(_numbers)


def make_user(
    username: str = "",
    *,
    permissions: tuple[str, ...] = (),
    group: str = "",
    **fields: Any,
) -> User:
    """A user with exactly these permissions ('app.codename') or in this group."""
    user = get_user_model().objects.create_user(
        username=username or f"user{next_number()}",
        password="correct horse 12",
        **fields,
    )
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


def make_shipstation_account(**fields: Any) -> ShipStationAccount:
    """A ShipStation account on the sandbox."""
    number = next_number()
    defaults: dict[str, Any] = {
        "name": f"ShipStation {number}",
        "environment": "sandbox",
        "key_fingerprint": f"fp{number:014d}",
        "secrets": {"api_key": f"key{number}", "api_secret": "secret"},
        "stop_tag_id": 7001,
    }
    return ShipStationAccount.objects.create(**(defaults | fields))


def make_remote_account(**fields: Any) -> RemoteAccount:
    """An Amazon seller account on the sandbox."""
    number = next_number()
    defaults: dict[str, Any] = {
        "name": f"Amazon EU {number}",
        "environment": "sandbox",
        "marketplace": "amazon",
        "seller_id": f"SELLER{number}",
        "region": "eu",
        "app_id": "amzn1.sp.solution.test",
        "secrets": {
            "client_id": "client",
            "client_secret": "secret",
            "refresh_token": "Atzr|test",
        },
    }
    return RemoteAccount.objects.create(**(defaults | fields))


def make_store(*, model: dict[str, Any] | None = None, **fields: Any) -> Store:
    """A live orchestrated store with its accounts and operating model."""
    number = next_number()
    if "remote_account" not in fields:
        fields["remote_account"] = make_remote_account()
    if "shipstation_account" not in fields:
        fields["shipstation_account"] = make_shipstation_account()
    defaults: dict[str, Any] = {
        "slug": f"amazon-uk-{number}",
        "name": "Amazon UK",
        "remote_marketplace": "A1F83G8C2ARO7P",
        "shipstation_store_id": 9000 + number,
        "state": StoreState.LIVE,
        "last_pull_at": clock.now() - timedelta(minutes=2),
    }
    store = Store.objects.create(**(defaults | fields))
    OperatingModel.objects.create(store=store, version=1, **(model or {}))
    return store


def make_order(
    *,
    store: Store | None = None,
    lines: int | list[dict[str, Any]] = 1,
    recipient: dict[str, Any] | None = None,
    email: str = "ada.byron@marketplace.example",
    buyer: bool = True,
    **fields: Any,
) -> Order:
    """An open order with its lines and sealed buyer, imported a quarter ago."""
    number = next_number()
    now = clock.now()
    remote_id = fields.pop("remote_id", f"203-{number:07d}-{number:07d}")
    defaults: dict[str, Any] = {
        "store": store or make_store(),
        "remote_id": remote_id,
        "number": remote_id,
        "order_key": f"amz-{number}-{remote_id}"[:50],
        "status": "open",
        "raw_status": "UNSHIPPED",
        "ordered_at": now - timedelta(hours=2),
        "remote_updated_at": now - timedelta(minutes=20),
        "ship_by": now + timedelta(hours=26),
        "service_level": "STANDARD",
        "currency": "GBP",
        "total": Decimal("24.99"),
        "shipping_price": Decimal("3.50"),
        "country": "GB",
        "postcode_area": "SW1Y",
        "as_of": {"status": (now - timedelta(minutes=15)).isoformat()},
        "imported_at": now - timedelta(minutes=15),
        "seen_at": now - timedelta(minutes=3),
        "stage": Stage.TO_PUSH,
        "why": "Waits for the next push to ShipStation.",
        "payload_digest": "d" * 32,
    }
    order = Order.objects.create(**(defaults | fields))
    rows = [{} for _ in range(lines)] if isinstance(lines, int) else lines
    for position, row in enumerate(rows, start=1):
        make_line(order, position=position, **row)
    if buyer:
        make_buyer(order, recipient=recipient, email=email)
    return order


def make_line(order: Order, **fields: Any) -> OrderLine:
    """A line of an order."""
    number = next_number()
    defaults: dict[str, Any] = {
        "order": order,
        "remote_id": f"{number:014d}",
        "line_key": f"line-{number}",
        "sku": f"CAST-TEE-{number}",
        "title": "Cast iron teapot, 1.2 l",
        "quantity": 1,
        "quantity_fulfilled": 0,
        "unit_price": Decimal("21.49"),
        "tax": Decimal("3.58"),
        "position": number % 1000,
    }
    return OrderLine.objects.create(**(defaults | fields))


def make_buyer(
    order: Order,
    *,
    recipient: dict[str, Any] | None = None,
    email: str = "ada.byron@marketplace.example",
) -> OrderBuyer:
    """The sealed buyer of an order, with its search hashes."""
    address = RECIPIENT | (recipient or {})
    return OrderBuyer.objects.create(
        order=order,
        recipient=address,
        contact={"name": address["name"], "email": email},
        recipient_digest="r" * 32,
        name_hash=search_hash(address["name"]),
        email_hash=search_hash(email),
        postcode_hash=search_hash(address["postcode"]),
        purge_at=clock.now() + timedelta(days=30),
    )


def ship_to(recipient: dict[str, Any]) -> dict[str, Any]:
    """An address as ShipStation's v1 order carries it (shipTo)."""
    return {
        "name": recipient["name"],
        "company": recipient["company"],
        "street1": recipient["line1"],
        "street2": recipient["line2"],
        "street3": recipient["line3"],
        "city": recipient["city"],
        "state": recipient["state"],
        "postalCode": recipient["postcode"],
        "country": recipient["country"],
        "phone": recipient["phone"],
        "residential": recipient["residential"],
    }


def make_record(order: Order, **fields: Any) -> ShipStationOrder:
    """The ShipStation record that a push of this order made."""
    now = clock.now()
    number = next_number()
    defaults: dict[str, Any] = {
        "account": order.store.shipstation_account,
        "ss_order_id": 500_000 + number,
        "order": order,
        "order_key": order.order_key,
        "order_number": order.number,
        "status": "awaiting_shipment",
        "raw_status": "awaiting_shipment",
        "store_id": order.store.shipstation_store_id,
        "modify_date": "2026-11-22T03:15:00.1230000",
        "modified_at": now - timedelta(minutes=10),
        "created_at": now - timedelta(minutes=12),
        "address_verified": "ok",
        "lines": [
            {
                "item_id": 800 + line.pk,
                "line_key": line.line_key,
                "sku": line.sku,
                "quantity": line.quantity,
                "adjustment": False,
            }
            for line in order.lines.all()
        ],
        "as_of": now - timedelta(minutes=1),
        "body": {"shipTo": ship_to(RECIPIENT)},
        "written_digest": order.payload_digest,
        "written_status": "awaiting_shipment",
        "written_at": now - timedelta(minutes=12),
    }
    return ShipStationOrder.objects.create(**(defaults | fields))


def make_shipment(order: Order, *, lines: bool = True, **fields: Any) -> Shipment:
    """A label for the whole order."""
    now = clock.now()
    number = next_number()
    record = order.records.first()
    defaults: dict[str, Any] = {
        "account": order.store.shipstation_account,
        "source": "label",
        "remote_id": str(70_000 + number),
        "ss_order_id": record.ss_order_id if record else 0,
        "order_key": order.order_key,
        "order_number": order.number,
        "tracking_number": f"JD{number:018d}",
        "carrier_code": "royal_mail",
        "service_code": "rm_tracked_24",
        "ship_date": now.date(),
        "created_at": now - timedelta(minutes=30),
        "as_of": now - timedelta(minutes=1),
    }
    shipment = Shipment.objects.create(**(defaults | fields))
    if lines:
        ShipmentLine.objects.bulk_create(
            ShipmentLine(
                shipment=shipment,
                order_line=line,
                line_key=line.line_key,
                sku=line.sku,
                quantity=line.quantity,
            )
            for line in order.lines.all()
        )
    return shipment


def make_dispatch(
    order: Order,
    *,
    shipment: Shipment | None = None,
    rung: str = Rung.DUE,
    **fields: Any,
) -> Dispatch:
    """The order's share of a shipment, at a rung of the evidence ladder."""
    now = clock.now()
    shipment = shipment or make_shipment(order)
    times: dict[str, datetime] = {}
    ladder = ["sent", "accepted", "shipped", "read_back"]
    if rung in ladder:
        for place, name in enumerate(ladder[: ladder.index(rung) + 1]):
            times[f"{name}_at"] = now - timedelta(minutes=20 - 5 * place)
    defaults: dict[str, Any] = {
        "order": order,
        "shipment": shipment,
        "package_ref": order.dispatches.count() + 1,
        "rung": rung,
        "rung_at": now - timedelta(minutes=5),
        "as_of": now - timedelta(minutes=5),
        "sent_carrier": "Royal Mail" if times else "",
        "sent_tracking": shipment.tracking_number if times else "",
    }
    dispatch = Dispatch.objects.create(**(defaults | times | fields))
    DispatchLine.objects.bulk_create(
        DispatchLine(dispatch=dispatch, order_line=line, quantity=line.quantity)
        for line in order.lines.all()
    )
    return dispatch


def make_job(order: Order, *, peer: str = Peer.SHIPSTATION, **fields: Any) -> SyncJob:
    """The outbox row of an order towards a peer."""
    store = order.store
    account = (
        store.shipstation_account if peer == Peer.SHIPSTATION else store.remote_account
    )
    defaults: dict[str, Any] = {
        "order": order,
        "peer": peer,
        "account": account.key,
        "operation": "push" if peer == Peer.SHIPSTATION else "confirm",
        "due_at": clock.now(),
    }
    return SyncJob.objects.create(**(defaults | fields))


def make_call(account: str, **fields: Any) -> RemoteCall:
    """A finished remote call."""
    now = clock.now()
    defaults: dict[str, Any] = {
        "account": account,
        "operation": "createorders",
        "method": "POST",
        "path": "/orders/createorders",
        "started_at": now - timedelta(minutes=12),
        "finished_at": now - timedelta(minutes=12),
        "duration_ms": 412,
        "status": 200,
        "outcome": "ok",
        "request_id": f"req-{next_number():06d}",
    }
    return RemoteCall.objects.create(**(defaults | fields))


def make_attempt(
    order: Order,
    *,
    job: SyncJob | None = None,
    call: RemoteCall | None = None,
    **fields: Any,
) -> SyncAttempt:
    """An order's share of a call."""
    job = job or order.jobs.first() or make_job(order)
    call = call or make_call(job.account)
    defaults: dict[str, Any] = {
        "job": job,
        "call": call,
        "order": order,
        "operation": job.operation or "push",
        "payload_digest": order.payload_digest,
        "started_at": call.started_at,
        "finished_at": call.finished_at,
        "outcome": "ok",
    }
    return SyncAttempt.objects.create(**(defaults | fields))


def make_event(order: Order, text: str, **fields: Any) -> OrderEvent:
    """A line of the timeline."""
    defaults: dict[str, Any] = {
        "order": order,
        "at": clock.now(),
        "system": "us",
        "verb": "noted",
        "text": text,
    }
    return OrderEvent.objects.create(**(defaults | fields))


def make_case(
    order: Order | None = None, *, kind: str = "carrier_unmapped", **fields: Any
) -> OrderException:
    """A case of an order, owned by its kind's team and counted in its queue."""
    now = clock.now()
    if order is None and "scope" not in fields:
        order = make_order()
    defaults: dict[str, Any] = {
        "scope": f"order:{order.pk}" if order else "",
        "kind": kind,
        "cause": f"cause{next_number()}",
        "order": order,
        "store": order.store if order else None,
        "team": KINDS.get(kind).team,
        "summary": f"{KINDS.get(kind).label}: the summary of this case",
        "deadline": now + timedelta(hours=3),
        "opened_at": now - timedelta(minutes=40),
        "last_seen_at": now - timedelta(minutes=2),
    }
    case = OrderException(**(defaults | fields))
    describe(case, Clocks())
    moves = Moves()
    with transaction.atomic():
        moves.after([case])
        case.save()
        moves.save()
    return case


def make_diagnosis(store: Store, **fields: Any) -> Diagnosis:
    """One that ended with nothing counted."""
    fields.setdefault("state", DiagnosisState.DONE)
    fields.setdefault("phase", "count")
    fields.setdefault("total", 1000)
    fields.setdefault("result", {"read": 0, "calls": 8})
    return Diagnosis.objects.create(store=store, period_end=clock.now(), **fields)
