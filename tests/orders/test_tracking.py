"""Doubts about tracking numbers: only where a shape is public, and never a refusal."""

from __future__ import annotations

import pytest

from orders.tracking import doubt


@pytest.mark.parametrize(
    ("carrier", "number"),
    [
        ("royal_mail", "RA473124829GB"),  # the example of UPU S10
        ("royal_mail", "ra 473 124 829 gb"),
        ("royal_mail", "any other shape"),
        ("ups", "1Z999AA10123456784"),
        ("usps", "9400111899223397623910"),
        ("evri", "H01HYA0012345678"),
        ("nobody_knows", "1"),
        ("dpd", ""),
    ],
)
def test_nothing_is_odd(carrier: str, number: str) -> None:
    assert doubt(carrier, number) == ""


@pytest.mark.parametrize(
    ("carrier", "number", "words"),
    [
        ("royal_mail", "RA473124820GB", "check digit of RA473124820GB"),
        ("ups", "15501234567890", "UPS numbers are 1Z"),
        ("usps", "RA473124829GB", "USPS numbers"),
    ],
)
def test_what_is_odd_is_said(carrier: str, number: str, words: str) -> None:
    assert words in doubt(carrier, number)
