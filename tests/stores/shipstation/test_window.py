from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stores.errors import ThrottledError, TransientError
from stores.shipstation import pacific, parse
from stores.shipstation.client import ShipStationClient
from stores.shipstation.types import MalformedRecord, OrderRows, SsOrder
from stores.shipstation.window import (
    Window,
    WindowStep,
    read_orders_window,
)
from tests.stores.shipstation import bodies

START = datetime(2026, 7, 1, 12, tzinfo=UTC)


class Peer:
    """Orders by time of change; some of them make every page that holds them a 500."""

    def __init__(self, seconds: list[float], poison: set[int] | None = None) -> None:
        self.rows = [(START + timedelta(seconds=at), id) for id, at in enumerate(seconds)]  # fmt: skip
        self.poison = poison or set()
        self.calls = 0
        self.down: Callable[[int], bool] = lambda call: False

    def list_orders(
        self,
        *,
        modified_since: datetime,
        modified_until: datetime | None,
        store_id: int | None,
        page: int,
        page_size: int,
        urgent: bool,
    ) -> OrderRows:
        assert store_id is None
        self.calls += 1
        if self.down(self.calls):
            raise TransientError("500", status=500)
        since = pacific.start_bound(modified_since)
        found = sorted(
            (moment, id)
            for moment, id in self.rows
            if pacific.to_text(moment).replace("T", " ") >= since
        )
        part = found[(page - 1) * page_size : page * page_size]
        if any(id in self.poison for _, id in part):
            raise TransientError("500", status=500)
        return parse.orders(
            {
                "orders": [
                    bodies.order(orderId=id, modifyDate=pacific.to_text(moment))
                    for moment, id in part
                ],
                "total": len(found),
                "page": page,
                "pages": -(-len(found) // page_size),
            },
            as_of=START,
        )

    def touch(self, id: int, seconds: float) -> None:
        self.rows = [row for row in self.rows if row[1] != id]
        self.rows.append((START + timedelta(seconds=seconds), id))


def step(peer: Any, window: Window) -> WindowStep[SsOrder]:
    """A step after a restart: the window goes through its texts."""
    return read_orders_window(
        cast("ShipStationClient", peer), Window.load(window.dump())
    )


def read_all(
    peer: Peer, window: Window | None = None, *, most: int = 200
) -> tuple[set[int], list[MalformedRecord]]:
    window = window or Window(since=START - timedelta(minutes=5))
    seen: set[int] = set()
    bad: list[MalformedRecord] = []
    for _ in range(most):
        taken = step(peer, window)
        seen |= {order.order_id for order in taken.rows}
        bad += taken.malformed
        if taken.done:
            return seen, bad
        window = taken.next
    raise AssertionError(f"not done after {most} steps: {window}")


def test_small_window_is_one_call() -> None:
    peer = Peer([1, 2, 3])

    assert read_all(peer) == ({0, 1, 2}, [])
    assert peer.calls == 1


def test_empty_window_is_done() -> None:
    assert read_all(Peer([])) == (set(), [])


def test_many_rows_take_few_calls() -> None:
    peer = Peer([index / 10 for index in range(3000)])

    assert read_all(peer)[0] == set(range(3000))
    assert peer.calls <= 8


def test_rows_of_one_second_are_paged() -> None:
    peer = Peer([7.0] * 1700)

    assert read_all(peer)[0] == set(range(1700))


def test_rows_that_move_to_the_end_take_nobody_with_them() -> None:
    peer = Peer([float(index) for index in range(900)])
    first = step(peer, Window(since=START))
    for id in range(400):
        peer.touch(id, 5000 + id)

    seen, _ = read_all(peer, first.next)

    assert seen >= set(range(500, 900))


@pytest.mark.parametrize("poison", [0, 1, 250, 437, 499, 500, 899])
def test_bad_record_is_named_and_all_others_are_read(poison: int) -> None:
    peer = Peer([float(index) for index in range(900)], poison={poison})

    seen, bad = read_all(peer)

    assert seen == set(range(900)) - {poison}
    assert len(bad) == 1
    assert peer.calls <= 45


def test_bad_record_among_rows_of_one_second() -> None:
    peer = Peer([7.0] * 900, poison={300})

    seen, bad = read_all(peer)

    assert seen == set(range(900)) - {300}
    assert len(bad) == 1


def test_two_bad_records_side_by_side_are_both_passed() -> None:
    peer = Peer([float(index) for index in range(60)], poison={30, 31})

    seen, bad = read_all(peer)

    assert seen == set(range(60)) - {30, 31}
    assert len(bad) == 2


def test_the_record_is_named_by_its_neighbours() -> None:
    peer = Peer([60.0, 120.0, 180.0], poison={1})

    (bad,) = read_all(peer)[1]

    assert bad.remote_id == "after 2026-07-01T05:01:00.0000000"
    assert "2026-07-01T05:03:00.0000000" in bad.problem


def test_trouble_at_shipstation_blames_no_record() -> None:
    peer = Peer([float(index) for index in range(30)])
    peer.down = lambda call: call <= 20
    window = Window(since=START)
    backed_off = 0

    while peer.calls < 20:
        taken = step(peer, window)
        assert taken.malformed == ()
        backed_off += taken.error is not None
        window = taken.next
    seen, bad = read_all(peer, window)

    assert backed_off >= 3
    assert (seen, bad) == (set(range(30)), [])


def test_one_odd_500_costs_no_row() -> None:
    peer = Peer([float(index) for index in range(700)])
    peer.down = lambda call: call == 1

    assert read_all(peer) == (set(range(700)), [])


def test_empty_budget_leaves_the_window_as_it_was() -> None:
    class Throttled:
        def list_orders(self, **kwargs: Any) -> OrderRows:
            raise ThrottledError("empty", retry_after=9, ours=True)

    window = Window(since=START, offset=500)

    with pytest.raises(ThrottledError):
        step(Throttled(), window)


def test_unreachable_is_no_bad_record() -> None:
    class Unreachable:
        def list_orders(self, **kwargs: Any) -> OrderRows:
            raise TransientError("no route")

    with pytest.raises(TransientError):
        step(Unreachable(), Window(since=START))


def test_repeated_hour_ends() -> None:
    # 08:00 UTC is 01:00 PDT on the night the clocks go back
    offset = (datetime(2026, 11, 1, 8, tzinfo=UTC) - START).total_seconds()
    peer = Peer([offset + index * 6 for index in range(1200)])

    seen, bad = read_all(
        peer, Window(since=START + timedelta(seconds=offset - 300)), most=40
    )

    assert (seen, bad) == (set(range(1200)), [])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(0, 400), max_size=700),
    st.sets(st.integers(0, 699), max_size=4),
    st.sets(st.integers(1, 40), max_size=5),
)
def test_every_row_is_read_or_named(
    seconds: list[int], poison: set[int], down: set[int]
) -> None:
    peer = Peer([float(second) for second in sorted(seconds)], poison)
    peer.down = lambda call: call in down

    seen, bad = read_all(peer, most=600)

    healthy = set(range(len(seconds))) - poison
    assert healthy - seen == set() or len(bad) > len(poison & set(range(len(seconds))))
    assert not (seen & poison)
