"""The fault driver: twenty seeds hold, the same seed is the same, broken rules show."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from shipsync_site.soak.faults.history import play
from shipsync_site.soak.faults.runs import Run, RunError, check, parse_seeds

SEEDS = range(20)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_rule_holds_once_the_weather_clears(
    transactional_db: None, seed: int
) -> None:
    result = play(seed)

    told = "\n".join([*map(str, result.problems), *result.stories, *result.log])
    assert not result.problems, f"{told}\nagain: manage.py soak faults --seeds {seed}"
    assert result.counts["orders"]
    assert result.counts["calls"]


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("3", [3]), ("0-2", [0, 1, 2]), ("5,8-9, 1", [5, 8, 9, 1])],
)
def test_seeds_are_read(text: str, seeds: list[int]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("9000", "9000"),
        ("0-9000", "9000"),
        ("5-3", "5 is above 3"),
        ("-1", "'-1'"),
        ("x", "'x'"),
        ("1.5", "'1.5'"),
        ("", "''"),
    ],
)
def test_another_seed_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(RunError, match=named.replace(".", r"\.")):
        parse_seeds(text)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"workers": 0}, "--workers 0"),
        ({"pumps": 0}, "--pumps 0"),
        ({"pumps": 2}, "--database"),
        ({"database": "mysql://x/y"}, "mysql"),
    ],
)
def test_what_cannot_be_run_is_said(options: dict[str, Any], named: str) -> None:
    with pytest.raises(RunError, match=named):
        check(Run(seeds=[0], **options))


def test_the_command_refuses_a_seed_that_is_none() -> None:
    with pytest.raises(CommandError, match="12345 is not from 0 to 8999"):
        call_command("soak", "faults", "--seeds", "12345")
