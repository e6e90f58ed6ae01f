"""The one sentence of the page 'Now': what is stuck, worst first, or that all is calm.

Every number is counted with the conditions of the list behind its link.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.http import urlencode

from orders.case_groups import awake_cases
from orders.exception_kinds import KINDS
from orders.filters import at_risk, with_open_case
from orders.models import CaseGroup, Order
from shipsync_site.lib import clock
from shipsync_site.lib.tones import Tone
from stores.models import RemoteAccount, ShipStationAccount, Store, StoreState
from stores.remote_types import ConnectionOutcome

HORIZON = timedelta(hours=24)
# What a connection test found that only a person can mend.
REFUSED = frozenset(
    {
        ConnectionOutcome.BAD_KEY,
        ConnectionOutcome.SECRET_EXPIRED,
        ConnectionOutcome.REVOKED,
        ConnectionOutcome.ROLE_MISSING,
        ConnectionOutcome.WRONG_REGION,
        ConnectionOutcome.PLAN_WITHOUT_API,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why orders are stuck: a kind of case and how many it stops."""

    label: str
    orders: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standstill:
    """A store or an account through which nothing moves, and its own page."""

    name: str
    word: str
    reason: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commonest:
    """The commonest kind of open case; ``unowned`` of the ``open`` have no owner."""

    label: str
    open: int
    unowned: int
    every: int
    url: str
    unowned_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What the ship-by dates, the connections and the queues look like."""

    late: int
    due: int
    stuck: int
    causes: tuple[Cause, ...]
    standing: tuple[Standstill, ...]
    group: Commonest | None

    @property
    def calm(self) -> bool:
        """Whether nothing at all is stuck."""
        return not (self.late or self.stuck or self.standing or self.group)

    @property
    def tone(self) -> Tone:
        """The worst of it."""
        if self.late:
            return Tone.BREACH
        return Tone.FINE if self.calm else Tone.SOON


def load(
    stores: Iterable[Store], accounts: Iterable[RemoteAccount | ShipStationAccount]
) -> Headline:
    """Three queries beside the rows that the page has read anyway."""
    # The same conditions as the lists behind the links, so that the numbers agree.
    now = clock.now()
    soon = Q(ship_by__gt=now, ship_by__lte=now + HORIZON)
    threatened = Order.objects.filter(at_risk(), ship_by__lte=now + HORIZON)
    numbers = threatened.aggregate(
        late=Count("pk", filter=Q(ship_by__lte=now)),
        due=Count("pk", filter=soon),
        stuck=Count("pk", filter=soon & Q(with_open_case())),
    )
    kinds = (
        awake_cases()
        .filter(order__in=threatened.filter(soon))
        .values("kind")
        .annotate(orders=Count("order", distinct=True))
        .order_by("-orders", "kind")
    )
    return Headline(
        **numbers,
        causes=tuple(
            Cause(
                label=_label(row["kind"]),
                orders=row["orders"],
                url=_cases(kind=row["kind"]),
            )
            for row in kinds
        ),
        standing=(*_accounts(accounts), *_stores(stores)),
        group=_group(),
    )


def _label(kind: str) -> str:
    return KINDS.get(kind).label if kind in KINDS else kind


def _cases(**query: str) -> str:
    return f"{reverse('orders:cases')}?{urlencode(query | {'rows': 'cases'})}"


def _stores(stores: Iterable[Store]) -> Iterable[Standstill]:
    for store in stores:
        if store.state == StoreState.PAUSED:
            yield Standstill(
                name=store.name,
                word="paused",
                reason=store.pause_reason,
                url=reverse("stores:detail", args=[store.slug]),
            )


def _accounts(
    accounts: Iterable[RemoteAccount | ShipStationAccount],
) -> Iterable[Standstill]:
    """Paused ones, and those whose last look was refused."""
    for account in accounts:
        refused = account.check_outcome in REFUSED
        if account.active and not refused:
            continue
        kind = "marketplace" if isinstance(account, RemoteAccount) else "shipstation"
        yield Standstill(
            name=account.name,
            word="refused" if account.active else "paused",
            reason=account.check_sentence if account.active else account.pause_reason,
            url=reverse("stores:account", args=[kind, account.pk]),
        )


def _group() -> Commonest | None:
    rows = list(
        CaseGroup.objects.filter(awake__gt=0)
        .values("kind")
        .annotate(open=Sum("awake"), free=Sum("unowned"))
        .order_by("-open", "kind")
    )
    if not rows:
        return None
    top = rows[0]
    known = top["kind"] in KINDS
    return Commonest(
        label=_label(top["kind"]),
        open=top["open"],
        unowned=top["free"],
        every=sum(row["open"] for row in rows),
        url=_cases(kind=top["kind"]) if known else _cases(),
        unowned_url=_cases(kind=top["kind"], owner="nobody"),
    )
