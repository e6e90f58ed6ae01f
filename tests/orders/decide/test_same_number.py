from __future__ import annotations

import pytest

from orders.decide_confirm import same_number


@pytest.mark.parametrize(
    ("theirs", "ours", "same"),
    [
        ("QK000000005GB", "QK 0000 0000 5GB", True),
        # eBay keeps letters and digits only.
        ("JD0002123456789", "jd00-0212-3456789", True),
        ("1Z999", "1Z998", False),
        ("", "", False),
        (" - ", "-", False),
    ],
)
def test_one_number_is_one_however_it_is_written(
    theirs: str, ours: str, same: bool
) -> None:
    assert same_number(theirs, ours) is same
