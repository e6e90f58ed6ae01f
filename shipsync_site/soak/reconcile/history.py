"""One seed: days of two stores, some orders with a fault, two runs, and the judgement."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciliation.models import Run
from reconciliation.runs import census, lifecycle
from shipsync_site.lib.digest import json_digest
from shipsync_site.soak.faults.history import YEAR, Result
from shipsync_site.soak.reconcile import faults, stories
from shipsync_site.soak.reconcile.judge import judge
from shipsync_site.soak.reconcile.shop import Moments, Shop, happen
from stores.connectors.base import Capability
from stores.models import Cursor, ShipStationAccount, Store
from stores.remote_money import CensusStep

PAGE = 7
DAYS = 6
# One world in so many has a store of which nothing is heard.
SILENT = 8


class Counting:
    """The marketplace's own count: a page a call, from a source apart."""

    label = "Practice"
    capabilities = frozenset({Capability.CENSUS})

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def census(
        self,
        marketplace_id: str,
        since: datetime,
        until: datetime,
        cursor: Mapping[str, Any],
        *,
        now: datetime,
    ) -> CensusStep:
        """The next orders of these days, as they are there now."""
        entries = [
            entry
            for entry in self.shop.entries(now)
            if entry.ordered_at is not None and since <= entry.ordered_at < until
        ]
        at = int(cursor.get("at", 0))
        done = at + PAGE >= len(entries)
        return CensusStep(
            cursor={} if done else {"at": at + PAGE},
            done=done,
            entries=tuple(entries[at : at + PAGE]),
            total=len(entries),
            source="order report",
        )


class Reconciled:
    """Plays one seed in an empty database; see :func:`play`."""

    def __init__(self, seed: int, *, pumps: int = 1) -> None:
        self.seed, self.pumps = seed, pumps
        self.random = random.Random(f"reconcile {seed}")  # noqa: S311 - a play
        moment = YEAR + self.random.randrange(365 * 24 * 3600)
        self.end = datetime.fromtimestamp(moment, UTC).replace(microsecond=0)
        self.hours = Moments(moment)
        self.result = Result(seed=seed)
        self.shops: list[Shop] = []

    def play(self) -> Result:
        """The whole of it and its judgement."""
        began = time.perf_counter()
        with self.hours.in_force():
            self.hours.set(self.end - timedelta(days=5))
            self._open()
            planted = {shop: self._plant(shop) for shop in self.shops}
            with self._counting():
                if any("cancelled_unheard" in named for named in planted.values()):
                    self._run(self.end - timedelta(hours=26))
                run = self._run(self.end)
            self.result.problems = list(judge(run, self.shops, planted, self.end))
        self._count(planted)
        self.result.seconds = time.perf_counter() - began
        return self.result

    def _open(self) -> None:
        account = ShipStationAccount.objects.create(
            name="ShipStation",
            environment="sandbox",
            key_fingerprint="fp",
            secrets={"api_key": "k", "api_secret": "s"},
            stop_tag_id=7001,
        )
        Cursor.objects.create(account=account.key, stream="orders_trailing")
        self.shops = [
            Shop(self.random, account, number, direct=number == 2) for number in (1, 2)
        ]

    def _plant(self, shop: Shop) -> dict[str, list[str]]:
        """Orders that go well, and some with a fault; who suffers from which."""
        well = stories.STORIES if shop.direct else stories.ORCHESTRATED
        for story in self.random.sample(well, k=self.random.randint(5, 13)):
            story(shop, self.end)
        pool = faults.EITHER if shop.direct else faults.ORCHESTRATED
        chosen = self.random.sample(pool, k=self.random.randint(2, 6))
        planted = {fault.__name__: fault(shop, self.end) for fault in chosen}
        if self.random.randrange(SILENT) == 0:
            planted["went_silent"] = [""]
            shop.silent = True
        return planted

    def _run(self, moment: datetime) -> Run:
        """What has happened by then is compared, over all these days."""
        happen(self.shops, self.hours, moment)
        self.silence(moment)
        last = moment.date()
        run = lifecycle.start(
            [shop.store for shop in self.shops], last - timedelta(days=DAYS), last
        )
        for _step in range(2000):
            if not lifecycle.work_on(run):
                break
        run.refresh_from_db()
        return run

    def silence(self, moment: datetime) -> None:
        """Both sides were read a minute ago, but for the store that went silent."""
        Cursor.objects.update(watermark=moment - timedelta(minutes=1))
        for shop in self.shops:
            quiet = timedelta(hours=9) if shop in self.quiet else timedelta(minutes=1)
            Store.objects.filter(pk=shop.store.pk).update(last_pull_at=moment - quiet)

    @property
    def quiet(self) -> list[Shop]:
        """Stores of which nothing is heard any more."""
        return [shop for shop in self.shops if shop.silent]

    @contextmanager
    def _counting(self) -> Iterator[None]:
        by_store = {shop.store.pk: Counting(shop) for shop in self.shops}
        kept = census.connector_of
        setattr(census, "connector_of", lambda part: by_store[part.store_id])  # noqa: B010
        try:
            yield
        finally:
            setattr(census, "connector_of", kept)  # noqa: B010

    def _count(self, planted: Mapping[Shop, Mapping[str, list[str]]]) -> None:
        self.result.faults = Counter(
            name for named in planted.values() for name in named
        )
        self.result.counts["orders"] = sum(len(shop.tales) for shop in self.shops)
        self.result.counts["faults"] = sum(self.result.faults.values())
        self.result.digest = json_digest(
            {shop.store.slug: named for shop, named in planted.items()}
        )


def play(seed: int) -> Result:
    """Play one world in the database at hand, which must be empty."""
    return Reconciled(seed).play()
