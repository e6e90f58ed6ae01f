"""Rate budgets: what is left, who uses it, what waits for it, and when there is more."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count

from orders.models import SyncJob
from shipsync_site.home.quota_words import DAILY_LISTS, QUOTA_LABELS
from shipsync_site.lib import clock
from shipsync_site.lib.tones import Tone, span
from stores import budget_math
from stores.budget_math import BudgetState
from stores.models import Budget, RemoteCall

# Who used an account: its calls of so long.
USED_WITHIN = timedelta(hours=1)
USERS_SHOWN = 4


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
    ``used_by``: operations and their calls of the last hour, the most first. ``waits``:
    writes that are due and not sent.
    """

    key: str
    account: str
    rows: tuple[BudgetRow, ...]
    resting: tuple[BudgetRow, ...]
    used_by: tuple[tuple[str, int], ...] = ()
    waits: int = 0


def load(names: Mapping[str, tuple[str, bool]]) -> tuple[BudgetBlock, ...]:
    """Every account that has called; three queries."""
    now = clock.timestamp()
    rows: dict[str, list[BudgetRow]] = {}
    for budget in Budget.objects.order_by("account", "group"):
        rows.setdefault(budget.account, []).append(_row(budget, now))
    used, waits = _used(list(rows)), _waiting()
    return tuple(
        BudgetBlock(
            key=key,
            account=names.get(key, (key, False))[0],
            rows=tuple(row for row in found if not _rests(row)),
            resting=tuple(row for row in found if _rests(row)),
            used_by=used.get(key, ()),
            waits=waits[key],
        )
        for key, found in rows.items()
    )


def _row(budget: Budget, now: float) -> BudgetRow:
    state = BudgetState(
        capacity=budget.capacity,
        tokens=budget.tokens,
        at=budget.at,
        rate=budget.rate,
        period=budget.period,
        resets_at=budget.resets_at,
        blocked_until=budget.blocked_until,
        reserve=budget.reserve,
    )
    left = max(0.0, budget_math.available(state, now))
    clears, tone = "", Tone.FINE
    if now < budget.blocked_until:
        left, tone = 0.0, Tone.SOON
        clears = f"blocked for {span(timedelta(seconds=budget.blocked_until - now))}"
    elif budget.period > 0 and now < budget.resets_at:
        clears = f"new window in {span(timedelta(seconds=budget.resets_at - now))}"
    elif budget.rate > 0 and left < budget.capacity:
        full = timedelta(seconds=(budget.capacity - left) / budget.rate)
        clears = f"full in {span(full)}"
    if left < 1:
        tone = Tone.SOON
    if budget.group in DAILY_LISTS:
        tone = Tone.PLAIN
    return BudgetRow(
        label=QUOTA_LABELS.get(budget.group, budget.group),
        group=budget.group,
        left=int(left),
        capacity=int(budget.capacity),
        clears=clears,
        tone=tone,
    )


def _rests(row: BudgetRow) -> bool:
    if row.group in DAILY_LISTS:
        return True
    return row.tone == Tone.FINE and row.left * 2 >= row.capacity


def _used(accounts: list[str]) -> dict[str, tuple[tuple[str, int], ...]]:
    """By account, which operations called in the last hour, and how often."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    calls = RemoteCall.objects.filter(
        account__in=accounts, started_at__gt=clock.now() - USED_WITHIN
    )
    for account, operation, number in (
        calls.order_by().values_list("account", "operation").annotate(Count("pk"))
    ):
        counted[account][QUOTA_LABELS.get(operation, _plain(operation))] += number
    return {key: tuple(c.most_common(USERS_SHOWN)) for key, c in counted.items()}


def _plain(operation: str) -> str:
    return operation.replace("_", " ")


def _waiting() -> Counter[str]:
    """By account, jobs that are due and have not been taken; an index of such."""
    rows = (
        SyncJob.objects.filter(dirty=True, parked="", due_at__lte=clock.now())
        .order_by()
        .values_list("account")
        .annotate(Count("pk"))
    )
    return Counter(dict(rows))
