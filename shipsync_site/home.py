"""What the page 'Now' shows, read in a constant number of queries.

Lanes and hearts are real time, orders and quotas business time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.urls import reverse
from django.utils.http import urlencode

from orders.filters import at_risk
from orders.models import Order, Stage
from shipsync_site import headline, navigation
from shipsync_site.lib import clock
from shipsync_site.lib.tones import Tone, span
from shipsync_site.presentation import Mark, mark
from stores import budget_math
from stores.budget_math import BudgetState
from stores.models import (
    AccountState,
    Budget,
    Direction,
    Heartbeat,
    Lane,
    RemoteAccount,
    ShipStationAccount,
    Store,
    StoreState,
)

LATE_AFTER = timedelta(minutes=2)
SHOWN_STAGES = (
    Stage.WAITING,
    Stage.TO_PUSH,
    Stage.RELEASE,
    Stage.IN_SHIPSTATION,
    Stage.HELD,
    Stage.DISPATCHED,
    Stage.CONFIRMED,
    Stage.DONE,
    Stage.CANCELLED,
    Stage.NOT_OURS,
)
# What the calls of a quota group are for; a group without a word keeps its own.
QUOTA_LABELS = {
    "searchOrders": "Reading new and changed orders",
    "getOrder": "Reading one order",
    "confirmShipment": "Confirming dispatches",
    "sellers": "Testing the connection",
    "fulfillment": "Orders and confirmations",
    "notification": "Reading the keys of its notices",
    "v1": "All reads and writes",
    "notifications": "Setting up the queue",
    "createFeedDocument": "Confirming many at once: upload",
    "createFeed": "Confirming many at once: sending",
    "getFeed": "Confirming many at once: asking",
    "getFeedDocument": "Confirming many at once: the answer",
    "getOrderList": "Reading new and changed orders",
    "getOrderDetail": "Reading orders by number",
    "markPackageAsShipped": "Confirming dispatches",
    "updateShippingInfo": "Correcting tracking of an order",
    "updatePackageShippingInfo": "Correcting tracking of a parcel",
    "searchCancellations": "Reading cancellations",
    "getAftersaleEligibility": "Asking what may be cancelled",
    "approveCancellation": "Accepting a cancellation",
    "rejectCancellation": "Rejecting a cancellation",
    "cancelOrder": "Cancelling orders",
    "getRejectReasons": "List of reasons to reject",
    "getShippingProviders": "List of carriers",
    "getWarehouseDeliveryOptions": "List of delivery options",
    "getWarehouseList": "List of warehouses",
    "getAuthorizedShops": "Testing the connection",
    "getShopWebhooks": "Looking at the webhooks",
    "updateShopWebhook": "Telling our address",
    "OR11": "Reading new and changed orders",
    "OR11 pages": "Further pages of these",
    "A01": "Testing the connection",
    "SH21": "List of carriers, daily",
    "SH12": "List of shipping methods, daily",
    "AF01": "List of custom fields, daily",
    "RE01": "List of reasons, daily",
}
# Lists that are read once or twice a day: what is used up is as it should be.
DAILY_LISTS = frozenset({"SH21", "SH12", "AF01", "RE01"})
FLOW: tuple[tuple[str, tuple[Stage, ...]], ...] = (
    ("At the marketplace", (Stage.WAITING,)),
    ("shipsync", (Stage.TO_PUSH, Stage.RELEASE)),
    ("In ShipStation", (Stage.IN_SHIPSTATION, Stage.HELD)),
    ("Dispatched", (Stage.DISPATCHED,)),
    ("Confirmed", (Stage.CONFIRMED, Stage.DONE)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A number and the list that it counts."""

    stage: Mark
    count: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreRow:
    """One store: its orders by stage and when it was last read."""

    store: Store
    cells: tuple[Cell, ...]
    pull_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """An order with the address of its page."""

    order: Order
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowBox:
    """One station of the way, with its stages."""

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRow:
    """What is left of one quota group; ``clears`` says when there is more.

    ``label`` says what the calls are for, ``group`` is the API's own word.
    """

    label: str
    group: str
    left: int
    capacity: int
    clears: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetBlock:
    """One account: quota groups in use, and those of which half or more is left.

    Daily lists are among the latter whatever is left of them. ``key`` names the account.
    """

    key: str
    account: str
    rows: tuple[BudgetRow, ...]
    resting: tuple[BudgetRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRow:
    """One lane: when it last ran and how it stands."""

    account: str
    label: str
    last_run_at: datetime | None
    last_ok_at: datetime | None
    word: str
    tone: Tone
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """All of the page."""

    flow: tuple[FlowBox, ...]
    stages: tuple[Mark, ...]
    stores: tuple[StoreRow, ...]
    totals: tuple[Cell, ...]
    risk: headline.Headline
    urgent: tuple[OrderRow, ...]
    oldest: OrderRow | None
    last_pull_at: datetime | None
    teams: tuple[navigation.TeamCount, ...]
    budgets: tuple[BudgetBlock, ...]
    lanes: tuple[LaneRow, ...]
    heart_at: datetime | None
    heart_stale: bool


def load(heart_stale_after: float) -> Now:
    """Read everything; ``heart_stale_after`` is in real seconds."""
    stores = list(
        Store.objects.select_related("remote_account", "shipstation_account").order_by(
            "name"
        )
    )
    accounts = _accounts()
    names = {
        account.key: (account.name, account.state == AccountState.PAUSED)
        for account in accounts
    }
    counts = {
        (row["store"], row["stage"]): row["orders"]
        for row in Order.objects.values("store", "stage").annotate(orders=Count("pk"))
    }
    totals = tuple(
        _cell(stage, sum(counts.get((store.pk, stage), 0) for store in stores))
        for stage in SHOWN_STAGES
    )
    by_stage = dict(zip(SHOWN_STAGES, totals, strict=True))
    lanes = list(Lane.objects.order_by("account", "direction"))
    late_pulls = {
        lane.account
        for lane in lanes
        if lane.direction == Direction.PULL
        and _lane_tone(lane, paused=False)[1] in _BAD
    }
    unshipped = Order.objects.filter(at_risk(), stage__in=navigation.UNSHIPPED)
    oldest = unshipped.order_by("ordered_at").first()
    heart = Heartbeat.objects.order_by("-beat_at").first()
    stale = heart is None or clock.real_now() - heart.beat_at > timedelta(
        seconds=heart_stale_after
    )
    return Now(
        flow=tuple(
            FlowBox(label=label, cells=tuple(by_stage[stage] for stage in stages))
            for label, stages in FLOW
        ),
        stages=tuple(mark("stage", stage) for stage in SHOWN_STAGES),
        stores=tuple(
            StoreRow(
                store=store,
                cells=tuple(
                    _cell(stage, counts.get((store.pk, stage), 0), store.slug)
                    for stage in SHOWN_STAGES
                ),
                pull_late=store.state == StoreState.LIVE
                and store.remote_account.key in late_pulls,
            )
            for store in stores
        ),
        totals=totals,
        risk=headline.load(stores, accounts),
        urgent=tuple(
            _order_row(order)
            for order in unshipped.filter(ship_by__isnull=False)
            .exclude(stage=Stage.HELD)
            .select_related("store")
            .order_by("ship_by")[:8]
        ),
        oldest=_order_row(oldest) if oldest else None,
        last_pull_at=max(
            (store.last_pull_at for store in stores if store.last_pull_at), default=None
        ),
        teams=tuple(navigation.team_counts()),
        budgets=_budgets(names),
        lanes=tuple(
            # Our own beat is a lane of no account: the heart above speaks for it.
            _lane_row(lane, names)
            for lane in lanes
            if lane.account in names
        ),
        heart_at=heart.beat_at if heart else None,
        heart_stale=stale,
    )


def _cell(stage: Stage, count: int, store: str = "") -> Cell:
    query = {"store": store, "stage": stage.value} if store else {"stage": stage.value}
    return Cell(
        stage=mark("stage", stage),
        count=count,
        url=f"{reverse('orders:list')}?{urlencode(query)}",
    )


def _order_row(order: Order) -> OrderRow:
    return OrderRow(order=order, url=reverse("orders:detail", args=[order.pk]))


def _accounts() -> list[RemoteAccount | ShipStationAccount]:
    """All accounts; their secrets stay where they are."""
    return [
        account
        for model in (RemoteAccount, ShipStationAccount)
        for account in model.objects.only(
            "pk", "name", "state", "pause_reason", "check_outcome", "check_sentence"
        ).order_by("name")
    ]


def _budgets(names: dict[str, tuple[str, bool]]) -> tuple[BudgetBlock, ...]:
    now = clock.timestamp()
    blocks: dict[str, list[BudgetRow]] = {}
    for row in Budget.objects.order_by("account", "group"):
        state = BudgetState(
            capacity=row.capacity,
            tokens=row.tokens,
            at=row.at,
            rate=row.rate,
            period=row.period,
            resets_at=row.resets_at,
            blocked_until=row.blocked_until,
            reserve=row.reserve,
        )
        left = max(0.0, budget_math.available(state, now))
        clears, tone = "", Tone.FINE
        if now < row.blocked_until:
            left, tone = 0.0, Tone.SOON
            clears = f"blocked for {span(timedelta(seconds=row.blocked_until - now))}"
        elif row.period > 0 and now < row.resets_at:
            clears = f"new window in {span(timedelta(seconds=row.resets_at - now))}"
        elif row.rate > 0 and left < row.capacity:
            full = timedelta(seconds=(row.capacity - left) / row.rate)
            clears = f"full in {span(full)}"
        if left < 1:
            tone = Tone.SOON
        if row.group in DAILY_LISTS:
            tone = Tone.PLAIN
        blocks.setdefault(row.account, []).append(
            BudgetRow(
                label=QUOTA_LABELS.get(row.group, row.group),
                group=row.group,
                left=int(left),
                capacity=int(row.capacity),
                clears=clears,
                tone=tone,
            )
        )
    return tuple(
        BudgetBlock(
            key=key,
            account=names.get(key, (key, False))[0],
            rows=tuple(row for row in rows if not _rests(row)),
            resting=tuple(row for row in rows if _rests(row)),
        )
        for key, rows in blocks.items()
    )


def _rests(row: BudgetRow) -> bool:
    if row.group in DAILY_LISTS:
        return True
    return row.tone == Tone.FINE and row.left * 2 >= row.capacity


_BAD = (Tone.BREACH, Tone.SOON)


def _lane_tone(lane: Lane, *, paused: bool) -> tuple[str, Tone]:
    now = clock.real_now()
    if paused:
        return "paused", Tone.SOON
    if lane.lease_id and lane.lease_until:
        if lane.lease_until < now:
            return "its process died", Tone.SOON
        return "running", Tone.INFO
    if lane.due_at and lane.due_at < now - LATE_AFTER:
        return f"late by {span(now - lane.due_at)}", Tone.BREACH
    if lane.failures:
        return f"failed {lane.failures}×", Tone.SOON
    if lane.last_run_at is None:
        return "not run yet", Tone.PLAIN
    return "up", Tone.FINE


def _lane_row(lane: Lane, names: dict[str, tuple[str, bool]]) -> LaneRow:
    name, paused = names.get(lane.account, (lane.account, False))
    word, tone = _lane_tone(lane, paused=paused)
    return LaneRow(
        account=name,
        label=lane.get_direction_display(),
        last_run_at=lane.last_run_at,
        last_ok_at=lane.last_ok_at,
        word=word,
        tone=tone,
        error=lane.last_error if lane.failures else "",
    )
