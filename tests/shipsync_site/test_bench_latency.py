from __future__ import annotations

from typing import Any

import pytest

from shipsync_site.bench import latency
from shipsync_site.bench.plan import SCENARIOS, Plan

GOOD = (
    ("label to accepted", False, 70.0),
    ("label to accepted", True, 5.0),
    ("message to accepted", True, 4.0),
)


def result(*rows: tuple[str, bool, float], **changes: Any) -> dict[str, Any]:
    """A result of these rows: what, whether told, p95."""
    return {
        "scenario": "latency",
        "database": "sqlite",
        "orders": 8,
        "rate": 3.0,
        "poll_intervals": {"shipstation labels": 60.0, "amazon open": 225.0},
        "rows": [
            {"what": what, "nudges": nudges, "events": 8, "mean": p95 / 2, "p95": p95}
            for what, nudges, p95 in rows
        ],
        "not_seen": 0,
        "problems": [],
        **changes,
    }


def test_a_good_result_has_no_problems() -> None:
    assert latency.problems(result(*GOOD)) == []


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((GOOD[0], GOOD[1], ("message to accepted", True, 10.5)), "10.5 s is above 10"),
        ((("label to accepted", False, 121.0), GOOD[2]), "121.0 s is above 120 s"),
        ((GOOD[0], GOOD[1]), "after a message"),
        ((GOOD[1], GOOD[2]), "by polling"),
    ],
)
def test_what_is_slow_or_missing_is_a_problem(
    rows: tuple[tuple[str, bool, float], ...], said: str
) -> None:
    (problem,) = latency.problems(result(*rows))

    assert said in problem


def test_events_that_nobody_saw_are_a_problem() -> None:
    (problem,) = latency.problems(result(*GOOD, not_seen=2))

    assert problem == "2 events were not seen in time"


def test_the_table_sets_polls_beside_messages() -> None:
    lines = list(latency.lines(result(*GOOD, problems=["too slow"])))

    (row,) = [line for line in lines if line.strip().startswith("label to accepted")]
    assert row.split()[-4:] == ["35.0", "70.0", "2.5", "5.0"]
    (row,) = [line for line in lines if line.strip().startswith("message")]
    assert row.split()[-4:] == ["–", "–", "2.0", "4.0"]
    assert "  polls every: shipstation labels 60, amazon open 225" in lines
    assert lines[-1] == "  NOT GOOD ENOUGH: too slow"


def test_a_run_polls_as_production_does_and_can_be_reached(tmp_path: Any) -> None:
    def environment(scenario: str, port: int) -> dict[str, str]:
        return Plan(
            scenario=scenario,
            database="sqlite",
            url="sqlite://",
            folder=tmp_path,
            sandbox_port=1,
            web_port=port,
        ).environment()

    assert "latency" in SCENARIOS
    told = environment("latency", 8123)
    assert told["SHIPSYNC_PULL_INTERVAL"] == "0"
    assert told["SHIPSYNC_PUBLIC_URL"] == "http://127.0.0.1:8123"
    assert environment("push", 0)["SHIPSYNC_PUBLIC_URL"] == ""
