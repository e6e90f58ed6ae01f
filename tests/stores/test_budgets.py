from __future__ import annotations

import threading

import pytest
from django.db import connection, connections
from hypothesis import given, settings
from hypothesis import strategies as st

from shipsync_site.lib import clock
from stores import budget_math, budgets
from stores.budget_math import BudgetState
from stores.errors import ThrottledError
from stores.models import Budget
from stores.remote_types import BudgetSpec

NOW = 1_800_000_000.0
KEY = "shipstation-1"
WINDOW = BudgetSpec(group="all", capacity=40, period=60, reserve=4)
BUCKET = BudgetSpec(group="get", capacity=30, rate=0.5)


class FrozenClock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOW
        monkeypatch.setattr(clock, "timestamp", lambda: self.now)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> FrozenClock:
    return FrozenClock(monkeypatch)


def count(group: str, *, urgent: bool = False) -> int:
    taken = 0
    while taken < 1000:
        try:
            budgets.take(KEY, [group], urgent=urgent)
        except ThrottledError:
            return taken
        taken += 1
    raise AssertionError("the budget never ends")


@pytest.mark.django_db
def test_reserve_is_for_urgent_calls_until_the_tail(at: FrozenClock) -> None:
    budgets.ensure(KEY, [WINDOW])

    assert count("all") == 36
    with pytest.raises(ThrottledError) as refused:
        budgets.take(KEY, ["all"])
    assert refused.value.ours
    # The window is 61 s long for us; its last sixth of 60 s is open to everybody.
    assert refused.value.retry_after == pytest.approx(51)
    budgets.take(KEY, ["all"], urgent=True)
    at.now += 51

    assert count("all") == 3


@pytest.mark.django_db
def test_nothing_goes_in_the_guard_second_and_a_new_window_is_full(
    at: FrozenClock,
) -> None:
    budgets.ensure(KEY, [WINDOW])
    budgets.take(KEY, ["all"])

    at.now += 60.5
    with pytest.raises(ThrottledError) as refused:
        budgets.take(KEY, ["all"], urgent=True)
    assert refused.value.retry_after == pytest.approx(0.5)
    at.now += refused.value.retry_after

    assert count("all", urgent=True) == 40


@pytest.mark.django_db
def test_a_bucket_refills_at_its_rate_up_to_its_capacity(at: FrozenClock) -> None:
    budgets.ensure(KEY, [BUCKET])
    assert count("get") == 30

    with pytest.raises(ThrottledError) as refused:
        budgets.take(KEY, ["get"])
    # A full bucket refills from a second after its first call: two and one.
    assert refused.value.retry_after == pytest.approx(3)
    at.now += 3
    assert count("get") == 1
    at.now += 2
    assert count("get") == 1
    at.now += 3600
    assert count("get") == 30


@pytest.mark.django_db
def test_several_groups_give_all_or_none(at: FrozenClock) -> None:
    budgets.ensure(KEY, [WINDOW, BUCKET])
    assert count("all") == 36

    with pytest.raises(ThrottledError):
        budgets.take(KEY, ["get", "all"])

    assert {row.group: row.left for row in budgets.left(KEY)} == {"all": 4, "get": 30}


@pytest.mark.django_db
def test_a_group_that_was_never_ensured_is_a_mistake_of_ours(at: FrozenClock) -> None:
    with pytest.raises(LookupError, match="no budget 'all'"):
        budgets.take(KEY, ["all"])


@pytest.mark.django_db
def test_ensure_keeps_what_was_learned_and_spent(at: FrozenClock) -> None:
    budgets.ensure(KEY, [WINDOW, BUCKET])
    budgets.take(KEY, ["all"])
    budgets.learn(KEY, "get", rate=2.0)

    budgets.ensure(KEY, [WINDOW, BUCKET, BudgetSpec(group="new", capacity=5, rate=1.0)])

    rows = {row.group: row for row in Budget.objects.filter(account=KEY)}
    assert (rows["all"].tokens, rows["get"].rate) == (39, 2.0)
    assert rows["new"].tokens == 5


