"""A queue's filters under a name: one's own, or everybody's; and those that all have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Case, Count, Max, Q, QuerySet, Value, When
from django.http import QueryDict

from orders.case_filters import OF_CASES, CaseFilter, due_by
from orders.case_locks import InvalidActError
from orders.models import CaseGroup, OrderException, SavedView
from shipsync_site.lib import bulk, clock

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

# So many are counted on the page of a queue.
MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A named list: its query string without '?', and how many rows that has now.

    ``saved`` is the stored row; None for those that everybody has.
    """

    name: str
    query: str
    count: int
    current: bool
    saved: SavedView | None = None


_EVERYBODYS: tuple[tuple[str, dict[str, str]], ...] = (
    ("due in 4 h", {"due": "4h"}),
    ("mine", {"owner": "mine"}),
    ("unowned", {"owner": "nobody"}),
    ("all", {}),
    ("cancels", {"topic": "cancels"}),
    ("carrier", {"topic": "carrier"}),
    ("tax", {"topic": "tax"}),
    ("put off", {"state": "asleep"}),
)


def visible(user: User | AnonymousUser) -> QuerySet[SavedView]:
    """One's own in one's order, then what others share."""
    theirs = Case(When(owner=user.pk, then=0), default=1)
    return (
        SavedView.objects.filter(Q(owner=user.pk) | Q(shared=True))
        .select_related("owner")
        .order_by(theirs, "owner__username", "position", "name", "pk")
    )


def normal(data: Mapping[str, str]) -> str:
    """The filters of a query string in one order: no page, nothing that is empty."""
    query = QueryDict(mutable=True)
    for name in CaseFilter.base_fields:
        if value := str(data.get(name, "")).strip():
            query[name] = value
    return query.urlencode()


def listed(user: User | AnonymousUser, form: CaseFilter) -> list[View]:
    """The views above a queue, each with the number of its rows; two queries.

    Those that everybody has stay in the team's queue.
    """
    here, team = normal(form.data), form.value("team")
    every: list[tuple[str, str, SavedView | None]] = [
        (name, normal({"team": team} | query), None) for name, query in _EVERYBODYS
    ]
    every += [(view.name, view.query, view) for view in visible(user)[:MOST]]
    counts = count({query for _name, query, _view in every}, user.pk, form)
    return [
        View(
            name=name,
            query=query,
            count=counts[query],
            current=query == here,
            saved=view,
        )
        for name, query, view in every
    ]


def count(
    queries: Iterable[str], user_id: int | None, like: CaseFilter
) -> dict[str, int]:
    """How many rows the list behind each query string has now; one query for all."""
    given = sorted(queries)
    if not given:
        return {}
    parts = [
        _number(CaseFilter(QueryDict(query), like=like), user_id, view)
        for view, query in enumerate(given)
    ]
    first, *rest = parts
    found = dict(first.union(*rest, all=True))
    return {query: found.get(view, 0) for view, query in enumerate(given)}


def _number(form: CaseFilter, user_id: int | None, view: int) -> QuerySet[Any]:
    """(view, number of its rows) as a query of one line.

    What a row of the queue can answer is asked of the rows, which are few.
    """
    asked = {name for name in OF_CASES if form.value(name)}
    groups = form.narrow_groups(CaseGroup.objects.all())
    if form.by_cause and not asked:
        return _line(groups, view, Count("pk"))
    if form.by_cause and asked == {"due"}:
        due = groups.filter(work_by__lte=due_by(form.value("due")))
        return _line(due, view, Count("pk"))
    if form.by_cause and asked == {"owner"} and form.value("owner") == "nobody":
        return _line(groups.filter(unowned__gt=0), view, Count("pk"))
    cases = form.narrow(OrderException.objects.all(), user_id)
    rows = Count("group", distinct=True) if form.by_cause else Count("pk")
    return _line(cases, view, rows)


def _line(rows: QuerySet[Any], view: int, number: Count) -> QuerySet[Any]:
    lines = rows.order_by().annotate(view=Value(view)).values("view")
    found: QuerySet[Any] = lines.annotate(number=number).values_list("view", "number")
    return found


def save(
    by: User, name: str, data: Mapping[str, str], *, shared: bool = False
) -> SavedView:
    """Keep these filters under a name, behind one's others; raises InvalidActError."""
    name = _name(name)
    query = normal(data)
    if len(query) > 1000:
        raise InvalidActError("The filters are too long to be kept: use fewer words.")
    own = SavedView.objects.filter(owner=by)
    if own.count() >= MOST:
        raise InvalidActError(f"You have {MOST} views: delete one first.")
    last = own.aggregate(last=Max("position"))["last"]
    try:
        with transaction.atomic():
            return SavedView.objects.create(
                owner=by,
                name=name,
                query=query,
                shared=shared,
                position=0 if last is None else last + 1,
                created_at=clock.now(),
            )
    except IntegrityError:
        raise InvalidActError(
            f"You have a view called ‘{name}’: choose another name."
        ) from None


def rename(view: SavedView, name: str) -> None:
    """Call it something else; raises InvalidActError."""
    view.name = _name(name)
    try:
        with transaction.atomic():
            view.save(update_fields=["name"])
    except IntegrityError:
        raise InvalidActError(
            f"You have a view called ‘{view.name}’: choose another name."
        ) from None


def move(view: SavedView, step: int) -> None:
    """Let it change places with the one before (-1) or behind it (1), if there is one."""
    with transaction.atomic():
        own = list(
            SavedView.objects.select_for_update()
            .filter(owner=view.owner_id)
            .order_by("pk")
        )
        own.sort(key=lambda each: (each.position, each.name, each.pk))
        place = next(i for i, each in enumerate(own) if each.pk == view.pk)
        other = place + step
        if not 0 <= other < len(own):
            return
        own[place], own[other] = own[other], own[place]
        for position, each in enumerate(own):
            each.position = position
        bulk.save(own, ["position"])


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise InvalidActError("The view needs a name: type one, then save it.")
    if len(name) > 60:
        raise InvalidActError(
            f"The name has {len(name)} characters; up to 60 are kept. Shorten it."
        )
    return name
