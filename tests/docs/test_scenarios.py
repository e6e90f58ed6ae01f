"""docs/scenarios.md says what the played cells say."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.scenarios.page import TITLES, page
from tests.scenarios.sellers import SELLERS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scenarios.md"


def test_the_page_is_the_matrix_that_is_played() -> None:
    made = page()
    if os.environ.get("SHIPSYNC_WRITE_DOCS"):
        PAGE.write_text(made)

    assert PAGE.read_text() == made, "SHIPSYNC_WRITE_DOCS=1 makes it anew"


def test_the_page_has_every_event_and_whole_tables() -> None:
    text = PAGE.read_text()
    tables = [part for part in text.split("\n\n") if part.startswith("|")]

    assert all(f"## {title}" in text for title in TITLES.values())
    assert len(tables) == len(TITLES) + 3
    for table in tables:
        assert len({line.count(" |") for line in table.strip().splitlines()}) == 1
    assert all(text.count(f" {x.label} |") >= len(TITLES) for x in SELLERS.values())
    played = text[: text.index("## What cannot occur")]
    assert not re.search(
        r"<\w|\b\w+_\w+_\w+\b", played.replace("SHIPSYNC_WRITE_DOCS", "")
    )
