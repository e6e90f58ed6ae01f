"""Everybody who acts in a history: buyers, packers, the office, people at our cases."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.auth.models import User

from orders import triage
from orders.models import CaseState, Order, OrderException
from shipsync_site.soak.faults.channel import Channel
from stores import connect
from stores.errors import RemoteError
from stores.models import Account, RemoteAccount, ShipStationAccount, Store
from stores.models.account import AccountState
from stores.models.store import StoreState
from stores.sandbox.driver import SandboxClient, SandboxError

Json = dict[str, Any]
Say = Callable[[str], None]
CARRIERS = ("royal_mail", "royal_mail", "rm_cnd_walleted", "dpd", "dpd", "hermes")
OPEN = ("awaiting_shipment",)


class People:
    """Draws one act after another; what each did is said in a line.

    An act that a peer refuses (the order has left meanwhile) is part of life.
    """

    def __init__(
        self,
        seed: int,
        client: SandboxClient,
        channels: Sequence[Channel],
        say: Say,
    ) -> None:
        self._random = random.Random(f"people {seed}")  # noqa: S311 - a play
        self._client = client
        self._channels = channels
        self._say = say
        self.placed: dict[str, tuple[str, Json]] = {}
        self._asked: list[tuple[str, str]] = []
        self._acts: list[tuple[float, Callable[[], str | None]]] = [
            (6, self.order),
            (4, self._ask_to_cancel),
            (1.5, self._withdraw),
            (2, self._change_address),
            (8, self._ship),
            (1.5, self._combine),
            (1.2, self._split),
            (1.2, self._void),
            (1.2, self._relabel),
            (0.8, self._type_in),
            (1, self._edit),
            (1, self._hold),
            (0.5, self._cancel_there),
            (0.4, self._delete_there),
            (4, self._decide),
            (0.6, self._look_again),
            (0.5, self._pause_store),
            (2, self._set_right),
        ]

    def act(self) -> None:
        """One act of somebody."""
        weights = [weight for weight, _act in self._acts]
        (chosen,) = self._random.choices(self._acts, weights)
        try:
            told = chosen[1]()
        except SandboxError as refusal:
            told = f"{chosen[1].__name__.strip('_')} refused: {refusal}"
        if told:
            self._say(told)

    # Buyers

    def order(self) -> str:
        """Somebody orders."""
        channel = self._random.choice(list(self._channels))
        wish = channel.wish(self._random)
        ids = self._client.orders(channel.code, **wish)
        self.placed.update(dict.fromkeys(ids, (channel.code, wish)))
        return f"ordered {', '.join(ids)} ({wish})"

    def _one_order(self) -> tuple[Channel, str] | None:
        if not self.placed:
            return None
        number = self._random.choice(list(self.placed))
        code = self.placed[number][0]
        return next(c for c in self._channels if c.code == code), number

    def _ask_to_cancel(self) -> str | None:
        found = self._one_order()
        if found is None:
            return None
        channel, number = found
        how = self._random.choice(channel.cancels)
        self._client.cancel(channel.code, number, how)
        if how == "request":
            self._asked.append((channel.code, number))
        return f"{number}: cancel, {how}"

    def _withdraw(self) -> str | None:
        if not self._asked:
            return None
        code, number = self._asked.pop(self._random.randrange(len(self._asked)))
        self._client.cancel(code, number, "withdrawn")
        return f"{number}: cancel withdrawn"

    def _change_address(self) -> str | None:
        found = self._one_order()
        if found is None:
            return None
        channel, number = found
        fields = channel.address(self._random)
        self._client.address(channel.code, number, **fields)
        return f"{number}: address {fields}"

    # The warehouse

    def _records(self, *statuses: str) -> list[Json]:
        rows = self._client.orders_view("shipstation")
        return [row for row in rows if row["orderStatus"] in (statuses or OPEN)]

    def _ship(self) -> str | None:
        rows, rng = self._records(), self._random
        if not rows:
            return None
        ids = [row["orderId"] for row in rng.sample(rows, min(len(rows), 4))]
        options: Json = {"carrier": rng.choice(CARRIERS)}
        kind = rng.random()
        if kind < 0.08:
            number = f"HAND{rng.randrange(10**9)}"
            ids, options = (
                ids[:1],
                {**options, "fulfillment": True, "tracking": number},
            )
        elif kind < 0.1:
            options["return_label"] = True
        elif kind < 0.12:
            options["test_label"] = True
        elif kind < 0.2:
            ids, options = ids[:1], {**options, "quantity": 1}
        shipped = self._client.post("ship", {"order_ids": ids, **options})["shipped"]
        told = ", ".join(f"{x['orderNumber']} {x['trackingNumber']}" for x in shipped)
        return f"labels {options}: {told}"

    def _combine(self) -> str | None:
        rows, rng = self._records(), self._random
        if len(rows) < 2:
            return None
        first = rng.choice(rows)
        others = [
            row
            for row in rows
            if row["storeId"] == first["storeId"] and row is not first
        ]
        if not others:
            return None
        ids = [first["orderId"], rng.choice(others)["orderId"]]
        if rng.random() < 0.5:
            self._client.post("manual", {"action": "combine", "order_ids": ids})
            return f"combined {ids}"
        body = {"order_ids": ids, "combine": True, "carrier": rng.choice(CARRIERS)}
        self._client.post("ship", body)
        return f"combined and labelled {ids}"

    def _split(self) -> str | None:
        rows = self._records()
        if not rows:
            return None
        ids = [self._random.choice(rows)["orderId"]]
        if self._random.random() < 0.5:
            self._client.post("manual", {"action": "split", "order_id": ids[0]})
            return f"split {ids}"
        both = self._random.random() < 0.5
        body = {"order_ids": ids, "split": True, "ship_child": both, "carrier": "dpd"}
        self._client.post("ship", body)
        return f"split and labelled {ids}, both parts: {both}"

    def _one_label(self) -> str | None:
        labels = [
            label["tracking"]
            for row in self._client.orders_view("shipstation")
            for label in row["labels"]
            if not label["voided"] and not label["isReturnLabel"] and not label["test"]
            if label["tracking"]
        ]
        return self._random.choice(labels) if labels else None

    def _void(self) -> str | None:
        tracking = self._one_label()
        if tracking is None:
            return None
        self._client.void(tracking)
        return f"voided {tracking}"

    def _relabel(self) -> str | None:
        tracking = self._one_label()
        if tracking is None:
            return None
        new = self._client.relabel(tracking, carrier=self._random.choice(CARRIERS))
        return f"label {tracking} replaced by {new['trackingNumber']}"

    # The office, at ShipStation's screen

    def _type_in(self) -> str | None:
        number = f"PHONE-{self._random.randrange(10**6)}"
        if self.placed and self._random.random() < 0.6:
            number = self._random.choice(list(self.placed))
        self._client.manual(number)
        return f"typed {number} into ShipStation by hand"

    def _by_hand(self, action: str, *statuses: str, **options: Any) -> str | None:
        rows = self._records(*statuses)
        if not rows:
            return None
        row = self._random.choice(rows)
        body = {"action": action, "order_id": row["orderId"], **options}
        self._client.post("manual", body)
        return f"{row['orderNumber']} ({row['orderId']}): {action} by hand"

    def _edit(self) -> str | None:
        return self._by_hand("edit", weight=self._random.randint(50, 5000))

    def _hold(self) -> str | None:
        if self._random.random() < 0.5:
            return self._by_hand("restore", "on_hold")
        return self._by_hand("hold")

    def _cancel_there(self) -> str | None:
        return self._by_hand("cancel", "awaiting_shipment", "on_hold")

    def _delete_there(self) -> str | None:
        return self._by_hand("delete", "awaiting_shipment", "on_hold")

    # People at shipsync

    def _decide(self) -> str | None:
        cases = OrderException.objects.filter(state=CaseState.OPEN).order_by("pk")
        case = self._random.choice(list(cases)) if cases else None
        ways = triage.resolutions_for(case) if case else ()
        if case is None or not ways:
            return None
        way = self._random.choice(ways)
        what = f"{case.kind} of {case.order or case.scope}: {way.code}"
        try:
            triage.resolve(case, way.code, somebody(), "because", case.version)
        except (triage.TriageError, triage.NotAllowedError) as refusal:
            return f"{what} refused: {refusal}"
        return what

    def _look_again(self) -> str | None:
        orders = list(Order.objects.order_by("pk"))
        if not orders:
            return None
        order = self._random.choice(orders)
        triage.look_again(order, somebody())
        return f"{order.number}: look again"

    def _pause_store(self) -> str | None:
        store = self._random.choice(list(Store.objects.order_by("pk")))
        connect.pause(store, "stocktaking", somebody())
        return f"{store.slug}: paused"

    def _set_right(self) -> str:
        return self.set_right()

    def set_right(self) -> str:
        """Somebody tests paused accounts, lets them go on, and resumes stores."""
        paused = [
            account
            for model in (RemoteAccount, ShipStationAccount)
            for account in model._default_manager.exclude(state=AccountState.ACTIVE)
        ]
        told = [_reconnect(account) for account in paused]
        for store in Store.objects.filter(state=StoreState.PAUSED).order_by("pk"):
            connect.resume(store, somebody())
            told.append(f"{store.slug}: resumed")
        return ", ".join(told)


def _reconnect(account: Account) -> str:
    try:
        report = connect.test_connection(account)
    except RemoteError as error:
        return f"{account}: {error}"
    if not report.ok:
        return f"{account}: still {report.outcome}"
    connect.resume(account, somebody())
    return f"{account}: resumed"


def somebody() -> User:
    """The person who may do everything."""
    return User.objects.get(username="superuser")
