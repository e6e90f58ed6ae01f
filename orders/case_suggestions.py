"""What to do about a case first, ranked by how people ended its like before.

Local counts alone: one row per way out of a kind (:class:`WayTally`), one more per sort
of cause, so that a whole page of cases is ranked with one query.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse

from orders.exception_kinds import KINDS, ExceptionKind, Resolution
from orders.models import OrderException, Verb, WayTally
from orders.store_cases import resolutions_for
from shipsync_site.lib import clock

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# Fewer choices than these say nothing of what people do.
ENOUGH = 3
# What of a case's context says that two causes are of one sort.
_SORTS = ("code", "field", "carrier", "service", "sku", "operation")
# Fixes that stand on the case's page beside its kind's own ways out.
MAP_CARRIER, USE_SKU = "map_carrier", str(Verb.USE_SKU)
_FIXES: Mapping[str, tuple[str, str, str]] = {
    "carrier_unmapped": (MAP_CARRIER, "Map {carrier}", "stores.map_carriers"),
    "sku_unknown": (USE_SKU, "Say which SKU {sku} is", "stores.manage_products"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A way out to try first.

    ``code`` is that of a resolution, or of a fix on the case's page (``resolution`` is
    None). ``one_step``: it can be taken as it stands, by posting its code to
    ``orders:case_resolve``; else ``url`` is where the person says the rest (a reason, a
    choice). ``taken`` of ``offered``: what people did with its like, 0 of 0 where
    nothing is known.
    """

    code: str
    label: str
    url: str
    permission: str
    one_step: bool
    resolution: Resolution | None = None
    taken: int = 0
    offered: int = 0
    last_by: str = ""
    last_at: datetime | None = None

    @property
    def rate(self) -> str:
        """'taken 14 of 16 times when offered', '' where it never was."""
        if not self.offered:
            return ""
        times = "time" if self.offered == 1 else "times"
        return f"taken {self.taken} of {self.offered} {times} when offered"


def suggest(cases: Sequence[OrderException]) -> dict[int, Suggestion]:
    """Case key → what to try first; a case without a hint is left out. One query."""
    tallies = _tallies(cases)
    found = {}
    for case in cases:
        ranked_ways = _ranked(case, tallies)
        if ranked_ways and _is_hint(case, ranked_ways[0]):
            found[case.pk] = ranked_ways[0]
    return found


def ranked(case: OrderException) -> list[Suggestion]:
    """All ways out of a case, the one that people take most first; one query."""
    return _ranked(case, _tallies([case]))


def remember(case: OrderException, way: str, by: User) -> None:
    """Count that somebody took this way out, of all that were offered."""
    offered = [(sort, code) for sort in _levels(case) for code in _offered(case)]
    with transaction.atomic():
        WayTally.objects.bulk_create(
            (WayTally(kind=case.kind, sort=sort, way=code) for sort, code in offered),
            ignore_conflicts=True,
        )
        rows = _locked(case)
        rows.update(offered=F("offered") + 1)
        rows.filter(way=way).update(
            taken=F("taken") + 1, last_by_name=by.get_username(), last_at=clock.now()
        )


def forget(case: OrderException, way: str) -> None:
    """Uncount a way out that somebody took back."""
    with transaction.atomic():
        rows = _locked(case)
        rows.filter(offered__gt=0).update(offered=F("offered") - 1)
        rows.filter(way=way, taken__gt=0).update(taken=F("taken") - 1)


def sort_of(case: OrderException) -> str:
    """The sort of cause that a case has, '' where its context names none."""
    context = case.context or {}
    named = [f"{name}={context[name]}" for name in _SORTS if context.get(name)]
    return " ".join(named)[:120]


def _locked(case: OrderException) -> QuerySet[WayTally]:
    """The counts of what a case offers, locked in the order of their keys."""
    rows = WayTally.objects.filter(
        kind=case.kind, sort__in=_levels(case), way__in=_offered(case)
    )
    keys = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    return WayTally.objects.filter(pk__in=keys)


def _levels(case: OrderException) -> list[str]:
    return list(dict.fromkeys(["", sort_of(case)]))


def _offered(case: OrderException) -> list[str]:
    fix = [_FIXES[case.kind][0]] if case.kind in _FIXES else []
    return fix + [way.code for way in resolutions_for(case)]


def _tallies(
    cases: Sequence[OrderException],
) -> dict[tuple[str, str, str], WayTally]:
    rows = WayTally.objects.filter(
        kind__in={case.kind for case in cases},
        sort__in={sort for case in cases for sort in _levels(case)},
    )
    return {(row.kind, row.sort, row.way): row for row in rows}


def _ranked(
    case: OrderException, tallies: Mapping[tuple[str, str, str], WayTally]
) -> list[Suggestion]:
    kind = KINDS.get(case.kind) if case.kind in KINDS else None
    if kind is None:
        return []
    ways = [
        _way(case, way, _tally(case, way.code, tallies))
        for way in resolutions_for(case)
    ]
    if case.kind in _FIXES:
        fix = _fix(case, tallies)
        ways = [fix, *ways] if fix else ways
    # Stable: of equals, the kind's own order stands.
    return sorted(ways, key=lambda way: _rank(kind, way), reverse=True)


def _rank(kind: ExceptionKind, way: Suggestion) -> tuple[float, bool]:
    """What people took most, then what the kind itself suggests."""
    known = way.offered >= ENOUGH
    share = (way.taken + 1) / (way.offered + 2) if known else 0.5
    named = way.resolution is None or way.code == kind.suggested
    return (share, named)


def _is_hint(case: OrderException, way: Suggestion) -> bool:
    """Whether something speaks for it: people's choices, or the kind itself."""
    if way.resolution is None or way.code == KINDS.get(case.kind).suggested:
        return True
    return way.offered >= ENOUGH and way.taken * 2 >= way.offered


def _tally(
    case: OrderException, way: str, tallies: Mapping[tuple[str, str, str], WayTally]
) -> WayTally | None:
    """The counts of its very sort, if there are enough; else the kind's."""
    own = tallies.get((case.kind, sort_of(case), way))
    if own is not None and own.offered >= ENOUGH:
        return own
    return tallies.get((case.kind, "", way)) or own


def _way(case: OrderException, way: Resolution, tally: WayTally | None) -> Suggestion:
    asks = way.needs_reason or way.chooses_record or way.must_choose or way.page
    url = f"{reverse('orders:case', args=[case.pk])}#way-{way.code}"
    if way.page and case.order_id is not None:
        url = f"{reverse(way.page, args=[case.order_id])}?case={case.pk}"
    return Suggestion(
        code=way.code,
        label=way.label,
        url=url,
        permission=way.permission,
        one_step=not asks,
        resolution=way,
        **_counts(tally),
    )


def _fix(
    case: OrderException, tallies: Mapping[tuple[str, str, str], WayTally]
) -> Suggestion | None:
    code, label, permission = _FIXES[case.kind]
    context = case.context or {}
    try:
        text = label.format(**context)
    except KeyError:
        return None
    return Suggestion(
        code=code,
        label=text,
        url=f"{reverse('orders:case', args=[case.pk])}#fix",
        permission=permission,
        one_step=False,
        **_counts(_tally(case, code, tallies)),
    )


def _counts(tally: WayTally | None) -> dict[str, Any]:
    if tally is None:
        return {}
    return {
        "taken": tally.taken,
        "offered": tally.offered,
        "last_by": tally.last_by_name,
        "last_at": tally.last_at,
    }
