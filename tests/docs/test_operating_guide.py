"""docs/operating-guide.md says what the registries say."""

from __future__ import annotations

import os
from pathlib import Path

from orders.exception_kinds import KINDS
from shipsync_site.guide import every_page
from shipsync_site.guide.written import written

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operating-guide.md"


def test_the_file_is_what_the_registries_say() -> None:
    made = written()
    if os.environ.get("SHIPSYNC_WRITE_DOCS"):
        PAGE.write_text(made)

    assert PAGE.read_text() == made, "SHIPSYNC_WRITE_DOCS=1 makes it anew"


def test_it_has_every_page_and_every_kind_and_whole_tables() -> None:
    text = PAGE.read_text()
    lines = text.splitlines()

    assert {f"## {page.title}" for page in every_page()} <= set(lines)
    assert {f"#### {kind.label}" for kind in KINDS} <= set(lines)
    for table in (part for part in text.split("\n\n") if part.startswith("|")):
        assert len({line.count(" |") for line in table.strip().splitlines()}) == 1
