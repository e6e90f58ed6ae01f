"""A page of the queue: causes, what is due next first, each with what it stands for.

Without a filter that looks at single cases a row is a stored count (CaseGroup), so that
a page costs the same beside a hundred thousand cases as beside a thousand. With one (who,
by when, a tag, words) the cases that match are counted by cause at that moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.db.models import Count, Min, QuerySet, Sum

from orders import case_help, selectors
from orders.case_filters import CaseFilter
from orders.exception_kinds import KINDS, Team
from orders.filters import TEAM_LABELS
from orders.models import CaseGroup, OrderException
from orders.sparkline import Sparkline, openings
from orders.work_by import Clocks
from shipsync_site.lib import clock

# Of an opened cause so many cases stand in the queue; all of them in its own list.
SHOWN = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A cause as the queue shows it: ``count`` of its cases match the filters.

    ``only``: the case itself where it is the only one. ``work_by`` is when the next must
    be done, ``deadline`` the marketplace's own moment for that; ``ends`` says what comes
    first where they differ.
    """

    group: CaseGroup
    label: str
    summary: str
    owner: str
    team: str
    count: int
    work_by: datetime | None
    deadline: datetime | None
    ends: str
    oldest: datetime | None
    money: list[tuple[str, Decimal]]
    owners: list[tuple[str, int]]
    unowned: int
    openings: Sparkline
    only: OrderException | None
    covers: str


def page(
    form: CaseFilter, user_id: int | None, after: str
) -> tuple[selectors.Page, list[Row]]:
    """Up to 50 causes that the filters let through; a constant number of queries."""
    found: QuerySet[CaseGroup] = CaseGroup.objects.select_related(
        "store__remote_account"
    ).defer("store__remote_account__secrets")
    cases = form.narrow(OrderException.objects.all(), user_id)
    _case_field, field, newest = form.order
    if form.counted:
        found = form.narrow_groups(found)
    else:
        found = found.filter(cases__in=cases.values("pk")).annotate(
            live_count=Count("cases"),
            live_work_by=Min("cases__work_by"),
            live_deadline=Min("cases__deadline"),
            live_oldest=Min("cases__opened_at"),
        )
        field = f"live_{field}"
    shown = selectors.keyset_page(found, field, after, newest=newest)
    return shown, _rows(shown.rows, cases, live=not form.counted)


def _rows(
    groups: list[CaseGroup], cases: QuerySet[OrderException], *, live: bool
) -> list[Row]:
    now, clocks = clock.now(), Clocks()
    stands = _live(groups, cases) if live else _stored(groups)
    only = _only([g for g in groups if _count(g, live=live) == 1], cases)
    covers = case_help.covered(list(only.values()))
    return [
        _row(
            group,
            stands[group.pk],
            only.get(group.pk),
            covers,
            clocks,
            now,
            live=live,
        )
        for group in groups
    ]


def _row(
    group: CaseGroup,
    stand: _Stand,
    only: OrderException | None,
    covers: dict[int, str],
    clocks: Clocks,
    now: datetime,
    *,
    live: bool,
) -> Row:
    work_by = getattr(group, "live_work_by" if live else "work_by")
    deadline = getattr(group, "live_deadline" if live else "deadline")
    return Row(
        group=group,
        label=KINDS.get(group.kind).label if group.kind in KINDS else group.kind,
        summary=only.summary if only else group.summary,
        owner=selectors.owner_of(group.kind, group.store),
        team=TEAM_LABELS.get(Team(group.team), group.team),
        count=_count(group, live=live),
        work_by=work_by,
        deadline=deadline,
        ends=clocks.words(work_by, deadline, group.store),
        oldest=getattr(group, "live_oldest" if live else "oldest"),
        money=stand.money,
        owners=stand.owners,
        unowned=stand.unowned,
        openings=openings(group.opened_by_hour, now),
        only=only,
        covers=covers.get(only.pk, "") if only else "",
    )


def _count(group: CaseGroup, *, live: bool) -> int:
    return int(getattr(group, "live_count" if live else "awake"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stand:
    money: list[tuple[str, Decimal]]
    owners: list[tuple[str, int]]
    unowned: int


def _stored(groups: list[CaseGroup]) -> dict[int, _Stand]:
    """As the rows keep it; the names of their owners in one query."""
    keys = {int(key) for group in groups for key in group.owners}
    names = dict(
        get_user_model().objects.filter(pk__in=keys).values_list("pk", "username")
    )
    return {
        group.pk: _Stand(
            money=[(code, Decimal(text)) for code, text in group.money.items()],
            owners=_most(
                (names.get(int(key), "?"), count) for key, count in group.owners.items()
            ),
            unowned=group.unowned,
        )
        for group in groups
    }


def _live(
    groups: list[CaseGroup], cases: QuerySet[OrderException]
) -> dict[int, _Stand]:
    """The same of the cases that match, in one query."""
    money: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    owners: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    counted = (
        cases.filter(group__in=[group.pk for group in groups])
        .order_by()
        .values_list("group", "assignee__username", "currency")
        .annotate(Count("pk"), Sum("amount"))
    )
    for group, name, currency, count, amount in counted:
        owners[group][name or ""] += count
        if currency and amount:
            money[group][currency] += amount
    return {
        group.pk: _Stand(
            money=sorted(money[group.pk].items()),
            owners=_most((n, c) for n, c in owners[group.pk].items() if n),
            unowned=owners[group.pk].get("", 0),
        )
        for group in groups
    }


def _most(owners: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(owners, key=lambda owner: (-owner[1], owner[0]))


def _only(
    groups: list[CaseGroup], cases: QuerySet[OrderException]
) -> dict[int, OrderException]:
    """The case behind each row that stands for a single one."""
    keys = [group.pk for group in groups]
    if not keys:
        return {}
    rows = selectors.case_rows(cases.filter(group__in=keys))
    return {case.group_id or 0: case for case in rows}


def opened(
    form: CaseFilter, user_id: int | None, group: str
) -> tuple[int, list[OrderException]]:
    """The first cases of the row that is open in the URL: (its key, cases)."""
    if not group.isdecimal() or len(group) > 18:
        return 0, []
    cases = form.narrow(OrderException.objects.all(), user_id)
    rows = selectors.case_rows(cases.filter(group=int(group)))
    first = selectors.in_order(rows, "work_by").prefetch_related("tags")[:SHOWN]
    return int(group), list(first)
