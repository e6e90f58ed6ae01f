"""Which units a parcel tells of, and what is never sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from stores.connectors.tiktok.confirm import (
    Correct,
    Tell,
    Told,
    checked_number,
    plan,
)
from stores.connectors.tiktok.lines import groups_of
from stores.errors import RejectedError
from stores.remote_types import Confirmation
from tests.stores.connectors.tiktok.payloads import (
    GIFT,
    ORDER_ID,
    SERUM,
    SET,
    order,
    shipped,
)

NUMBER, OTHER = "AB123456785GB", "AB123456794GB"
SECOND, THIRD = "57650000000000000102", "57650000000000000103"


def confirmation(*lines: tuple[str, int], **changes: Any) -> Confirmation:
    values: dict[str, Any] = {
        "order_remote_id": ORDER_ID,
        "marketplace_id": "GB",
        "package_ref": "1",
        "carrier_code": "Royal Mail",
        "carrier_name": "",
        "service": "",
        "tracking_number": NUMBER,
        "shipped_at": datetime(2026, 11, 22, tzinfo=UTC),
        "lines": lines or ((SERUM, 2), (SET, 1), (GIFT, 1)),
    }
    return Confirmation(**(values | changes))


def test_units_are_chosen_by_line_and_quantity_and_never_cancelled_ones() -> None:
    step = plan(confirmation(), NUMBER, groups_of(order()))

    assert step == Tell(unit_ids=(SECOND, THIRD, SET, GIFT))


def test_a_part_of_a_line_is_told_by_as_many_units() -> None:
    assert plan(confirmation((SERUM, 1)), NUMBER, groups_of(order())) == Tell(
        unit_ids=(SECOND,)
    )


def test_a_line_is_known_by_any_of_its_units() -> None:
    assert plan(confirmation((THIRD, 1)), NUMBER, groups_of(order())) == Tell(
        unit_ids=(SECOND,)
    )


def test_what_is_told_with_this_number_is_not_told_again() -> None:
    raw = shipped(order(), (SECOND, NUMBER), (THIRD, NUMBER))
    groups = groups_of(raw)

    assert plan(confirmation((SERUM, 2)), NUMBER.lower(), groups) == Told()
    # The rest of a parcel of which TikTok has a part.
    assert plan(confirmation((SERUM, 2), (SET, 1)), NUMBER, groups) == Tell(
        unit_ids=(SET,)
    )


def test_a_second_parcel_takes_the_units_that_are_left() -> None:
    groups = groups_of(shipped(order(), (SECOND, NUMBER)))

    assert plan(confirmation((SERUM, 1)), OTHER, groups) == Tell(unit_ids=(THIRD,))


def test_only_the_number_of_a_voided_label_is_corrected() -> None:
    raw = shipped(order(), (SECOND, NUMBER), (THIRD, NUMBER))
    groups = groups_of(raw)
    parcel = confirmation((SERUM, 2), replaces=("AB 1", NUMBER))

    assert plan(parcel, OTHER, groups) == Correct(package_id="")
    with pytest.raises(RejectedError) as caught:
        plan(confirmation((SERUM, 2)), OTHER, groups)
    assert (caught.value.code, caught.value.field) == (
        "already_fulfilled",
        "trackingNumber",
    )
    assert NUMBER in caught.value.message


def test_of_several_parcels_the_voided_ones_package_is_corrected() -> None:
    raw = shipped(order(), (SECOND, NUMBER), (THIRD, OTHER))

    step = plan(
        confirmation((SERUM, 1), replaces=(OTHER,)), "AB123456803GB", groups_of(raw)
    )

    # The one unit that is not told went in neither.
    assert step == Correct(package_id="115394")


def test_a_voided_part_is_corrected_though_other_units_are_open() -> None:
    groups = groups_of(shipped(order(), (SECOND, NUMBER)))
    parcel = confirmation((SERUM, 1), replaces=(NUMBER,))

    assert plan(parcel, OTHER, groups) == Correct(package_id="")


def test_units_that_are_gone_are_not_told() -> None:
    with pytest.raises(RejectedError) as caught:
        plan(confirmation((SERUM, 3)), NUMBER, groups_of(order()))

    assert (caught.value.code, caught.value.field) == ("too_many_units", "lines")


@pytest.mark.parametrize("lines", [(("4711", 1),), ((SERUM, 0),)])
def test_a_line_that_cant_be_told_is_refused(
    lines: tuple[tuple[str, int], ...],
) -> None:
    with pytest.raises(RejectedError) as caught:
        plan(confirmation(*lines), NUMBER, groups_of(order()))

    assert (caught.value.code, caught.value.field) == ("not_sent", "lines")


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("QK 0000 0000 5GB", "QK000000005GB"),
        ("H00XXA-0123_45.67/8", "H00XXA-0123_45.67/8"),
        ("1234", "1234"),
    ],
)
def test_a_number_is_sent_without_its_spaces(given: str, sent: str) -> None:
    assert checked_number(confirmation(tracking_number=given)) == sent


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tracking_number": ""}, "trackingNumber"),
        ({"tracking_number": " \t"}, "trackingNumber"),
        ({"tracking_number": "123"}, "trackingNumber"),
        ({"tracking_number": "1" * 51}, "trackingNumber"),
        ({"tracking_number": "AB#1234"}, "trackingNumber"),
        ({"tracking_number": "ÄB1234"}, "trackingNumber"),
        ({"carrier_code": ""}, "carrierCode"),
        ({"lines": ()}, "lines"),
    ],
)
def test_what_tiktok_never_takes_is_not_sent(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(RejectedError) as caught:
        checked_number(confirmation(**changes))

    assert (caught.value.code, caught.value.field) == ("not_sent", field)
