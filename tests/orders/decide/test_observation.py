"""Whatever the order in which a marketplace's answers arrive, the outcome is the same.

An order lives through some versions; each is seen by full or list-level answers, early
or late, twice or not at all. What counts is the newest answer for each block.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from orders.decide import decide
from orders.ingest import ingest
from orders.models import Order
from orders.snapshot import load
from stores.models import Cursor, Store
from stores.remote_types import (
    Block,
    RemoteAddress,
    RemoteLine,
    RemoteOrder,
    RemotePackage,
    RemoteStatus,
)
from tests.orders.decide.build import MINUTE, NOW, ORDERED, SHIP_BY, kinds, works
from tests.orders.factories import make_record, make_store

FULL = frozenset(Block)
# Without CANCELLATION asked for, and without the role for addresses.
LIST_LEVEL = frozenset({Block.STATUS, Block.LINES, Block.PACKAGES})
ADDRESS = RemoteAddress(
    name="Ada Byron",
    line1="12 St James's Square",
    city="London",
    postcode="SW1Y 4JH",
    country="GB",
)
STATUSES = (
    RemoteStatus.PENDING,
    RemoteStatus.OPEN,
    RemoteStatus.OPEN,
    RemoteStatus.OPEN,
    RemoteStatus.CANCELLED,
    RemoteStatus.SHIPPED,
)


@dataclass(frozen=True)
class Version:
    """The order as it is at its marketplace for a while."""

    status: RemoteStatus
    street: str
    asked: tuple[bool, bool]
    cancelled: int
    not_ours: str
    tracking: str

    def answer(self, minute: int, blocks: frozenset[Block]) -> RemoteOrder:
        """What a request that started in this minute is told of it."""
        moment = NOW + minute * MINUTE
        lines = tuple(
            RemoteLine(
                remote_id=f"item{number}",
                sku=f"SKU-{number}",
                title=f"Teapot {number}",
                quantity=number,
                unit_price=Decimal("9.99"),
                quantity_cancelled=self.cancelled if number == 2 else 0,
                cancel_requested=self.asked[number - 1],
                quantity_fulfilled=0,
            )
            for number in (1, 2)
        )
        if Block.CANCELLATION not in blocks:
            # What was not asked for is unknown, which must never read as 'no'.
            lines = tuple(
                replace(x, quantity_cancelled=None, cancel_requested=None)
                for x in lines
            )
        package = RemotePackage(
            reference="1",
            carrier="Royal Mail",
            tracking_number=self.tracking,
            status="SHIPPED",
            shipped_at=None,
            lines=(),
        )
        return RemoteOrder(
            remote_id="203-0000001-0000001",
            number="203-0000001-0000001",
            marketplace_id="A1F83G8C2ARO7P",
            status=self.status,
            raw_status=self.status.upper(),
            ordered_at=ORDERED,
            updated_at=moment,
            as_of=moment,
            blocks=blocks,
            lines=lines,
            raw={"minute": minute},
            not_ours=self.not_ours,
            ship_by=SHIP_BY,
            recipient=replace(ADDRESS, line2=self.street)
            if Block.RECIPIENT in blocks
            else None,
            currency="GBP",
            total=Decimal("29.97"),
            packages=(package,) if self.tracking else (),
        )


versions = st.builds(
    Version,
    status=st.sampled_from(STATUSES),
    street=st.sampled_from(("", "Flat 3")),
    asked=st.tuples(st.booleans(), st.booleans()),
    cancelled=st.sampled_from((0, 0, 1, 2)),
    not_ours=st.sampled_from(("", "", "", "pick_up")),
    tracking=st.sampled_from(("", "", "JD1")),
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[RemoteOrder], list[RemoteOrder]]:
    """Two ways to hear of one life: in step, and shuffled, doubled and with gaps."""
    life = draw(st.lists(versions, min_size=1, max_size=4))
    in_step: list[RemoteOrder] = []
    for number, version in enumerate(life):
        minute = 10 * number
        if draw(st.booleans()):
            in_step.append(version.answer(minute, LIST_LEVEL))
        in_step.append(version.answer(minute + 5, FULL))
    last = in_step[-1]
    heard = draw(st.lists(st.sampled_from(in_step), max_size=6))
    shuffled = [*heard, last]
    random.Random(draw(st.integers(0, 999))).shuffle(shuffled)
    return in_step, shuffled


def outcome(store: Store, answers: list[RemoteOrder], *, pushed: bool) -> object:
    """What is decided after these answers came in, one by one."""
    for position, answer in enumerate(answers):
        ingest(store.remote_account, [answer])
        order = Order.objects.get(store=store)
        if pushed and position == 0:
            make_record(order, written_digest="before", as_of=NOW)
    order = Order.objects.select_related(
        "store__remote_account", "store__shipstation_account"
    ).get(store=store)
    (loaded,) = load([order])
    verdict = decide(loaded.snapshot, loaded.policy, NOW + timedelta(hours=1))
    facts = (
        order.status,
        order.not_ours,
        order.ship_by,
        order.packages,
        order.buyer.recipient,
        [
            (x.remote_id, x.cancel_requested, x.quantity_cancelled)
            for x in order.lines.order_by("remote_id")
        ],
        [p["message"] for p in order.payload_problems],
    )
    return (
        facts,
        verdict.stage,
        kinds(verdict),
        verdict.closed,
        {name.split()[0] for name in works(verdict)},
    )


def store_read_by_now() -> Store:
    """A live store whose ShipStation orders were read once."""
    store = make_store()
    Cursor.objects.create(
        account=store.shipstation_account.key,
        stream="orders_trailing",
        watermark=NOW + timedelta(hours=1),
    )
    return store


@pytest.mark.django_db
@settings(
    max_examples=10,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(histories(), st.booleans())
def test_the_outcome_does_not_depend_on_the_order_of_answers(
    history: tuple[list[RemoteOrder], list[RemoteOrder]], pushed: bool
) -> None:
    in_step, shuffled = history
    assert outcome(store_read_by_now(), in_step, pushed=pushed) == outcome(
        store_read_by_now(), shuffled, pushed=pushed
    )


@pytest.mark.django_db
def test_a_list_level_answer_does_not_take_a_request_back() -> None:
    version = Version(RemoteStatus.OPEN, "", (True, True), 0, "", "")
    store = store_read_by_now()
    ingest(store.remote_account, [version.answer(5, FULL)])
    ingest(store.remote_account, [version.answer(9, LIST_LEVEL)])
    order = Order.objects.get(store=store)
    assert [x.cancel_requested for x in order.lines.all()] == [True, True]
    assert order.stage == "held"


@pytest.mark.django_db
def test_a_late_stale_answer_does_not_bring_a_withdrawn_request_back() -> None:
    asked = Version(RemoteStatus.OPEN, "", (True, True), 0, "", "")
    withdrawn = replace(asked, asked=(False, False))
    store = store_read_by_now()
    for version, minute in ((asked, 5), (withdrawn, 15), (asked, 5)):
        ingest(store.remote_account, [version.answer(minute, FULL)])
    order = Order.objects.get(store=store)
    assert order.cancel_seq == 1
    assert order.stage == "to_push"


@pytest.mark.django_db
def test_each_new_request_counts() -> None:
    asked = Version(RemoteStatus.OPEN, "", (True, True), 0, "", "")
    withdrawn = replace(asked, asked=(False, False))
    store = store_read_by_now()
    for number, version in enumerate((asked, withdrawn, asked)):
        ingest(store.remote_account, [version.answer(number, FULL)])
    assert Order.objects.get(store=store).cancel_seq == 2
