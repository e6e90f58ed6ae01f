"""docs/cancellations.md says what the rows of the decision say."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.orders.decide.channels.page import NAMES, page
from tests.orders.decide.channels.sellers import SELLERS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cancellations.md"


def test_the_page_is_the_table_that_is_tested() -> None:
    made = page()
    if os.environ.get("SHIPSYNC_WRITE_DOCS"):
        PAGE.write_text(made)

    assert PAGE.read_text() == made, "SHIPSYNC_WRITE_DOCS=1 makes it anew"


def test_the_page_has_every_situation_and_marketplace_and_whole_tables() -> None:
    text = PAGE.read_text()
    tables = [part for part in text.split("\n\n") if part.startswith("|")]

    assert all(f"| {name} |" in text for name in NAMES.values())
    assert all(seller.label in text for seller in SELLERS.values())
    assert len(tables) == 8
    for table in tables:
        assert len({line.count(" |") for line in table.strip().splitlines()}) == 1
    assert not re.search(
        r"\b(50[12]|601|None|\w+_\w+_\w+)\b",
        text.replace("SHIPSYNC_WRITE_DOCS", "").replace("test_cancellations", ""),
    )
