"""What people say is told to the marketplace once, and believed when it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from orders.facts import Operation, Priority, Work
from orders.ingest import ingest
from orders.models import Decision, Order, OrderEvent, OrderException, SyncJob
from orders.reconsider import reconsider
from orders.sync.attempts import Attempted
from orders.sync.operations import answer, confirm
from orders.triage import InvalidActError, NotAllowedError, resolve
from shipsync_site.lib import clock
from stores.choices import keep_all
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.errors import LockedError, OutcomeUnknownError, RejectedError, RemoteError
from stores.models import RemoteAccount, RemoteCall, Store
from stores.remote_types import (
    Acceptance,
    Block,
    CancellationAnswer,
    Choice,
    ChoiceKind,
    RemoteLine,
    RemoteOrder,
    RemoteStatus,
)
from tests.orders.factories import make_call, make_order, make_store, make_user

pytestmark = pytest.mark.django_db


@dataclass
class Market:
    """A marketplace of one order: what it was told, and what it answers next."""

    store: Store
    status: RemoteStatus = RemoteStatus.WAITING_ACCEPTANCE
    asks: bool = False
    cancelled: bool = False
    lines: tuple[str, ...] = ("L1", "L2")
    told: list[Acceptance | CancellationAnswer] = field(default_factory=list)
    reads: int = 0
    fails: list[RemoteError] = field(default_factory=list)
    deaf: bool = False
    on_open: Callable[[RemoteCall], None] | None = None

    def accept(self, acceptance: Acceptance, *, urgent: bool = False) -> None:
        self._told(acceptance)
        yes = all(taken for _line, taken in acceptance.lines)
        if not self.deaf:
            self.status = RemoteStatus.OPEN if yes else RemoteStatus.CANCELLED
            self.cancelled = not yes

    def answer_cancellation(
        self, said: CancellationAnswer, *, urgent: bool = False
    ) -> None:
        self._told(said)
        if not self.deaf:
            self.asks = False
            self.cancelled = said.accept

    def _told(self, said: Acceptance | CancellationAnswer) -> None:
        call = make_call(self.store.remote_account.key, started_at=clock.now())
        if self.on_open is not None:
            self.on_open(call)
        self.told.append(said)
        if self.fails:
            raise self.fails.pop(0)

    def fetch_order(self, remote_id: str, *, urgent: bool = False) -> RemoteOrder:
        self.reads += 1
        return self.order()

    def order(self) -> RemoteOrder:
        now = clock.now()
        cancelled = self.cancelled
        return RemoteOrder(
            remote_id="M-1",
            number="M-1",
            marketplace_id=self.store.remote_marketplace,
            status=RemoteStatus.CANCELLED if cancelled else self.status,
            raw_status=str(self.status).upper(),
            ordered_at=now - timedelta(hours=1),
            updated_at=now,
            as_of=now,
            blocks=frozenset(Block),
            raw={},
            ship_by=now + timedelta(days=2),
            accept_by=now + timedelta(hours=20),
            lines=tuple(
                RemoteLine(
                    remote_id=line_id,
                    sku=line_id,
                    title=line_id,
                    quantity=2,
                    quantity_cancelled=2 if cancelled else 0,
                    cancel_requested=self.asks,
                )
                for line_id in self.lines
            ),
        )


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Market:
    amazon = CONNECTORS.get("amazon")
    monkeypatch.setattr(
        amazon,
        "capabilities",
        amazon.capabilities
        | {
            Capability.ACCEPT_ORDERS,
            Capability.ACCEPT_CANCELLATION,
            Capability.REJECT_CANCELLATION,
        },
    )
    found = Market(store=make_store())

    def connector_for(account: RemoteAccount, *, on_open: Any = None) -> Market:
        found.on_open = on_open
        return found

    monkeypatch.setattr(confirm, "connector_for", connector_for)
    monkeypatch.setattr(answer, "connector_for", connector_for)
    return found


def heard(market: Market) -> Order:
    ingest(market.store.remote_account, [market.order()])
    return Order.objects.get()


def work(market: Market, times: int = 4) -> Order:
    """Let the lane work until nothing is due; an order has no more to say than that."""
    for _ in range(times):
        SyncJob.objects.update(due_at=clock.now())
        confirm.unit(market.store.remote_account, lambda _due: None)
    return Order.objects.get()


def case(kind: str) -> OrderException:
    return OrderException.objects.get(kind=kind, state="open")


def decide(kind: str, way: str, *, by: str = "lead", **said: Any) -> OrderException:
    row = case(kind)
    user = make_user(group=by)
    return resolve(row, way, user, said.pop("reason", ""), row.version, **said)


def test_a_person_accepts_and_the_marketplace_is_read_back(market: Market) -> None:
    heard(market)
    assert work(market).status == "waiting_acceptance"
    assert market.told == []

    decide("acceptance_due", "take", by="ops")
    order = work(market)

    assert market.told == [
        Acceptance(
            order_remote_id="M-1",
            marketplace_id=market.store.remote_marketplace,
            lines=(("L1", True), ("L2", True)),
        )
    ]
    assert order.status == "open"
    assert not OrderException.objects.filter(
        kind="acceptance_due", state="open"
    ).exists()


def test_a_store_that_always_accepts_asks_nobody(market: Market) -> None:
    market.store.operating_models.update(acceptance="auto")
    heard(market)

    assert work(market).status == "open"
    assert len(market.told) == 1
    assert not OrderException.objects.filter(kind="acceptance_due").exists()


def test_a_refused_order_is_closed(market: Market) -> None:
    heard(market)

    decide("acceptance_due", "refuse", reason="Sold out")
    order = work(market)

    assert market.told[0].lines == (("L1", False), ("L2", False))
    assert order.closed_at is not None
    assert order.stage == "cancelled"
    assert Decision.objects.get().reason == "Sold out"


def test_customer_service_does_not_accept_orders(market: Market) -> None:
    heard(market)

    with pytest.raises(NotAllowedError):
        decide("acceptance_due", "take", by="cs")
    work(market)

    assert market.told == []


def test_a_lost_answer_is_looked_for_before_it_is_repeated(market: Market) -> None:
    market.store.operating_models.update(acceptance="auto")
    heard(market)
    market.fails = [OutcomeUnknownError("no answer", code="timeout")]

    confirm.unit(market.store.remote_account, lambda _due: None)
    reconsider([Order.objects.get().pk])
    job = SyncJob.objects.get(peer="marketplace")

    assert len(market.told) == 1
    assert job.operation == "read_back"


def test_the_marketplaces_refusal_is_a_case_with_its_words(market: Market) -> None:
    market.store.operating_models.update(acceptance="auto")
    heard(market)
    market.fails = [RejectedError("It was refused already", code="INVALID_STATE")]

    work(market)

    assert len(market.told) == 1
    assert case("acceptance_refused").summary == "It was refused already"


def test_a_record_that_moved_on_is_a_refusal_and_no_broken_contract(
    market: Market,
) -> None:
    market.store.operating_models.update(acceptance="auto")
    heard(market)
    market.fails = [LockedError("Cancelled meanwhile", code="gone")]

    work(market)

    assert case("acceptance_refused").summary == "Cancelled meanwhile"
    assert not OrderException.objects.filter(kind="contract_broken").exists()


def test_a_cancellation_is_granted_with_the_reason_that_was_chosen(
    market: Market,
) -> None:
    keep_all(
        market.store.remote_account.key,
        [
            Choice(kind=ChoiceKind.CANCEL_REASON, code="r1", label="Out of stock"),
            Choice(kind=ChoiceKind.CANCEL_REASON, code="r2", label="Wrong price"),
        ],
    )
    market.status, market.asks = RemoteStatus.OPEN, True
    heard(market)

    decide("cancel_requested", "cancel_market", by="cs", choice="r2")
    order = work(market)

    (said,) = market.told
    assert isinstance(said, CancellationAnswer)
    assert (said.accept, said.reason, said.whole) == (True, "r2", True)
    assert said.lines == (("L1", 2), ("L2", 2))
    assert order.closed_at is not None
    decision = Decision.objects.get()
    assert (decision.choice, decision.reason) == ("r2", "Wrong price")


def test_a_rejection_needs_a_reason_that_is_legal_for_this_order(
    market: Market,
) -> None:
    def legal(code: str, scope: str = "") -> Choice:
        return Choice(
            kind=ChoiceKind.REJECT_REASON, code=code, label=code.title(), scope=scope
        )

    keep_all(
        market.store.remote_account.key,
        [legal("packed"), legal("sent"), legal("late", "M-1"), legal("gone", "M-1")],
    )
    market.status, market.asks = RemoteStatus.OPEN, True
    heard(market)
    for choice in ("", "packed", "made up"):
        with pytest.raises(InvalidActError, match="choose the reason"):
            decide("cancel_requested", "reject_request", by="cs", choice=choice)

    decide("cancel_requested", "reject_request", by="cs", choice="late")
    work(market)

    (said,) = market.told
    assert isinstance(said, CancellationAnswer)
    assert (said.accept, said.reason) == (False, "late")


def test_each_try_carries_the_same_reference(market: Market) -> None:
    market.status, market.asks = RemoteStatus.OPEN, True
    heard(market)
    market.fails = [RejectedError("Not now", code="busy")]
    decide("cancel_requested", "cancel_market", by="cs")
    work(market)

    assignee = case("answer_refused").assignee
    assert assignee is not None
    assert Decision.objects.get().by == assignee
    decide("answer_refused", "retry", by="cs")
    order = work(market)

    first, second = market.told
    assert isinstance(first, CancellationAnswer)
    assert isinstance(second, CancellationAnswer)
    assert first.reference == second.reference != ""
    assert order.closed_at is not None


def test_a_rejection_is_told_and_the_order_goes_on(market: Market) -> None:
    market.status, market.asks = RemoteStatus.OPEN, True
    heard(market)

    decide("cancel_requested", "reject_request", by="cs")
    order = work(market)

    (said,) = market.told
    assert isinstance(said, CancellationAnswer)
    assert said.accept is False
    assert order.stage not in ("held", "cancelled")
    assert not OrderException.objects.filter(state="open").exists()
    texts = OrderEvent.objects.values_list("text", flat=True)
    assert any(text.startswith("The request was rejected") for text in texts)


def test_ship_anyway_is_not_offered_where_an_open_request_stops_a_dispatch(
    market: Market,
) -> None:
    market.status, market.asks = RemoteStatus.OPEN, True
    heard(market)

    with pytest.raises(InvalidActError, match="no way out"):
        decide("cancel_requested", "ship_anyway", by="cs", reason="it is packed")


def test_nobody_but_a_person_answers(market: Market) -> None:
    market.store.operating_models.update(cancel_request="cancel", acceptance="auto")
    market.status, market.asks = RemoteStatus.OPEN, True
    heard(market)

    work(market, times=6)

    assert market.told == []
    assert case("answer_cancellation")


def test_another_orders_same_answer_has_another_reference(market: Market) -> None:
    one, other = make_order(store=market.store), make_order(store=market.store)
    seen = []
    for order in (one, other):
        work = Work(
            peer="marketplace",
            operation=Operation.ANSWER,
            target="cause",
            priority=Priority.URGENT,
            due_at=clock.now(),
            digest="same",
            yes=True,
        )
        job = SyncJob.objects.create(
            order=order,
            account=market.store.remote_account.key,
            peer="marketplace",
            due_at=clock.now(),
            lease_id="ours",
            lease_until=clock.real_now() + timedelta(minutes=1),
        )
        item = Attempted(job=job, work=work)
        answer.answer(market.store.remote_account, order, item, urgent=True)
        said = market.told[-1]
        assert isinstance(said, CancellationAnswer)
        seen.append(said.reference)

    assert len(set(seen)) == 2


def test_only_what_has_not_left_is_asked_to_be_cancelled() -> None:
    order = make_order(
        lines=[
            {"quantity": 5, "quantity_cancelled": 1, "quantity_fulfilled": 2},
            {"quantity": 1, "quantity_fulfilled": 1},
        ]
    )

    found = answer.answer_of(order, yes=True, reason="", reference="r")

    (first, _second) = order.lines.order_by("pk")
    assert found.lines == ((first.remote_id, 2),)
    assert found.whole
