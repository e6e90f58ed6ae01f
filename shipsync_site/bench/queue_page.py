"""How long a queue's page takes beside many cases, and Django's own list of these.

The page is asked for through the whole stack but the network: middleware, navigation,
templates. A tenth of the orders and cases come first, then all. Of each page the fastest
of several answers counts, for other programs use the machine too; what is compared was
measured within one run. On SQLite, which runs in this process, its processor time is
measured; PostgreSQL works elsewhere, so there it is the time on the wall.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import override_settings

from orders.models import CaseGroup, Order, OrderException
from shipsync_site.bench.ingest import Queries
from shipsync_site.bench.plan import Plan
from shipsync_site.bench.queue_rows import make_cases, make_orders, make_stores
from stores.sandbox.driver import Json

SELF_GOAL, ADMIN_GOAL = 1.3, 0.2
# Cases per order, and the share of both that is there for the first measurement.
CASES, FIRST = 0.1, 0.1
ASKED = 12
QUEUE = "/cases/?team=ops"
PAGES = {
    "queue": QUEUE,
    "one cause": f"{QUEUE}&open={{top}}",
    "cases of one cause": f"{QUEUE}&group={{top}}",
    "due in 4 h": f"{QUEUE}&due=4h",
    "mine": f"{QUEUE}&owner=mine",
    "home": "/?as=ops",
}
# The same rows in the same order in Django's own list: open cases of the team, by
# deadline. It has the queue's columns and filters; all else is as Django sets it.
CHANGELIST = "/admin/orders/orderexception/?state__exact=open&team__exact=ops&o=1"
SETTINGS = (
    "list_display",
    "list_filter",
    "list_per_page",
    "list_max_show_all",
    "list_select_related",
    "show_full_result_count",
    "ordering",
    "paginator",
)


class StockAdmin(ModelAdmin):  # type: ignore[type-arg]
    """A list of cases that shows what the queue shows."""

    list_display = (
        "deadline",
        "kind",
        "summary",
        "order",
        "store",
        "amount",
        "opened_at",
        "assignee",
    )
    list_filter = ("state", "team", "kind", "store", "assignee")


def run(plan: Plan) -> Json:
    """Fill, measure, fill up, measure again; the result as JSON."""
    call_command("migrate", verbosity=0)
    people = [
        get_user_model().objects.create_user(f"person{number}") for number in range(5)
    ]
    for person in people:
        person.groups.add(Group.objects.get(name="ops"))
    boss = get_user_model().objects.create_superuser("boss")
    stores = make_stores()
    sizes = [max(100, int(plan.orders * FIRST)), plan.orders]
    measured = []
    with override_settings(ALLOWED_HOSTS=["testserver"], SHIPSYNC_SECOND_FACTOR=""):
        for orders in sizes:
            began = time.monotonic()
            make_orders(stores, orders, plan.seed)
            make_cases(int(orders * CASES), plan.seed, people)
            _analyse()
            seconds = time.monotonic() - began
            measured.append(_measure(people[0], boss) | {"fill_seconds": seconds})
    small, large = measured
    result: Json = {
        "scenario": plan.scenario,
        "database": plan.database,
        "small": small,
        "large": large,
        "against_itself": large["pages"]["queue"] / small["pages"]["queue"],
        "against_admin": large["pages"]["queue"] / large["admin"],
        "admin_settings": {name: str(getattr(StockAdmin, name)) for name in SETTINGS},
    }
    result["problems"] = problems(result)
    return result


def _measure(person: User, boss: User) -> Json:
    client = Client()
    client.force_login(person)
    top = CaseGroup.objects.order_by("-awake", "pk").values_list("pk", flat=True)[0]
    pages, queries = {}, {}
    for name, address in PAGES.items():
        url = address.format(top=top)
        pages[name], queries[name] = _fastest(lambda url=url: client.get(url))
    admin, admin_queries = _fastest(lambda: _changelist(boss, StockAdmin))
    bare, _queries = _fastest(lambda: _changelist(boss, ModelAdmin))
    return {
        "orders": Order.objects.count(),
        "cases": OrderException.objects.count(),
        "causes": CaseGroup.objects.filter(awake__gt=0).count(),
        "pages": pages,
        "queries": queries,
        "admin": admin,
        "admin_queries": admin_queries,
        "bare_admin": bare,
    }


def _changelist(boss: User, of: Any) -> Any:
    """The first page of Django's list, as its view and templates make it."""
    request = RequestFactory().get(CHANGELIST if of is StockAdmin else "/admin/")
    request.user = boss
    answer: Any = of(OrderException, AdminSite(name="admin")).changelist_view(request)
    return answer.render()


def _fastest(ask: Any) -> tuple[float, int]:
    """Seconds of the fastest answer, and how many queries it took."""
    times, count = [], 0
    sqlite = connection.vendor == "sqlite"
    ticks = time.process_time if sqlite else time.perf_counter
    for _ in range(ASKED + 1):
        counted = Queries()
        began = ticks()
        with connection.execute_wrapper(counted):
            answer = ask()
        times.append(ticks() - began)
        if answer.status_code != 200:
            raise RuntimeError(f"the page answered {answer.status_code}")
        count = counted.count
    return min(times[1:]), count


def _analyse() -> None:
    """What the database does by itself at night: look how many rows there are."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def problems(result: Json) -> list[str]:
    """Why a result is not good enough; empty when it is."""
    found = []
    if result["against_itself"] > SELF_GOAL:
        found.append(
            f"{result['against_itself']:.2f} times the page of the small table "
            f"is above {SELF_GOAL:g}"
        )
    if result["against_admin"] > ADMIN_GOAL:
        found.append(
            f"{result['against_admin']:.2f} of the admin's list is above {ADMIN_GOAL:g}"
        )
    before = result["small"]["queries"]
    if any(count > before[name] for name, count in result["large"]["queries"].items()):
        found.append("it takes more queries than beside few cases")
    return found


def lines(result: Json) -> Iterator[str]:
    """One run for people."""
    small, large = result["small"], result["large"]
    yield f"queue on {result['database']}"
    for size in (small, large):
        yield (
            f"  {size['orders']:>9,} orders, {size['cases']:>7,} open cases, "
            f"{size['causes']:,} causes"
        )
    for name, seconds in large["pages"].items():
        yield (
            f"  {name:<20} {small['pages'][name] * 1000:7.1f} ms, then "
            f"{seconds * 1000:7.1f} ms: {seconds / small['pages'][name]:.2f} times; "
            f"{small['queries'][name]} and {large['queries'][name]} queries"
        )
    yield (
        f"  {'stock admin':<20} {small['admin'] * 1000:7.1f} ms, then "
        f"{large['admin'] * 1000:7.1f} ms; {large['admin_queries']} queries; the queue "
        f"takes {result['against_admin']:.2f} of it"
    )
    for name, value in result["admin_settings"].items():
        yield f"    {name} = {value}"
    yield (
        f"  {'one column of it':<20} {small['bare_admin'] * 1000:7.1f} ms, then "
        f"{large['bare_admin'] * 1000:7.1f} ms: nothing but __str__, newest first"
    )
    for problem in result["problems"]:
        yield f"  NOT GOOD ENOUGH: {problem}"
