"""Jobs and stores: what should happen by itself, and whether it does."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.models import CaseState, OrderException, Watch, WatchState
from orders.watch import badges, look
from orders.watch.sources import CLUSTER
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs

EVENTS_SHOWN = 100
BADGES = "orders.manage_alerts"
# The worst first.
_ORDER = (
    WatchState.DOWN,
    WatchState.LATE,
    WatchState.NEW,
    WatchState.UP,
    WatchState.OFF,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A watch with its period and grace, and whether its times are our own (real)."""

    watch: Watch
    period: timedelta
    grace: timedelta
    real: bool


@require_safe
@needs("stores.view_store")
def overview(request: HttpRequest) -> HttpResponse:
    """All that is watched, the worst first; ``state`` in the URL narrows it."""
    watches = list(Watch.objects.select_related("store").order_by("label", "pk"))
    counts = Counter(watch.state for watch in watches)
    state = request.GET.get("state", "")
    shown = sorted(
        (x for x in watches if state in ("", x.state)),
        key=lambda x: _ORDER.index(WatchState(x.state)),
    )
    return render(
        request,
        "orders/watch_list.html",
        {
            "rows": [_row(watch) for watch in shown],
            "states": [(each, counts[each]) for each in _ORDER],
            "counts": {str(each): counts[each] for each in _ORDER},
            "state": state if state in WatchState.values else "",
            "total": len(watches),
            **_looked(watches),
        },
    )


@require_safe
@needs("stores.view_store")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One watch: its state, its rules, what it did before, and its badge for leads."""
    watch = get_object_or_404(Watch.objects.select_related("store"), pk=pk)
    cases = OrderException.objects.filter(
        kind=look.KIND, cause=watch.key[:64], state=CaseState.OPEN
    )
    path = reverse("orders:watch_badge", args=[badges.token(watch)])
    return render(
        request,
        "orders/watch_detail.html",
        {
            "row": _row(watch),
            "watch": watch,
            "events": watch.events.all()[:EVENTS_SHOWN],
            "events_total": watch.events.count(),
            "case": cases.first(),
            "badge": request.build_absolute_uri(path)
            if request.user.has_perm(BADGES)
            else "",
            **_looked([watch]),
        },
    )


@login_not_required
@require_safe
@never_cache
def badge(request: HttpRequest, token: str) -> HttpResponse:
    """A state for pages outside, for whoever has the address: one word, no name."""
    watch = badges.watch_of(token)
    if watch is None:
        raise Http404
    return HttpResponse(badges.drawn(watch), content_type="image/svg+xml")


def _row(watch: Watch) -> Row:
    return Row(
        watch=watch,
        period=timedelta(seconds=watch.period),
        grace=timedelta(seconds=watch.grace),
        real=watch.key.startswith((CLUSTER, "lane:", "schedule:")),
    )


def _looked(watches: list[Watch]) -> dict[str, object]:
    """When somebody looked last, and whether that is too long ago to believe it."""
    at = max((watch.looked_at for watch in watches), default=None)
    return {
        "looked_at": at,
        "stale": at is not None and clock.real_now() - at > look.AWAY,
    }