@pytest.mark.django_db
def test_a_reserve_that_starves_everybody_is_refused() -> None:
    with pytest.raises(ValueError, match="reserve 5 must be below the capacity 5"):
        budgets.ensure(KEY, [BudgetSpec(group="x", capacity=5, rate=1.0, reserve=5)])


@pytest.mark.django_db
def test_headers_only_lower_tokens_within_a_window(at: FrozenClock) -> None:
    budgets.ensure(KEY, [WINDOW])
    budgets.take(KEY, ["all"], n=10)
    at.now += 1
    sent = at.now

    # Two answers, the later one first.
    budgets.learn(KEY, "all", remaining=20, resets_in=40, sent_at=sent)
    budgets.learn(KEY, "all", remaining=29, resets_in=41, sent_at=sent)

    row = Budget.objects.get(account=KEY)
    assert row.tokens == 20
    assert row.resets_at == at.now + 40


@pytest.mark.django_db
def test_an_answer_about_the_next_window_opens_it(at: FrozenClock) -> None:
    budgets.ensure(KEY, [WINDOW])
    budgets.take(KEY, ["all"], n=36)
    budgets.learn(KEY, "all", remaining=4, resets_in=20, sent_at=at.now)
    at.now += 19.9

    budgets.learn(KEY, "all", remaining=39, resets_in=60, sent_at=at.now - 0.2)
    late = at.now - 5
    budgets.learn(KEY, "all", remaining=1, resets_in=5, sent_at=late)

    row = Budget.objects.get(account=KEY)
    assert (row.tokens, row.resets_at) == (39, at.now + 60)


@pytest.mark.django_db
def test_a_late_answer_says_nothing_about_the_window_we_opened(
    at: FrozenClock,
) -> None:
    budgets.ensure(KEY, [WINDOW])
    budgets.take(KEY, ["all"], n=36)
    sent = at.now
    at.now += 61
    budgets.take(KEY, ["all"])

    budgets.learn(KEY, "all", remaining=0, resets_in=60, sent_at=sent)

    row = Budget.objects.get(account=KEY)
    assert (row.tokens, row.resets_at) == (39, at.now + 61)


@pytest.mark.django_db
def test_a_learned_limit_changes_the_capacity(at: FrozenClock) -> None:
    budgets.ensure(KEY, [WINDOW])
    budgets.take(KEY, ["all"], n=10)

    budgets.learn(KEY, "all", limit=100)

    (line,) = budgets.left(KEY)
    assert (line.capacity, line.left) == (100, 90)


@pytest.mark.django_db
def test_a_block_stops_everybody_and_empties_the_budget(at: FrozenClock) -> None:
    budgets.ensure(KEY, [BUCKET])
    budgets.block(KEY, "get", 7)

    with pytest.raises(ThrottledError) as refused:
        budgets.take(KEY, ["get"], urgent=True)
    assert refused.value.retry_after == pytest.approx(7)
    at.now += 7

    assert count("get") == 3  # what the bucket refilled meanwhile


numbers = st.floats(0, 100, allow_nan=False)
states = st.builds(
    BudgetState,
    capacity=st.floats(1, 100),
    tokens=numbers,
    at=st.floats(NOW - 100, NOW + 10),
    rate=st.just(0.0) | st.floats(0.001, 5),
    period=st.sampled_from([0.0, 2.0, 60.0]),
    resets_at=st.floats(NOW - 70, NOW + 70),
    blocked_until=st.sampled_from([0.0, NOW - 1, NOW + 1]),
    reserve=st.floats(0, 10),
)


