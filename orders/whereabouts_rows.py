"""What 'where is my order?' is answered from, out of our rows; and who is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from orders import selectors
from orders.exception_kinds import Team
from orders.filters import TEAM_LABELS, matches_id
from orders.models import (
    CaseState,
    Dispatch,
    FollowUp,
    FollowUpKind,
    FollowUpState,
    Order,
    Rung,
    Shipment,
    ShortPick,
)
from orders.tracking_links import tracking_link
from orders.whereabouts_facts import Asked, Parcel, Refund, Waiting
from shipsync_site.lib import clock
from stores.connectors import CONNECTORS
from stores.models import CarrierMapping

# More than these are no answer: the orders list has them.
MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that happened to an order; ``system`` is whose word it is."""

    at: datetime
    system: str
    text: str


def found(query: str) -> QuerySet[Order]:
    """Orders with this number, id, tracking number, key or SKU; newest first."""
    return _rows(Order.objects.filter(matches_id(query)))


def of_buyer(hashed: str) -> QuerySet[Order]:
    """Orders of a buyer, by the keyed hash of a name, an e-mail or a postcode."""
    return _rows(
        Order.objects.filter(
            Q(buyer__name_hash=hashed)
            | Q(buyer__email_hash=hashed)
            | Q(buyer__postcode_hash=hashed)
        )
    )


def _rows(orders: QuerySet[Order]) -> QuerySet[Order]:
    rows = orders.select_related("store__remote_account").order_by("-ordered_at", "-pk")
    return rows.defer("store__remote_account__secrets")


def asked_of(order: Order) -> Asked:
    """All that the answer is made from; ``order`` as selectors.order_detail loads it."""
    market = CONNECTORS.get(order.store.remote_account.marketplace).label
    lines = list(order.lines.all())
    shipments = [
        row
        for row in selectors.shipments_of(order)
        if not (row.is_return or row.is_test)
    ]
    wanted = sum(max(0, line.quantity - line.quantity_cancelled) for line in lines)
    return Asked(
        number=order.number,
        marketplace=market,
        now=clock.now(),
        ordered_at=order.ordered_at,
        status=order.status,
        stage=order.stage,
        why=order.why,
        not_ours=bool(order.not_ours),
        ship_by=order.ship_by,
        deliver_by=order.deliver_by,
        cancel=_cancel(order, wanted),
        units=wanted,
        parcels=_parcels(order, [row for row in shipments if not row.voided]),
        cases=_cases(order),
        short=_short(order),
        refund=_refund(order),
        voided=any(row.voided for row in shipments),
    )


def steps_of(order: Order, asked: Asked) -> list[Step]:
    """What happened, in a line each: placed, in ShipStation, labelled, told, ended."""
    market = order.store.remote_account.marketplace
    steps = [Step(at=order.ordered_at, system=market, text="Placed by the buyer")]
    steps += [
        Step(at=record.created_at, system="shipstation", text="In ShipStation")
        for record in order.records.all()
        if record.created_at is not None
    ]
    steps += [
        Step(
            at=parcel.labelled_at,
            system="shipstation",
            text=f"Label bought: {parcel.carrier} {parcel.number}".rstrip(),
        )
        for parcel in asked.parcels
    ]
    steps += [
        Step(
            at=row.accepted_at, system=market, text=f"Told of parcel {row.package_ref}"
        )
        for row in order.dispatches.all()
        if row.accepted_at is not None
    ]
    verbs = ("cancel_requested", "cancel_withdrawn", "line_cancelled")
    steps += [
        Step(at=event.happened or event.at, system=market, text=event.text)
        for event in order.events.filter(verb__in=verbs).order_by("-at")[:3]
    ]
    if order.closed_at is not None and order.stage == "cancelled":
        steps.append(Step(at=order.closed_at, system="us", text=order.why))
    return sorted(steps, key=lambda step: step.at)


def _cancel(order: Order, wanted: int) -> str:
    lines = list(order.lines.all())
    if order.status == "cancelled" or (lines and not wanted):
        return "cancelled"
    # Stopped here, and not yet cancelled at the marketplace: promised to nobody.
    asked = any(line.cancel_requested for line in lines)
    return "asked" if asked or order.stage == "cancelled" else ""


def _parcels(order: Order, shipments: Sequence[Shipment]) -> tuple[Parcel, ...]:
    told = {row.shipment_id: row for row in order.dispatches.all()}
    others = _others(order, shipments)
    names = dict(
        CarrierMapping.objects.filter(
            marketplace=order.store.remote_account.marketplace
        ).values_list("shipstation_carrier", "carrier_name")
    )
    return tuple(
        Parcel(
            carrier=names.get(row.carrier_code) or _plain(row.carrier_code),
            number=row.tracking_number,
            link=tracking_link(row.carrier_code, row.tracking_number),
            labelled_at=row.created_at,
            ship_date=row.ship_date,
            told=_is_told(told.get(row.pk)) or bool(row.notified),
            units=_units(told.get(row.pk)),
            others=tuple(others.get(row.pk, ())),
        )
        for row in shipments
    )


def _others(order: Order, shipments: Sequence[Shipment]) -> dict[int, list[str]]:
    """Numbers of the same buyer's orders in these parcels; no other buyer is named."""
    buyer = getattr(order, "buyer", None)
    if buyer is None or not buyer.email_hash or not shipments:
        return {}
    rows = (
        Dispatch.objects.filter(
            shipment__in=shipments, order__buyer__email_hash=buyer.email_hash
        )
        .exclude(order=order)
        .exclude(rung=Rung.WITHDRAWN)
    )
    numbers: dict[int, list[str]] = {}
    for shipment, number in rows.values_list("shipment", "order__number"):
        numbers.setdefault(shipment, []).append(number)
    return numbers


def _is_told(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and dispatch.rung in (
        Rung.ACCEPTED,
        Rung.SHIPPED,
        Rung.READ_BACK,
    )


def _units(dispatch: Dispatch | None) -> int | None:
    if dispatch is None:
        return None
    return sum(line.quantity for line in dispatch.lines.all())


def _cases(order: Order) -> tuple[Waiting, ...]:
    return tuple(
        Waiting(
            kind=case.kind,
            label=selectors.kind_label(case),
            team=TEAM_LABELS[Team(case.team)],
            deadline=case.deadline,
            case=case.pk,
        )
        for case in order.cases.all()
        if case.state == CaseState.OPEN
    )


def _short(order: Order) -> tuple[str, ...]:
    rows = ShortPick.objects.filter(order=order, cleared_at=None)
    return tuple(rows.order_by("sku").values_list("sku", flat=True))


def _refund(order: Order) -> Refund | None:
    row = (
        FollowUp.objects.filter(order=order, kind=FollowUpKind.REFUND)
        .exclude(state=FollowUpState.DROPPED)
        .order_by("-created_at", "-pk")
        .first()
    )
    if row is None:
        return None
    return Refund(
        done=row.state == FollowUpState.DONE,
        by_marketplace=row.whose == "marketplace",
        due=row.due,
    )


def _plain(code: str) -> str:
    """'royal_mail' as people write it, where no mapping names it."""
    return code.replace("_", " ").title() or "A carrier"
