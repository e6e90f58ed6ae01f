"""Quotas of accounts, shared by every process through one row per group.

The formula is that of :mod:`stores.budget_math`; :func:`take` does it inside one
UPDATE, so that processes can't take the same token. Times are business time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from django.db import connection, transaction

from shipsync_site.lib import clock
from stores import budget_math
from stores.budget_math import (
    EPSILON,
    GUARD,
    GUARD_SHARE,
    SLACK,
    TAIL_SHARE,
    BudgetState,
)
from stores.errors import ThrottledError
from stores.models import Budget
from stores.remote_types import BudgetSpec

# A refused taker looks again after at least this long: rows move between two looks.
MIN_WAIT = 0.05

_FIELDS = (
    "capacity",
    "tokens",
    "at",
    "rate",
    "period",
    "resets_at",
    "blocked_until",
    "reserve",
)

_AVAILABLE = f"""CASE
  WHEN period > 0 THEN CASE
    WHEN %(now)s >= resets_at THEN capacity
    WHEN %(now)s >= resets_at - CASE WHEN period * {GUARD_SHARE} < {GUARD}
                                THEN period * {GUARD_SHARE} ELSE {GUARD} END THEN 0
    ELSE tokens END
  WHEN %(now)s <= at THEN CASE WHEN tokens < capacity THEN tokens ELSE capacity END
  WHEN tokens + rate * (%(now)s - at) < capacity THEN tokens + rate * (%(now)s - at)
  ELSE capacity END"""

_RESERVED = f"""CASE
  WHEN %(urgent)s = 1 THEN 0
  WHEN period > 0 AND %(now)s >= resets_at - period * {TAIL_SHARE}
                  AND %(now)s < resets_at THEN 0
  ELSE reserve END"""

# Only constants of ours go into the text; every value is a parameter.
_TAKE = f"""
UPDATE stores_budget SET
  tokens = ({_AVAILABLE}) - %(n)s,
  at = CASE WHEN period > 0 AND %(now)s < resets_at THEN at
            WHEN period > 0 THEN %(now)s
            WHEN ({_AVAILABLE}) > capacity - rate * {SLACK} THEN %(now)s + {SLACK}
            WHEN %(now)s > at THEN %(now)s ELSE at END,
  resets_at = CASE WHEN period > 0 AND %(now)s >= resets_at
                   THEN %(now)s + period + {SLACK} ELSE resets_at END
WHERE account = %(account)s AND "group" = %(group)s AND blocked_until <= %(now)s
  AND ({_AVAILABLE}) + {EPSILON!r} >= %(n)s + ({_RESERVED})
RETURNING tokens"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLeft:
    """One line of the budget screen; ``clears_in`` is business seconds until full."""

    account: str
    group: str
    left: float
    capacity: float
    reserve: float
    rate: float
    period: float
    blocked_for: float
    clears_in: float


def ensure(account_key: str, specs: Iterable[BudgetSpec]) -> None:
    """Make sure that the account has a row per spec; cheap when it has.

    ``period`` and ``reserve`` of an existing row follow the spec. Its ``capacity`` and
    ``rate`` are what the peer's headers taught and stay, unless the kind of quota
    (``period``) changed: then the row starts anew.
    """
    wanted = {spec.group: spec for spec in specs}
    rows = {
        row.group: row
        for row in Budget.objects.filter(account=account_key, group__in=wanted)
    }
    now = clock.timestamp()
    missing = []
    for group, spec in sorted(wanted.items()):
        if not 0 <= spec.reserve < spec.capacity:
            raise ValueError(
                f"budget {group}: reserve {spec.reserve} must be below the capacity "
                f"{spec.capacity}"
            )
        fresh = {
            "capacity": spec.capacity,
            "rate": spec.rate,
            "period": spec.period,
            "tokens": spec.capacity,
            "at": now,
            "resets_at": 0.0,
            "blocked_until": 0.0,
            "reserve": spec.reserve,
        }
        row = rows.get(group)
        if row is None:
            missing.append(Budget(account=account_key, group=group, **fresh))
        elif row.period != spec.period:
            Budget.objects.filter(pk=row.pk).update(**fresh)
        elif row.reserve != spec.reserve:
            Budget.objects.filter(pk=row.pk).update(reserve=spec.reserve)
    if missing:
        Budget.objects.bulk_create(missing, ignore_conflicts=True)


