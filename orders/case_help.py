"""What a case's page says beyond its kind: what is asked for, whose mapping to change,
what was sent since it was decided and what it led to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from django.urls import reverse

from orders import timeline
from orders.carriers import mapping_of
from orders.exception_kinds import KINDS
from orders.models import (
    CaseState,
    Dispatch,
    Order,
    OrderException,
    OrderLine,
    Peer,
    Rung,
    ShipStationOrder,
    SyncAttempt,
    SyncJob,
    Verb,
)
from orders.payload_inputs import rules_for
from orders.skus import units_of
from orders.snapshot_rows import same_lines
from stores.models import Store

# Refusals of a confirmation that another carrier code or service may mend.
_CARRIER_CODES = frozenset(
    {"bad_carrier", "carrier_not_approved", "carrier_not_listed"}
)
_CARRIER_FIELDS = frozenset(
    {
        "carrierCode",
        "carrierName",
        "carrier_code",
        "shippingCarrierCode",
        "trackingNumber",
    }
)
_UNTOLD = (Rung.DUE, Rung.REFUSED)
# Which calls a word sets going; others of the order have causes of their own.
_LEADS_TO: dict[str, tuple[str, ...]] = {
    Verb.SHIP_ANYWAY: ("restore", "push", "confirm", "answer"),
    Verb.CANCEL: ("cancel",),
    Verb.KEEP: ("restore", "push", "confirm"),
    Verb.CONFIRM: ("confirm",),
    Verb.TAKE: ("accept",),
    Verb.REFUSE: ("accept",),
    Verb.CANCEL_MARKET: ("answer",),
    Verb.REJECT_REQUEST: ("answer",),
    Verb.VOID_LABEL: ("void",),
}
# Whom to ask for a way out that is not one's own.
_WHO = {
    "orders.decide_cancellation": "only CS and leads decide about cancellations",
    "orders.decide_acceptance": "only ops and leads accept and refuse orders",
    "orders.correct_address": "only CS and leads correct addresses",
    "orders.retry_sync": "only ops and leads send again",
    "orders.resolve_exception": "only ops, CS, finance and leads close cases",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierHint:
    """The mapping to add or change: ``url`` is its form, ``waiting`` counts parcels.

    Where a mapping that all stores share was refused for one of them, ``url`` adds one
    for that store alone and ``shared_url`` changes it for all.
    """

    carrier: str
    scope: str
    waiting: int
    url: str
    known: bool
    shared_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a decision set going: ``waits`` until ``outcome`` (an AttemptOutcome)."""

    text: str
    waits: bool
    outcome: str = ""
    detail: str = ""


def who_may(permission: str) -> str:
    """Whom to ask for an act that is not one's own."""
    return _WHO.get(permission, "ask a lead")


def covered(cases: Sequence[OrderException]) -> dict[int, str]:
    """Case key → what a cancellation asks for, in the buyer's and the order's words.

    One query for all; a case without an order or without lines is left out.
    """
    asking = [case for case in cases if case.order_id and case.context.get("lines")]
    if not asking:
        return {}
    lines: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.filter(
        order__in={case.order_id for case in asking if case.order_id}
    ).order_by("position", "pk"):
        lines.setdefault(line.order_id, []).append(line)
    found = {}
    for case in asking:
        every = lines.get(case.order_id or 0, [])
        text = _covered(case, every)
        if text:
            found[case.pk] = text
    return found


def _covered(case: OrderException, every: list[OrderLine]) -> str:
    ids = {str(line_id) for line_id in case.context["lines"]}
    asked = [line for line in every if line.remote_id in ids]
    if not asked:
        return ""
    whole = "the whole order" if len(asked) == len(every) else ""
    part = whole or f"{len(asked)} of {len(every)} lines"
    currency = case.order.currency if case.order else ""
    things = "; ".join(_line(line, currency) for line in asked[:3])
    if len(asked) > 3:
        things += f" and {len(asked) - 3} more"
    reasons = dict.fromkeys(line.cancel_reason for line in asked if line.cancel_reason)
    says = "Buyer's reason: " + ", ".join(f"‘{reason}’" for reason in reasons)
    return f"{part[0].upper()}{part[1:]}: {things}." + (f" {says}." if reasons else "")


def _line(line: OrderLine, currency: str) -> str:
    # Of a line that is cancelled whole, what was asked about: all of it.
    units = max(0, line.quantity - line.quantity_cancelled) or line.quantity
    text = f"{line.title or line.sku} × {units}"
    if line.unit_price is None:
        return text
    return f"{text}, {line.unit_price * units:,.2f} {currency}".rstrip()


