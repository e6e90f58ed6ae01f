"""Another carrier service for orders whose carrier is in trouble, on a person's word.

The service is the warehouse's own (DESIGN, 'What a push may overwrite'): it is written
once, over the record as read, and is the warehouse's again from then on. Each order is a
decision of its own with its own result.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Count

from orders.case_locks import InvalidActError, require
from orders.due import look_soon
from orders.models import (
    Decision,
    Order,
    OrderEvent,
    OrderException,
    Shipment,
    ShipStationOrder,
    Verb,
)
from orders.reconsider import CHUNK, reconsider
from shipsync_site.lib import bulk, clock
from stores.models import ShipStationAccount, StoreMode, StoreState

logger = logging.getLogger(__name__)

PERMISSION = "orders.retry_sync"
# Between two transactions SQLite lets other writers in.
PAUSE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What would become of one order; ``problem`` says why it stays as it is."""

    order: Order
    record: ShipStationOrder
    before: str
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How far a change came: ``state`` is written, waits, left or done otherwise."""

    order: Order
    choice: str
    by: str
    text: str
    tone: str


def services_of(account: ShipStationAccount, carrier: str) -> list[tuple[str, str]]:
    """('carrier:service', words) of what labels went with of late, most used first.

    Of other carriers than the one in trouble.
    """
    rows = (
        Shipment.objects.filter(account=account, source="label", is_return=False)
        .exclude(carrier_code__in=("", carrier))
        .exclude(service_code="")
        .order_by()
        .values_list("carrier_code", "service_code")
        .annotate(labels=Count("pk"))
        .order_by("-labels", "carrier_code", "service_code")[:40]
    )
    return [
        (
            f"{code}:{service}",
            f"{code}, {service} ({labels:,} label{'s'[: labels != 1]})",
        )
        for code, service, labels in rows
    ]


def preview(
    account: ShipStationAccount, order_ids: Iterable[int], choice: str
) -> list[Change]:
    """What a change would do to each of these orders. Reads only."""
    records = (
        ShipStationOrder.objects.filter(account=account, order__in=list(order_ids))
        .select_related("order__store", "order__buyer")
        .defer("body")
        .order_by("order__ship_by", "pk")
    )
    newest: dict[int, ShipStationOrder] = {}
    for record in records:
        if record.order_id is not None and record.gone_at is None:
            newest[record.order_id] = record
    return [
        Change(
            order=record.order,
            record=record,
            before=_service(record),
            problem=refusal(record.order, record, choice),
        )
        for record in newest.values()
        if record.order is not None
    ]


def refusal(order: Order, record: ShipStationOrder, choice: str) -> str:
    """Why an order's service can't be changed from here; '' if it can."""
    if record.status != "awaiting_shipment":
        return f"ShipStation says {record.status.replace('_', ' ')}"
    if record.adopted or order.store.mode == StoreMode.DIRECT:
        return "shipsync did not make it: change it in ShipStation"
    if record.merged_or_split or record.merged_ids or record.parent_id:
        return "combined or split: change it in ShipStation"
    if order.store.state != StoreState.LIVE:
        return f"its store is {order.store.state}: nothing is written"
    buyer = getattr(order, "buyer", None)
    if buyer is None or buyer.purged_at is not None:
        return "its buyer's data is gone: the record can't be written anew"
    if choice == _service(record):
        return "has this service already"
    if choice == order.service_choice:
        return "was given this service before: from then on it is the warehouse's"
    return ""


def change(
    case: OrderException,
    account: ShipStationAccount,
    order_ids: Sequence[int],
    choice: str,
    reason: str,
    by: User,
) -> int:
    """Have these orders shipped by another service; how many will be written.

    Orders that can't be changed are left out, as the preview says. Raises
    InvalidActError for a service that no label went with or without a reason,
    NotAllowedError.
    """
    require(by, PERMISSION)
    if choice not in dict(services_of(account, case.cause)):
        raise InvalidActError("Choose a service that labels were bought with here.")
    if not reason.strip():
        raise InvalidActError("Say why, in a few words.")
    changed, ids = 0, sorted(set(order_ids))
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        with transaction.atomic():
            done = _change(case, account, part, choice, reason.strip(), by)
        reconsider(done)
        changed += len(done)
        if connection.vendor == "sqlite":
            time.sleep(PAUSE)
    logger.info("service changed case=%s by=%s orders=%s", case.pk, by.pk, changed)
    return changed


def results(case: OrderException) -> list[Result]:
    """What became of every order that was changed from this case, newest first."""
    words = (
        Decision.objects.filter(case=case, verb=Verb.USE_SERVICE)
        .select_related("order")
        .order_by("-at", "-pk")
    )
    latest: dict[int, Decision] = {}
    for word in words:
        latest.setdefault(word.order_id, word)
    records: dict[int | None, ShipStationOrder] = {
        record.order_id: record
        for record in ShipStationOrder.objects.filter(order__in=latest, gone_at=None)
        .defer("body")
        .order_by("pk")
    }
    return [_result(word, records.get(word.order_id)) for word in latest.values()]


def _change(
    case: OrderException,
    account: ShipStationAccount,
    ids: Sequence[int],
    choice: str,
    reason: str,
    by: User,
) -> list[int]:
    """Note the change of one chunk, with its orders locked; which were changed."""
    rows = {
        order.pk: order
        for order in Order.objects.select_for_update(of=("self",))
        .filter(pk__in=ids, store__shipstation_account=account)
        .order_by("pk")
    }
    good = [x for x in preview(account, rows, choice) if not x.problem]
    now, changed = clock.now(), []
    for each in good:
        order = rows[each.order.pk]
        order.service_choice, order.payload_stale = choice, True
        changed.append(order)
    if not changed:
        return []
    bulk.save(changed, ("service_choice", "payload_stale"))
    Decision.objects.bulk_create(
        Decision(
            order=order,
            case=case,
            verb=Verb.USE_SERVICE,
            cause=case.cause,
            choice=choice,
            reason=reason,
            by=by,
            by_name=by.get_username(),
            at=now,
        )
        for order in changed
    )
    OrderEvent.objects.bulk_create(
        OrderEvent(
            order=each.order,
            at=now,
            system="you",
            verb="service_chosen",
            text=f"Ship by {choice.replace(':', ', ')} instead of {each.before}: {reason}"[
                :500
            ],
            data={"kind": case.kind, "choice": choice, "case": case.pk},
            actor=by,
        )
        for each in good
    )
    ids = [order.pk for order in changed]
    look_soon(ids)
    return ids


def _result(word: Decision, record: ShipStationOrder | None) -> Result:
    text, tone = "waits to be written", "info"
    if record is None:
        text, tone = "is not in ShipStation any more", "plain"
    elif record.status == "shipped":
        text, tone = "has its label", "fine"
    elif record.written_service == word.choice:
        text, tone = "written to ShipStation", "fine"
        if _service(record) == word.choice:
            text = "written, and read back from ShipStation"
    elif record.status != "awaiting_shipment":
        text, tone = f"ShipStation says {record.status.replace('_', ' ')}", "soon"
    return Result(
        order=word.order, choice=word.choice, by=word.by_name, text=text, tone=tone
    )


def _service(record: ShipStationOrder) -> str:
    """'carrier:service' as the record has it, '' where nothing is chosen."""
    if not record.carrier_code:
        return ""
    return f"{record.carrier_code}:{record.service_code}"
