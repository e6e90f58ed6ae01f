"""What counts for a seller's standards, as queries over our own rows.

Nothing is read one by one: each figure is one query. Dates of orders bound each of them,
so that a store's index by date serves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from orders.models import (
    Decision,
    Dispatch,
    Order,
    OrderException,
    OrderLine,
    Rung,
    Stage,
    Verb,
)
from stores.models import Store
from stores.remote_standards import Counts, Standard
from stores.remote_types import RemoteStatus

# An order's ship-by lies at most so long after it was placed.
HANDLING = timedelta(days=90)
# A dispatch of which the marketplace was told, or that it shows.
TOLD = (Rung.ACCEPTED, Rung.SHIPPED, Rung.READ_BACK)
# Stages in which the marketplace was not told of everything yet.
NOT_TOLD = (
    *(Stage.WAITING, Stage.TO_PUSH, Stage.RELEASE, Stage.IN_SHIPSTATION),
    *(Stage.HELD, Stage.DISPATCHED),
)
# Nothing is to be shipped of them yet.
NOT_YET = (RemoteStatus.PENDING, RemoteStatus.WAITING_ACCEPTANCE)
# A case of these kinds proves that the buyer asked.
ASKED = ("cancel_requested", "answer_cancellation", "answer_refused")
REFUSED = "REFUSED"
INVALID = "tracking INVALID"

Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which days count: from ``since`` on, up to now."""

    since: datetime
    now: datetime
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The rows behind a rate: ``bad`` and ``whole`` are orders, or dispatches.

    ``unclear`` are those of which our rows don't tell, counted as good; None: there is
    no such doubt.
    """

    whole: Rows
    bad: Rows
    unclear: Rows | None = None


def ours(store: Store) -> QuerySet[Order]:
    """The store's orders that are the seller's to ship."""
    return Order.objects.filter(store=store, not_ours="")


def window_of(standard: Standard, store: Store, now: datetime) -> Window:
    """The days that count now; a store with few orders is judged over the longer span."""
    span = standard.window
    if standard.longer is not None:
        since = now - span
        recent = ours(store).filter(ordered_at__gte=since, ordered_at__lt=now)
        if recent[: standard.from_orders].count() < standard.from_orders:
            span = standard.longer
    return Window(since=now - span, now=now, days=span // timedelta(days=1))


def counted(standard: Standard, store: Store, window: Window) -> Counted:
    """The rows of a rate."""
    return _WAYS[standard.counts](standard, store, window)


def grows(standard: Standard) -> bool:
    """Whether one more bad one is one more of the whole: it is in neither now."""
    return standard.counts in (Counts.LATE, Counts.TRACKED)


def _told_in_time() -> Exists:
    """Of a Dispatch: whether its very parcel was told by ship-by and corrected later."""
    return Exists(
        Dispatch.objects.filter(
            order=OuterRef("order"),
            package_ref=OuterRef("package_ref"),
            accepted_at__lte=OuterRef("order__ship_by"),
        )
    )


def _told() -> QuerySet[Dispatch]:
    return Dispatch.objects.filter(order=OuterRef("pk"), rung__in=TOLD)


def _surely_late() -> Q:
    """Of a Dispatch: told after ship-by, or its label was made after it.

    What ShipStation's own connection told has no time of ours but that of the label and
    that of our seeing it.
    """
    ship_by = F("order__ship_by")
    return Q(accepted_at__gt=ship_by) | Q(
        accepted_at__isnull=True, shipment__created_at__gt=ship_by
    )


def _surely_in_time() -> Q:
    ship_by = F("order__ship_by")
    return (
        Q(accepted_at__lte=ship_by)
        | Q(shipped_at__lte=ship_by)
        | Q(read_back_at__lte=ship_by)
    )


def _late(standard: Standard, store: Store, window: Window) -> Counted:
    due = (
        ours(store)
        .filter(
            ordered_at__gte=window.since - HANDLING,
            ship_by__gte=window.since,
            ship_by__lt=window.now,
        )
        .exclude(status__in=[RemoteStatus.CANCELLED, *NOT_YET])
    )
    # Lists of ids, made once: PostgreSQL would ask an EXISTS under an OR row by row.
    parcels = Dispatch.objects.filter(
        order__store=store,
        order__ship_by__gte=window.since,
        order__ship_by__lt=window.now,
        order__ordered_at__gte=window.since - HANDLING,
        rung__in=TOLD,
    )
    late = parcels.filter(_surely_late()).exclude(_told_in_time())
    known = parcels.filter(_surely_late() | _surely_in_time())
    overdue = Q(stage__in=NOT_TOLD)
    return Counted(
        whole=due,
        bad=due.filter(overdue | Q(pk__in=late.values("order"))),
        # Shipped, but not through us: when it was told stands nowhere.
        unclear=due.exclude(overdue).exclude(pk__in=known.values("order")),
    )


def _cancelled(standard: Standard, store: Store, window: Window) -> Counted:
    placed = ours(store).filter(ordered_at__gte=window.since, ordered_at__lt=window.now)
    # What was never taken is a refusal, which has a rate of its own.
    gone = placed.filter(status=RemoteStatus.CANCELLED).exclude(
        raw_status__startswith=REFUSED
    )
    decided = Decision.objects.filter(order=OuterRef("pk"), verb=Verb.CANCEL_MARKET)
    blamed = decided.exclude(choice="").exclude(choice__in=standard.innocent)
    lines = OrderLine.objects.filter(order=OuterRef("pk"), cancel_requested=True)
    cases = OrderException.objects.filter(order=OuterRef("pk"), kind__in=ASKED)
    asked = Q(Exists(lines)) | Q(Exists(cases))
    seller = Q(Exists(blamed)) | (~asked & Q(Exists(decided.filter(choice=""))))
    if standard.gives_up_after is not None:
        seller |= ~asked & Q(
            ~Exists(_told()),
            remote_updated_at__gt=F("ship_by") + standard.gives_up_after,
        )
    innocent = asked | Q(Exists(decided.filter(choice__in=standard.innocent)))
    return Counted(
        whole=placed.exclude(status=RemoteStatus.PENDING),
        bad=gone.filter(seller),
        unclear=gone.exclude(innocent).exclude(seller),
    )


def _refused(standard: Standard, store: Store, window: Window) -> Counted:
    placed = ours(store).filter(ordered_at__gte=window.since, ordered_at__lt=window.now)
    return Counted(whole=placed, bad=placed.filter(raw_status__startswith=REFUSED))


def _tracked(standard: Standard, store: Store, window: Window) -> Counted:
    within = {"gte": window.since, "lt": window.now}
    told = Dispatch.objects.filter(
        Q(**{f"accepted_at__{end}": at for end, at in within.items()})
        | Q(
            accepted_at__isnull=True,
            **{f"shipped_at__{end}": at for end, at in within.items()},
        ),
        order__store=store,
        order__not_ours="",
        rung__in=TOLD,
    ).annotate(carrier=Lower("sent_carrier"))
    return Counted(
        whole=told,
        bad=told.filter(
            Q(sent_tracking="", shipment__tracking_number="")
            | Q(carrier__in=standard.untracked)
            | Q(order__raw_status__contains=INVALID)
        ),
    )


_WAYS = {
    Counts.LATE: _late,
    Counts.CANCELLED: _cancelled,
    Counts.REFUSED: _refused,
    Counts.TRACKED: _tracked,
}
