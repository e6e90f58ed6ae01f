"""Each cell of the scenario matrix, through real sandbox peers; the table is cells.py."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox_server import (
    SandboxServer,
    almost_stand_still,
    sandbox,
    sandbox_process,
)
from tests.scenarios.cells import Never, Row, cells, of_seller
from tests.scenarios.play import play
from tests.scenarios.sellers import SELLERS

__all__ = ["sandbox", "sandbox_process"]


def test_every_cell_is_played_or_cannot_occur() -> None:
    left = {
        (seller, state, event)
        for seller in SELLERS
        for state, event, found in cells(seller)
        if found is None
    }

    assert left == set()


def test_each_ends_closed_or_in_one_case_that_goes_with_its_cause() -> None:
    rows = {
        row for x in SELLERS for _state, _event, row in cells(x) if isinstance(row, Row)
    }

    for row in rows:
        assert row.after.count("(") <= 1, row
        assert bool(row.end) == ("(" in row.after or "<" in row.after), row
        assert "(" not in row.then, row


@pytest.mark.sqlite
@pytest.mark.parametrize("code", SELLERS)
def test_a_marketplaces_column(
    code: str,
    sandbox: SandboxServer,
    transactional_db: None,
    settings: Any,
    subtests: pytest.Subtests,
) -> None:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    almost_stand_still(sandbox)
    seller = SELLERS[code]
    sandbox.config(**{code: dict(seller.config)} if seller.config else {})
    rows = {(s, e): x for s, e, x in cells(code) if not isinstance(x, Never) and x}

    after, then = play(sandbox, seller, rows)

    for (state, event), row in rows.items():
        with subtests.test(state=state.value, event=event.value):
            assert after[state, event] == of_seller(row.after, code)
            if row.end:
                assert then[state, event] == row.then
