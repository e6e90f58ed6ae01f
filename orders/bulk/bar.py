"""What the bar below a list of cases offers for many of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.bulk.acts import PUT_OFF
from orders.bulk.deeds import ASSIGN
from orders.bulk.endings import ways
from orders.case_filters import ASLEEP, CaseFilter
from orders.exception_kinds import Resolution, Team
from orders.filters import TEAM_LABELS
from orders.forms import colleagues
from orders.models import CaseGroup

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """``total`` cases match the list's ``query``, whose page is ``here``."""

    total: int
    query: str
    here: str
    people: Any
    teams: tuple[tuple[str, str], ...]
    may_retry: bool
    asleep: bool
    ways: tuple[Resolution, ...]
    put_off: tuple[tuple[str, str], ...] = tuple(PUT_OFF.items())


def bar(
    user: User | AnonymousUser, form: CaseFilter, total: int, path: str, query: str
) -> Bar | None:
    """What this person can do with the cases of a list; None for nothing.

    The ways out are offered where all cases are of one kind or cause.
    """
    if not total or not user.has_perm(ASSIGN):
        return None
    team, kind = form.value("team"), form.value("kind")
    if group := form.value("group"):
        kinds = CaseGroup.objects.filter(pk=group).values_list("kind", flat=True)
        kind = kinds.first() or kind
    return Bar(
        total=total,
        query=query,
        here=f"{path}?{query}" if query else path,
        people=colleagues(team) if team else (),
        teams=tuple((x.value, TEAM_LABELS[x]) for x in Team if x != team),
        asleep=form.value("state") == ASLEEP,
        may_retry=user.has_perm("orders.retry_sync"),
        ways=tuple(x for x in ways(kind) if user.has_perm(x.permission)),
    )
