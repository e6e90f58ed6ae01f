"""How a store stands to one of its marketplace's rates, now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from reconciliation.standards import at_risk
from reconciliation.standards.arithmetic import State, share_of, state_of
from reconciliation.standards.counting import (
    Counted,
    Window,
    counted,
    grows,
    window_of,
)
from reconciliation.standards.limits import Kept, limits_of, standards_of
from stores.models import Store, StoreState
from stores.remote_standards import Standard


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A rate's figures; ``at_risk`` are orders that turn bad if nobody acts.

    ``left``: how many more may turn bad, None without a limit. ``unclear``: orders of
    which our rows don't tell, counted as good.
    """

    store: Store
    standard: Standard
    kept: Kept
    window: Window
    bad: int
    whole: int
    unclear: int
    at_risk: int

    @property
    def share(self) -> Decimal | None:
        """The rate in the marketplace's words."""
        return share_of(self.bad, self.whole, at_least=self.standard.at_least)

    @property
    def left(self) -> int | None:
        """How many more may turn bad before the limit is broken."""
        if self.kept.limit is None:
            return None
        return self.kept.limit.left(self.bad, self.whole, grows=grows(self.standard))

    @property
    def state(self) -> State:
        """How it stands to its limit."""
        return state_of(
            self.kept.limit,
            self.bad,
            self.whole,
            at_risk=self.at_risk,
            grows=grows(self.standard),
        )


def judged() -> Iterator[Store]:
    """The stores that are judged: all that have left their draft."""
    stores = Store.objects.exclude(state=StoreState.DRAFT)
    return iter(stores.select_related("remote_account").order_by("name", "pk"))


def standing_of(
    store: Store, standard: Standard, kept: Kept, now: datetime
) -> tuple[Standing, Counted]:
    """One rate, with the rows behind it; four or five queries."""
    window = window_of(standard, store, now)
    rows = counted(standard, store, window)
    return (
        Standing(
            store=store,
            standard=standard,
            kept=kept,
            window=window,
            bad=rows.bad.count(),
            whole=rows.whole.count(),
            unclear=0 if rows.unclear is None else rows.unclear.count(),
            at_risk=at_risk.cases(standard, store, now)
            .order_by()
            .values("order")
            .distinct()
            .count(),
        ),
        rows,
    )


def standings(stores: Iterable[Store], now: datetime) -> Iterator[Standing]:
    """Every rate of these stores, one after the other."""
    stores = list(stores)
    limits = limits_of(stores)
    for store in stores:
        for standard in standards_of(store):
            yield standing_of(store, standard, limits[store.pk, standard.code], now)[0]
