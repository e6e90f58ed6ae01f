"""What is kept of buyers and for how long, and who looked at them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orders import purge
from orders.mirror import BODY_KEPT
from orders.models import ForgetRequest, OrderBuyer, OrderEvent, PurgeRun
from orders.upkeep import CALLS_KEPT
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs
from stores.connectors import CONNECTORS

AUDIT = "orders.audit_buyer"
PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is held of one marketplace's buyers; ``due`` goes with the next run."""

    code: str
    retention: timedelta
    held: int
    due: int
    waiting: int
    next_at: datetime | None

    @property
    def days(self) -> int:
        """How many days after delivery a buyer is kept."""
        return self.retention.days


def kept_by_marketplace() -> list[Kept]:
    """Every marketplace that we can serve, one query."""
    now = clock.now()
    past = Q(purge_at__lte=now)
    rows: dict[str, dict[str, Any]] = {
        row["order__store__remote_account__marketplace"]: dict(row)
        for row in OrderBuyer.objects.filter(purged_at__isnull=True)
        .values("order__store__remote_account__marketplace")
        .annotate(
            held=Count("pk"),
            due=Count("pk", filter=past & ~purge.OPEN),
            waiting=Count("pk", filter=past & purge.OPEN),
            next_at=Min("purge_at", filter=Q(purge_at__gt=now)),
        )
        .order_by()
    }
    none: dict[str, Any] = {"held": 0, "due": 0, "waiting": 0, "next_at": None}
    return [
        Kept(
            code=connector.code,
            retention=connector.retention,
            **{name: rows.get(connector.code, none)[name] for name in none},
        )
        for connector in CONNECTORS
    ]


@require_safe
@needs(AUDIT)
def kept(request: HttpRequest) -> HttpResponse:
    """How long what is kept, when the next goes, and what the last runs did."""
    runs = PurgeRun.objects.order_by("-at", "-pk")
    return render(
        request,
        "orders/buyer_data.html",
        {
            "rows": kept_by_marketplace(),
            "last_run": runs.first(),
            "runs": [
                (
                    run,
                    [(purge.KINDS[kind], n) for kind, n in sorted(run.counts.items())],
                )
                for run in runs.filter(total__gt=0)[:10]
            ],
            "requests": ForgetRequest.objects.order_by("-asked_at", "-pk")[:20],
            "asked_open": ForgetRequest.objects.filter(finished_at=None).count(),
            "body_days": BODY_KEPT.days,
            "call_days": CALLS_KEPT.days,
        },
    )


@require_safe
@needs(AUDIT)
def reveals(request: HttpRequest) -> HttpResponse:
    """Who looked at which buyer, the latest first."""
    looks = (
        OrderEvent.objects.filter(verb="buyer_revealed", order__isnull=False)
        .select_related("actor", "order__store")
        .order_by("-at", "-pk")
    )
    actor = request.GET.get("by", "")
    if actor:
        looks = looks.filter(actor__username=actor[:150])
    since = clock.now() - timedelta(days=7)
    busiest = (
        OrderEvent.objects.filter(verb="buyer_revealed", at__gte=since)
        .values("actor__username")
        .annotate(total=Count("pk"))
        .order_by("-total", "actor__username")[:5]
    )
    return render(
        request,
        "orders/reveals.html",
        {
            "page_obj": Paginator(looks, PAGE).get_page(request.GET.get("page")),
            "actor": actor,
            "busiest": busiest,
        },
    )
