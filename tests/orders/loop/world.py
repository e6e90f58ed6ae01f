"""A small merchant wired to a real sandbox: accounts, stores, steps, and the witness."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Max

from orders.due import decide_due
from orders.models import CaseState, Order, OrderException
from orders.sync.pump import drain
from orders.triage import resolve
from shipsync_site.demo import customs
from shipsync_site.lib import clock
from stores import budgets, lanes
from stores.connect import seed_carrier_defaults, shipstation_for, test_connection
from stores.connectors import CONNECTORS
from stores.models import (
    Direction,
    Lane,
    OperatingModel,
    RemoteAccount,
    RemoteCall,
    ShipStationAccount,
    Store,
    fingerprint,
)
from stores.shipstation import pacific
from stores.shipstation.client import GROUP

UK, DE = "A1F83G8C2ARO7P", "A1PA6795UKMFR9"


class World:
    """One ShipStation account, one Amazon seller with stores in the UK and Germany."""

    def __init__(self, sandbox: Any, **rules: Any) -> None:
        self.sandbox = sandbox
        self.shipstation = ShipStationAccount.objects.create(
            name="ShipStation",
            environment="sandbox",
            key_fingerprint=fingerprint("demo-key"),
            secrets={"api_key": "demo-key", "api_secret": "demo-secret"},
        )
        self.amazon = RemoteAccount.objects.create(
            name="Amazon EU",
            environment="sandbox",
            marketplace="amazon",
            seller_id="A2DEMOSELLER",
            region="eu",
            app_id="amzn1.application-oa2-client.demo",
            settings={"client_id": "amzn1.application-oa2-client.demo"},
            secrets={
                "lwa_client_secret": "demo-secret",
                "refresh_token": "Atzr|demo",
            },
        )
        self.uk = self._store("amazon-uk", UK, **rules)
        self.de = self._store("amazon-de", DE, **rules)
        seed_carrier_defaults(CONNECTORS.get("amazon"))
        customs.seed()
        lanes.ensure_lanes()
        for account in (self.shipstation, self.amazon):
            report = test_connection(account)
            if self._past_window_end():
                report = test_connection(account)
            assert report.ok, report.sentence

    def _store(self, slug: str, marketplace: str, **rules: Any) -> Store:
        store = Store.objects.create(
            slug=slug,
            name=slug,
            remote_account=self.amazon,
            remote_marketplace=marketplace,
            shipstation_account=self.shipstation,
            shipstation_store_id=20001,
            state="live",
        )
        OperatingModel.objects.create(store=store, version=1, **rules)
        return store

    def step(self, *directions: str) -> Counter[str]:
        """Run these directions (default: all) until nothing is due."""
        wanted = list(directions or Direction.values)
        done: Counter[str] = Counter()
        while True:
            self._past_window_end()
            Lane.objects.filter(direction__in=wanted).update(due_at=clock.real_now())
            done.update(drain(wanted, limit=60))
            if not self._past_window_end():
                return done

    def _past_window_end(self) -> bool:
        """Nothing is sent in the last moment of ShipStation's minute: step over it."""
        wait = budgets.wait(self.shipstation.key, GROUP, urgent=True)
        if not 0 < wait <= 3:
            return False
        self.forward(wait + 0.1)
        return True

    def settle(self, rounds: int = 4) -> None:
        """Let everything look at everything a few times."""
        for _round in range(rounds):
            self.step()

    def forward(self, seconds: float) -> None:
        """Move the business clock of both sides on and decide what became due."""
        self._move(seconds)
        decide_due()

    def _move(self, seconds: float) -> None:
        now = clock.current()
        moved = clock.Clock(now.anchor, now.start + seconds, now.rate)
        clock.configure(moved)
        self.sandbox.set_clock(moved)

    def place(self, count: int = 1, **options: Any) -> list[str]:
        """Buyers place orders that are old enough to be listed; their ids."""
        options.setdefault("order_age", 600)
        ids = self.sandbox.orders("amazon", count, **options)
        # Amazon changes one order a millisecond: let it come to the last of them.
        self._move(count / 1000)
        return ids

    def live(self, count: int = 1, **options: Any) -> list[str]:
        """Orders that have reached ShipStation and were read back from it."""
        ids = self.place(count, **options)
        self.step()
        self.later()
        return ids

    def later(self, seconds: float = 90, *directions: str) -> None:
        """Let time pass, then look at everything (or these directions)."""
        self.forward(seconds)
        self.step(*directions)

    def order(self, remote_id: str) -> Order:
        """Our row of this marketplace order."""
        return Order.objects.get(remote_id=remote_id)

    def records(self, remote_id: str) -> list[dict[str, Any]]:
        """ShipStation's own view of the orders with this number, oldest first."""
        return [
            row
            for row in self.sandbox.orders_view("shipstation")
            if row["orderNumber"] == remote_id
        ]

    def record(self, remote_id: str) -> dict[str, Any]:
        """The one order that ShipStation has for this number."""
        (row,) = self.records(remote_id)
        return row

    def line_count(self, remote_id: str) -> int:
        """How many lines ShipStation's one record of this number has."""
        ss_order_id = self.record(remote_id)["orderId"]
        row = shipstation_for(self.shipstation).get_order(ss_order_id, urgent=True)
        assert row is not None
        return len([line for line in row.lines if not line.adjustment])

    def body(self, remote_id: str) -> dict[str, Any]:
        """The whole resource of ShipStation's one record of this number."""
        ss_order_id = self.record(remote_id)["orderId"]
        row = shipstation_for(self.shipstation).get_order(ss_order_id, urgent=True)
        assert row is not None
        return dict(row.body)

    def today(self, days: int = 0) -> str:
        """ShipStation's date of today, or some days later (ISO)."""
        return (pacific.today(clock.now()) + timedelta(days=days)).isoformat()

    def market(self, remote_id: str) -> dict[str, Any]:
        """Amazon's own view of an order."""
        rows = self.sandbox.orders_view("amazon")
        return next(row for row in rows if row["order_id"] == remote_id)

    def confirms(self, remote_id: str) -> list[dict[str, Any]]:
        """The confirmations that Amazon accepted for an order, oldest first."""
        return self.by_key("amazon", "confirm").get(remote_id, [])

    def cases(self, remote_id: str = "") -> set[str]:
        """Kinds of the open cases of an order, or of stores and accounts."""
        rows = OrderException.objects.filter(state=CaseState.OPEN)
        if remote_id:
            rows = rows.filter(order__remote_id=remote_id)
        else:
            rows = rows.filter(order=None)
        return set(rows.values_list("kind", flat=True))

    def case(self, kind: str, remote_id: str = "") -> OrderException:
        """The one open case of this kind."""
        rows = OrderException.objects.filter(state=CaseState.OPEN, kind=kind)
        if remote_id:
            rows = rows.filter(order__remote_id=remote_id)
        return rows.get()

    def decide(self, kind: str, remote_id: str, resolution: str) -> None:
        """Somebody resolves the open case of this kind."""
        person = User.objects.filter(is_superuser=True).first() or staff()
        case = self.case(kind, remote_id)
        resolve(case, resolution, person, "because", case.version)

    def calls(self, *operations: str, after: int = 0) -> int:
        """How many requests of ours were sent, by operation."""
        rows = RemoteCall.objects.filter(pk__gt=after)
        return rows.filter(operation__in=operations).count()

    def last_call(self) -> int:
        """The id of our last request, for calls()."""
        return RemoteCall.objects.aggregate(last=Max("pk"))["last"] or 0

    def ledger(self, peer: str, *operations: str) -> list[dict[str, Any]]:
        """Accepted effects of a peer, of these operations."""
        return [
            row
            for row in self.sandbox.ledger(peer)
            if not operations or row["operation"] in operations
        ]

    def by_key(self, peer: str, *operations: str) -> dict[str, list[dict[str, Any]]]:
        """The same by key."""
        found = defaultdict(list)
        for row in self.ledger(peer, *operations):
            found[row["key"]].append(row)
        return dict(found)


def staff(name: str = "mia", *, superuser: bool = True) -> User:
    """A person who may do everything."""
    return User.objects.create_user(name, password=None, is_superuser=superuser)