@pytest.mark.django_db
@settings(max_examples=150, deadline=None)
@given(state=states, n=st.integers(1, 3), urgent=st.booleans())
def test_the_update_does_what_the_formula_says(
    state: BudgetState, n: int, urgent: bool
) -> None:
    Budget.objects.filter(account=KEY).delete()
    fields = {name: getattr(state, name) for name in BudgetState.__slots__}
    row = Budget.objects.create(account=KEY, group="g", **fields)
    expected = budget_math.taken(state, NOW, n, urgent=urgent)

    refused = budgets._first_refused(KEY, ["g"], n, NOW, urgent)

    row.refresh_from_db()
    assert (refused == "g") == (expected is None)
    for name, value in fields.items():
        wanted = value if expected is None else getattr(expected, name)
        assert getattr(row, name) == pytest.approx(wanted, rel=1e-12, abs=1e-6), name


@settings(deadline=None)
@given(state=states, n=st.integers(1, 3), urgent=st.booleans())
def test_after_the_wait_it_can_be_taken(
    state: BudgetState, n: int, urgent: bool
) -> None:
    if n + state.reserve > state.capacity:
        return
    seconds = budget_math.wait(state, NOW, n, urgent=urgent)
    if seconds == float("inf"):
        assert state.period == 0
        assert state.rate == 0
        return
    later = NOW + seconds + 1e-3

    assert seconds >= 0
    assert budget_math.taken(state, later, n, urgent=urgent) is not None


@settings(max_examples=300, deadline=None)
@given(
    history=st.lists(
        st.tuples(
            st.floats(0, 3),  # time until the next call
            st.floats(0, 2),  # until it arrives
            st.floats(0, 4),  # until its answer is read
        ),
        min_size=1,
        max_size=150,
    ),
    phase=st.floats(0, 60),
)
def test_a_window_peer_never_answers_429(
    history: list[tuple[float, float, float]], phase: float
) -> None:
    """A peer with windows of its own phase; answers are read in order of arrival."""
    state = BudgetState(capacity=10, tokens=10, at=NOW, period=60, reserve=1)
    used: dict[int, int] = {}
    now = NOW
    events: list[tuple[float, float, int, float]] = []
    for gap, latency, reading in history:
        now += gap
        events.sort()
        while events and events[0][0] <= now:
            read_at, sent_at, remaining, resets_in = events.pop(0)
            state = budget_math.learned(
                state,
                read_at,
                sent_at=sent_at,
                remaining=remaining,
                resets_in=resets_in,
            )
        after = budget_math.taken(state, now)
        if after is None:
            continue
        # What is taken before the guard must arrive before the window ends.
        latency = min(latency, 0.9)
        state = after
        arrives = now + latency
        window = int((arrives - NOW + phase) // 60)
        used[window] = used.get(window, 0) + 1
        resets_in = -(-(60 - (arrives - NOW + phase) % 60) // 1)
        events.append((arrives + reading, now, 10 - used[window], max(1.0, resets_in)))

    assert max(used.values()) <= 10


@settings(max_examples=100, deadline=None)
@given(
    latencies=st.lists(st.floats(0, 0.9), min_size=1, max_size=120),
    rate=st.sampled_from([0.5, 2.0, 5.0]),
)
def test_a_bucket_peer_never_answers_429(latencies: list[float], rate: float) -> None:
    """The peer's bucket refills by the times at which calls arrive there."""
    state = BudgetState(capacity=5, tokens=5, at=NOW, rate=rate)
    arrivals: list[float] = []
    now = NOW
    for latency in latencies:
        now += budget_math.wait(state, now) + 1e-6
        after = budget_math.taken(state, now)
        assert after is not None
        state = after
        arrivals.append(now + latency)

    level, since = 5.0, NOW
    for arrival in sorted(arrivals):
        level = min(5.0, level + rate * (arrival - since)) - 1
        since = arrival
        assert level >= -1e-5


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_four_takers_take_exactly_what_is_allowed() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    budgets.ensure(KEY, [BudgetSpec(group="all", capacity=200, period=3600)])
    taken: list[int] = []

    def work() -> None:
        mine = 0
        try:
            while True:
                budgets.take(KEY, ["all"])
                mine += 1
        except ThrottledError:
            taken.append(mine)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(taken) == 200
    assert len(taken) == 4
