from __future__ import annotations

import pytest

from orders.masking import address_lines, masked
from tests.orders.factories import RECIPIENT


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("name", "Ada Byron", "A••• B•••"),
        ("line1", "12 St James's Square", "1•••"),
        ("postcode", "SW1Y 4JH", "SW•••"),
        ("phone", "+44 20 7946 0018", "••• 18"),
        ("email", "ada@x.example", "a•••@•••"),
        ("email", "no address", "•••"),
        ("country", "GB", "GB"),
        ("city", "", ""),
        ("city", None, ""),
    ],
)
def test_a_masked_value_keeps_only_its_start(
    field: str, value: str | None, shown: str
) -> None:
    assert masked(field, value) == shown


def test_address_shows_nothing_of_the_buyer_until_revealed() -> None:
    hidden = str(address_lines(RECIPIENT, reveal=False))
    shown = str(address_lines(RECIPIENT, reveal=True))

    for secret in ("Ada", "Byron", "James", "Winchcombe", "4JH", "7946"):
        assert secret not in hidden
        assert secret in shown
