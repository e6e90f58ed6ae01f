"""/metrics for Prometheus: gauges read from the tables at the moment of the scrape.

Open to the bearer of ``SHIPSYNC_METRICS_TOKEN``; where none is set, to this machine
only. No buyer data, no order numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from orders.models import OPEN_STAGES, CaseState, Order, OrderException, SyncJob
from shipsync_site.lib import clock
from stores import budgets
from stores.models import Budget, Heartbeat, Lane, RemoteCall

CALLS_WINDOW = timedelta(minutes=5)
_PROXIED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


class TablesCollector(Collector):
    """Counts over the tables; a constant number of queries per family."""

    def collect(self) -> Iterable[Metric]:
        """Yield every family."""
        yield from self._orders()
        yield from self._cases()
        yield from self._work()
        yield from self._remote()

    def _orders(self) -> Iterable[Metric]:
        count = GaugeMetricFamily(
            "shipsync_orders", "Orders by stage", labels=["store", "stage"]
        )
        oldest = GaugeMetricFamily(
            "shipsync_oldest_open_order_seconds",
            "Business seconds since the oldest open order was imported",
            labels=["store", "stage"],
        )
        now = clock.now()
        rows = (
            Order.objects.values_list("store__slug", "stage")
            .annotate(Count("pk"), Min("imported_at"))
            .order_by("store__slug", "stage")
        )
        for store, stage, number, first in rows:
            count.add_metric([store, stage], number)
            if stage in OPEN_STAGES:
                oldest.add_metric([store, stage], (now - first).total_seconds())
        yield count
        yield oldest

    def _cases(self) -> Iterable[Metric]:
        family = GaugeMetricFamily(
            "shipsync_open_cases", "Open cases", labels=["team", "kind"]
        )
        rows = (
            OrderException.objects.filter(state=CaseState.OPEN)
            .values_list("team", "kind")
            .annotate(Count("pk"))
            .order_by("team", "kind")
        )
        for team, kind, number in rows:
            family.add_metric([team, kind], number)
        yield family

    def _work(self) -> Iterable[Metric]:
        jobs = GaugeMetricFamily(
            "shipsync_jobs",
            "Orders to be looked at, by account; parked ones wait for a person",
            labels=["account", "state"],
        )
        rows = (
            SyncJob.objects.filter(Q(dirty=True) | ~Q(parked=""))
            .values("account")
            .annotate(
                waiting=Count("pk", filter=Q(dirty=True)),
                parked_jobs=Count("pk", filter=~Q(parked="")),
            )
            .order_by("account")
            .values_list("account", "waiting", "parked_jobs")
        )
        for account, waiting, parked in rows:
            jobs.add_metric([account, "waiting"], waiting)
            jobs.add_metric([account, "parked"], parked)
        yield jobs

        late = GaugeMetricFamily(
            "shipsync_lane_late_seconds",
            "Real seconds since a lane fell due, 0 when it is not due",
            labels=["account", "direction"],
        )
        failures = GaugeMetricFamily(
            "shipsync_lane_failures",
            "Failed runs in a row",
            labels=["account", "direction"],
        )
        now = clock.real_now()
        for lane in Lane.objects.order_by("account", "direction"):
            labels = [lane.account, lane.direction]
            since = (now - lane.due_at).total_seconds() if lane.due_at else 0.0
            late.add_metric(labels, max(0.0, since))
            failures.add_metric(labels, lane.failures)
        yield late
        yield failures

        hearts = GaugeMetricFamily(
            "shipsync_heartbeat_age_seconds",
            "Real seconds since a cluster's pump gave a sign of life",
            labels=["cluster"],
        )
        for heart in Heartbeat.objects.order_by("cluster"):
            hearts.add_metric([heart.cluster], (now - heart.beat_at).total_seconds())
        yield hearts

    def _remote(self) -> Iterable[Metric]:
        left = GaugeMetricFamily(
            "shipsync_budget_left", "Calls left", labels=["account", "group"]
        )
        capacity = GaugeMetricFamily(
            "shipsync_budget_capacity", "Calls at most", labels=["account", "group"]
        )
        accounts = Budget.objects.order_by("account").values_list("account", flat=True)
        for account in accounts.distinct():
            for line in budgets.left(account):
                left.add_metric([line.account, line.group], line.left)
                capacity.add_metric([line.account, line.group], line.capacity)
        yield left
        yield capacity

        calls = GaugeMetricFamily(
            "shipsync_remote_calls_5m",
            "Remote calls of the last five business minutes",
            labels=["account", "operation", "outcome"],
        )
        rows = (
            RemoteCall.objects.filter(started_at__gt=clock.now() - CALLS_WINDOW)
            .values_list("account", "operation", "outcome")
            .annotate(Count("pk"))
            .order_by("account", "operation", "outcome")
        )
        for account, operation, outcome, number in rows:
            calls.add_metric([account, operation, outcome], number)
        yield calls


def allowed(request: HttpRequest) -> bool:
    """Whether this request may read the metrics.

    Without a token only a direct request from this machine: one that came through a
    proxy on this machine also has a loopback address, but says for whom it came.
    """
    token = settings.SHIPSYNC_METRICS_TOKEN
    if token:
        given = request.headers.get("Authorization", "")
        return constant_time_compare(given, f"Bearer {token}")
    direct = not any(name in request.META for name in _PROXIED)
    return direct and request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The exposition text, or 404 for those who may not read it."""
    if not allowed(request):
        return HttpResponse(status=404)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(TablesCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