def carrier_hint(case: OrderException) -> CarrierHint | None:
    """The carrier mapping that a case asks for, or that its refusal names."""
    if case.store is None:
        return None
    if case.kind == "carrier_unmapped" and case.context.get("carrier"):
        carrier = str(case.context["carrier"])
        service = str(case.context.get("service") or "")
        return CarrierHint(
            carrier=carrier,
            scope=case.store.name,
            waiting=waiting_parcels([case.store_id or 0], carrier, service),
            url=_new_mapping(case.store, carrier, service),
            known=False,
        )
    if case.kind != "confirm_refused" or not (
        case.context.get("code") in _CARRIER_CODES
        or case.context.get("field") in _CARRIER_FIELDS
    ):
        return None
    told = (
        Dispatch.objects.filter(order=case.order_id)
        .exclude(rung=Rung.WITHDRAWN)
        .select_related("shipment")
        .order_by("-rung_at", "-pk")
    )
    refused = told.filter(rung=Rung.REFUSED).first() or told.first()
    if refused is None:
        return None
    carrier = refused.shipment.carrier_code
    service = refused.shipment.service_code
    mapping = mapping_of(case.store, carrier, service)
    shared_url = ""
    if mapping is None:
        url = _new_mapping(case.store, carrier, service)
    elif mapping.store_id is None:
        url = _new_mapping(case.store, carrier, service, alone=True)
        shared_url = reverse("stores:carrier_edit", args=[mapping.pk])
    else:
        url = reverse("stores:carrier_edit", args=[mapping.pk])
        service = mapping.shipstation_service
    return CarrierHint(
        carrier=carrier,
        scope=case.store.name,
        waiting=waiting_parcels([case.store.pk], carrier, service),
        url=url,
        known=mapping is not None,
        shared_url=shared_url,
    )


def waiting_parcels(stores: Sequence[int], carrier: str, service: str = "") -> int:
    """Parcels of a carrier (and service) whose confirmation waits or was refused."""
    rows = Dispatch.objects.filter(
        order__store__in=stores,
        rung__in=_UNTOLD,
        shipment__carrier_code__iexact=carrier,
        shipment__voided=False,
    )
    if service:
        rows = rows.filter(shipment__service_code__iexact=service)
    return rows.count()


def _new_mapping(
    store: Store, carrier: str, service: str, *, alone: bool = False
) -> str:
    """The form of a new mapping, filled in; ``alone``: for this store only."""
    values = {
        "marketplace": store.remote_account.marketplace,
        "carrier": carrier,
        "service": service,
    }
    if alone:
        values["store"] = store.slug
    query = urlencode(values, quote_via=quote)
    return f"{reverse('stores:carrier_create')}?{query}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A ShipStation order that may be this one, beside what this one has."""

    ss_order_id: int
    number: str
    status: str
    lines: str
    same: bool
    created_at: datetime | None
    gone: bool


def candidates(case: OrderException) -> list[Candidate]:
    """The ShipStation orders among which a person chooses, the best fit first."""
    ids = [int(text) for text in case.context.get("records", [])]
    if case.order is None or case.state != CaseState.OPEN or not ids:
        return []
    lines = list(case.order.lines.prefetch_related("components"))
    book = rules_for([(case.order.store, lines)])[case.order.store_id]
    currency = case.order.currency
    packed = [x for line in lines for x in units_of(line, book, currency)]
    rows = ShipStationOrder.objects.filter(
        account=case.order.store.shipstation_account_id, ss_order_id__in=ids
    ).defer("body")
    found = [
        Candidate(
            ss_order_id=row.ss_order_id,
            number=row.order_number,
            status="gone" if row.gone_at else row.raw_status.replace("_", " "),
            lines="; ".join(
                f"{line.get('quantity')} × {line.get('sku') or '(no SKU)'}"
                for line in row.lines
                if not line.get("adjustment")
            )
            or "no lines",
            same=same_lines(row.lines, lines, packed),
            created_at=row.created_at,
            gone=row.gone_at is not None or row.status == "cancelled",
        )
        for row in rows
    ]
    return sorted(found, key=lambda row: (row.gone, not row.same, row.ss_order_id))


def sent_since(case: OrderException) -> Sent | None:
    """What went out, or is about to, since a person decided this case."""
    if case.order is None or case.resolved_at is None or case.resolved_by_id is None:
        return None
    operations = _operations(case)
    attempts = SyncAttempt.objects.filter(
        order=case.order, started_at__gte=case.resolved_at
    )
    if operations:
        attempts = attempts.filter(operation__in=operations)
    last = attempts.select_related("job", "call").order_by("-started_at", "-pk").first()
    waiting = pending(case.order, operations)
    if waiting:
        return Sent(text=waiting, waits=True)
    if last is None:
        return None
    entry = timeline.attempt_entry(last, case.order)
    return Sent(
        text=entry.text, waits=False, outcome=entry.outcome, detail=entry.detail
    )


def _operations(case: OrderException) -> tuple[str, ...]:
    """The calls that the answer to a case leads to, () for any."""
    if case.kind not in KINDS:
        return ()
    ways = {way.code: way.verb for way in KINDS.get(case.kind).resolutions}
    return _LEADS_TO.get(ways.get(case.resolution, ""), ())


def pending(order: Order, operations: Sequence[str] = ()) -> str:
    """The call of an order that is due now: 'Confirm dispatch to Amazon', '' for none.

    ``operations``: only of these kinds; () for any.
    """
    jobs = SyncJob.objects.filter(order=order, dirty=True, parked="")
    if operations:
        jobs = jobs.filter(operation__in=operations)
    job = jobs.exclude(operation="").order_by("due_at", "pk").first()
    if job is None:
        return ""
    word = timeline.operation_name(job.operation)
    if job.peer == Peer.SHIPSTATION:
        return f"{word} to ShipStation"
    return f"{word} to {order.store.remote_account.get_marketplace_display()}"


def followed(case: OrderException) -> list[OrderException]:
    """Cases of the same order that stand open since this one was decided."""
    if case.order_id is None or case.resolved_at is None or not case.resolved_by_id:
        return []
    return list(
        OrderException.objects.filter(
            order=case.order_id, state=CaseState.OPEN, opened_at__gte=case.resolved_at
        )
        .exclude(pk=case.pk)
        .select_related("assignee")
        .order_by("opened_at", "pk")
    )