def take(
    account_key: str, groups: Iterable[str], n: int = 1, *, urgent: bool = False
) -> None:
    """Take ``n`` calls from every group, or from none.

    Raises ThrottledError(ours=True) with the business seconds until it can succeed,
    and LookupError for a group that was never ensured.
    """
    ordered = sorted(set(groups))
    now = clock.timestamp()
    if len(ordered) == 1:
        refused = _first_refused(account_key, ordered, n, now, urgent)
    else:
        # Rows are locked in the order of their names: two takers can't deadlock.
        with transaction.atomic():
            refused = _first_refused(account_key, ordered, n, now, urgent)
            if refused:
                transaction.set_rollback(True)
    if refused:
        raise _throttled(account_key, ordered, refused, n, urgent)


def _first_refused(
    account_key: str, groups: list[str], n: int, now: float, urgent: bool
) -> str:
    """Take from each group in turn; the name of the one that refused, or ''."""
    with connection.cursor() as cursor:
        for group in groups:
            cursor.execute(
                _TAKE,
                {
                    "account": account_key,
                    "group": group,
                    "now": now,
                    "n": float(n),
                    "urgent": int(urgent),
                },
            )
            if cursor.fetchone() is None:
                return group
    return ""


def _throttled(
    account_key: str, groups: list[str], refused: str, n: int, urgent: bool
) -> ThrottledError:
    states = {
        row.group: _state(row)
        for row in Budget.objects.filter(account=account_key, group__in=groups)
    }
    absent = [group for group in groups if group not in states]
    if absent:
        raise LookupError(
            f"{account_key} has no budget {absent[0]!r}; ensure() its specs first"
        )
    now = clock.timestamp()
    seconds = max(
        budget_math.wait(state, now, n, urgent=urgent) for state in states.values()
    )
    return ThrottledError(
        f"The quota {refused} of {account_key} is used up for now",
        retry_after=max(MIN_WAIT, min(seconds, 86400.0)),
        ours=True,
        code="budget_empty",
    )


def learn(
    account_key: str,
    group: str,
    *,
    limit: float | None = None,
    remaining: float | None = None,
    resets_in: float | None = None,
    rate: float | None = None,
    sent_at: float | None = None,
) -> None:
    """Take over what an answer's headers say; never raises tokens within a window.

    ``sent_at`` is the business second at which the request started (default: now); it
    tells an answer that comes late from one about the present window.
    """
    now = clock.timestamp()
    sent = now if sent_at is None else sent_at
    _change(
        account_key,
        group,
        lambda state: budget_math.learned(
            state,
            now,
            sent_at=sent,
            limit=limit,
            remaining=remaining,
            resets_in=resets_in,
            rate=rate,
        ),
    )


def block(account_key: str, group: str, seconds: float) -> None:
    """After a 429: nothing goes out in this group for so many business seconds."""
    now = clock.timestamp()
    _change(account_key, group, lambda state: budget_math.blocked(state, now, seconds))


def wait(account_key: str, group: str, *, urgent: bool = False) -> float:
    """Business seconds until one call may succeed; 0.0 when it can be tried now."""
    row = Budget.objects.filter(account=account_key, group=group).first()
    if row is None:
        return 0.0
    return budget_math.wait(_state(row), clock.timestamp(), urgent=urgent)


def left(account_key: str) -> list[BudgetLeft]:
    """What the account may still spend, per group, for the budget screen."""
    now = clock.timestamp()
    return [
        _left(row, now)
        for row in Budget.objects.filter(account=account_key).order_by("group")
    ]


def _left(row: Budget, now: float) -> BudgetLeft:
    state = _state(row)
    blocked_for = max(0.0, row.blocked_until - now)
    amount = 0.0 if blocked_for else max(0.0, budget_math.available(state, now))
    if row.period > 0:
        clears_in = max(0.0, row.resets_at - now)
    elif row.rate > 0:
        clears_in = (row.capacity - amount) / row.rate
    else:
        clears_in = 0.0
    return BudgetLeft(
        account=row.account,
        group=row.group,
        left=amount,
        capacity=row.capacity,
        reserve=row.reserve,
        rate=row.rate,
        period=row.period,
        blocked_for=blocked_for,
        clears_in=max(blocked_for, clears_in),
    )


def _state(row: Budget) -> BudgetState:
    return BudgetState(**{name: getattr(row, name) for name in _FIELDS})


def _change(
    account_key: str, group: str, change: Callable[[BudgetState], BudgetState]
) -> None:
    """Apply a pure change under the row's lock, if it changes anything at all."""
    rows = Budget.objects.filter(account=account_key, group=group)
    row = rows.first()
    # Most answers teach nothing new: those cost one read and no lock.
    if row is None or change(_state(row)) == _state(row):
        return
    with transaction.atomic():
        row = rows.select_for_update().first()
        if row is not None:
            before = _state(row)
            after = asdict(change(before))
            changed = {
                name: after[name]
                for name in _FIELDS
                if after[name] != getattr(before, name)
            }
            if changed:
                rows.update(**changed)
