"""The navigation: pages that the person may open, with what waits in each queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import Count, OuterRef, Q, Subquery
from django.urls import NoReverseMatch, reverse

from orders.exception_kinds import Team
from orders.filters import AT_RISK, TEAM_LABELS
from orders.models import CaseGroup, Order, Stage
from shipsync_site.lib import clock
from stores.models import Store

# Stages in which the parcel is still ours to get out of the door.
UNSHIPPED = (
    Stage.WAITING,
    Stage.TO_PUSH,
    Stage.RELEASE,
    Stage.IN_SHIPSTATION,
    Stage.HELD,
)

# The letter that goes there after g.
GO = {
    "Now": "n",
    "Queues": "q",
    Team.OPS.label: "o",
    Team.CS.label: "c",
    Team.FINANCE.label: "f",
    Team.LEAD.label: "d",
    "Orders": "l",
    "Stop list": "b",
    "Reconcile": "e",
    "Stores": "s",
    "Carriers": "r",
    "Products": "p",
    "Alerts": "a",
    "Help": "h",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the navigation; ``late`` of the ``count`` are past their deadline."""

    label: str
    url: str
    icon: str = ""
    current: bool = False
    count: int | None = None
    late: int = 0
    children: tuple[Item, ...] = field(default=())

    @property
    def go(self) -> str:
        """The letter that goes there after g; '' for none."""
        return GO.get(self.label, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCount:
    """What waits for a team: the rows of its queue."""

    team: str
    label: str
    open: int
    late: int

    @property
    def late_text(self) -> str:
        """What the badge says."""
        return f"{self.late} late"


def team_counts() -> list[TeamCount]:
    """Causes that wait per team, every team named; one query."""
    rows = {
        row["team"]: row
        for row in CaseGroup.objects.filter(awake__gt=0)
        .values("team")
        .annotate(
            open=Count("pk"), late=Count("pk", filter=Q(work_by__lte=clock.now()))
        )
    }
    empty = {"open": 0, "late": 0}
    return [
        TeamCount(
            team=team.value,
            label=TEAM_LABELS[team],
            open=rows.get(team.value, empty)["open"],
            late=rows.get(team.value, empty)["late"],
        )
        for team in Team
    ]


def next_breach() -> datetime | None:
    """The next ship-by of an order that nobody was told is shipped; one query.

    Each store's and stage's next one is the first of an index: the console asks on every
    page, whatever the number of orders.
    """
    orders = Order.objects.filter(
        store=OuterRef("pk"), not_ours="", ship_by__gt=clock.now()
    )
    first = orders.order_by("ship_by").values("ship_by")
    rows = Store.objects.values_list(
        *(Subquery(first.filter(stage=stage)[:1]) for stage in AT_RISK)
    )
    return min((moment for row in rows for moment in row if moment), default=None)


# Label, name of the URL, and who may open it; those that exist are shown.
RECONCILE = (
    ("Runs", "reconciliation:runs", "reconciliation.view_run"),
    ("Findings", "reconciliation:findings", "reconciliation.view_finding"),
    ("Checklists", "reconciliation:checklists", "reconciliation.view_checklistrun"),
    ("Settlements", "reconciliation:settlements", "reconciliation.view_settlement"),
    ("Standards", "reconciliation:standards", "reconciliation.view_standardreading"),
    ("Exports", "reconciliation:exports", "reconciliation.view_run"),
)


def _reconcile(user: AbstractUser | AnonymousUser, path: str) -> Item | None:
    """Reconciliation with its parts, None for those who may open none of them."""
    parts = []
    for label, name, permission in RECONCILE:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        if user.has_perm(permission):
            parts.append((label, url))
    if not parts:
        return None
    # The longest address that fits: /reconcile/findings/ lies within /reconcile/.
    inside = [url for _label, url in parts if path.startswith(url)]
    current = max(inside, key=len, default="")
    return Item(
        label="Reconcile",
        url=parts[0][1],
        icon="scale",
        current=False,
        children=tuple(
            Item(label=label, url=url, current=url == current) for label, url in parts
        ),
    )


def items(
    user: AbstractUser | AnonymousUser,
    path: str,
    query: str,
    counts: Callable[[], Iterable[TeamCount]],
) -> list[Item]:
    """The navigation for a person, as seen from ``path`` with its query string."""
    cases, orders = reverse("orders:cases"), reverse("orders:list")
    found = [Item(label="Now", url=reverse("home"), icon="house", current=path == "/")]
    if user.has_perm("orders.view_orderexception"):
        found.append(
            Item(
                label="Queues",
                url=cases,
                icon="inbox",
                current=path.startswith(cases) and "team=" not in query,
                children=tuple(
                    Item(
                        label=row.label,
                        url=f"{cases}?team={row.team}",
                        current=path.startswith(cases) and f"team={row.team}" in query,
                        count=row.open,
                        late=row.late,
                    )
                    for row in counts()
                ),
            )
        )
    if user.has_perm("orders.view_order"):
        found.append(
            Item(
                label="Orders",
                url=orders,
                icon="package",
                current=path.startswith(orders),
            )
        )
    if user.has_perm("orders.resolve_exception"):
        where = reverse("orders:where")
        found.append(
            Item(
                label="Find an order",
                url=where,
                icon="map-pin",
                current=path.startswith(where),
            )
        )
    if user.has_perm("orders.use_bench"):
        bench, screens = reverse("orders:bench"), reverse("orders:kiosks")
        found.append(
            Item(
                label="Stop list",
                url=bench,
                icon="octagon-x",
                current=path.startswith(bench) and not path.startswith(screens),
                children=(
                    Item(
                        label="Screens",
                        url=screens,
                        current=path.startswith(screens),
                    ),
                )
                if user.has_perm("orders.manage_kiosks")
                else (),
            )
        )
    if (item := _reconcile(user, path)) is not None:
        found.append(item)
    stores = reverse("stores:list")
    if user.has_perm("stores.view_store"):
        sections = (stores, "/accounts/", "/rates/", "/calendars/")
        found.append(
            Item(
                label="Stores",
                url=stores,
                icon="store",
                current=path.startswith(sections),
                children=(
                    Item(
                        label="Jobs and stores",
                        url=reverse("orders:watches"),
                        current=path.startswith(reverse("orders:watches")),
                    ),
                ),
            )
        )
        carriers = reverse("stores:carriers")
        found.append(
            Item(
                label="Carriers",
                url=carriers,
                icon="truck",
                current=path.startswith(carriers),
            )
        )
        products = reverse("stores:products")
        found.append(
            Item(
                label="Products",
                url=products,
                icon="boxes",
                current=path.startswith(products),
            )
        )
    if user.has_perm("orders.manage_alerts"):
        alerts = reverse("orders:alerts")
        found.append(
            Item(
                label="Alerts", url=alerts, icon="bell", current=path.startswith(alerts)
            )
        )
    if user.has_perm("orders.view_order"):
        guide = (reverse("help"), reverse("training"))
        found.append(
            Item(
                label="Help",
                url=guide[0],
                icon="life-buoy",
                current=path.startswith(guide),
            )
        )
    return found
