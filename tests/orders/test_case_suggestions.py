"""What is suggested first: what people took before, then what the kind itself says."""

from __future__ import annotations

from typing import Any

import pytest

from orders import case_suggestions, triage
from orders.models import OrderException, WayTally
from tests.orders.factories import make_case, make_order, make_user

pytestmark = pytest.mark.django_db


def tally(kind: str, way: str, taken: int, offered: int, sort: str = "") -> None:
    WayTally.objects.create(
        kind=kind, way=way, sort=sort, taken=taken, offered=offered, last_by_name="mia"
    )


def refused(code: str = "bad_carrier", **fields: Any) -> OrderException:
    return make_case(kind="confirm_refused", context={"code": code}, **fields)


def test_what_people_take_most_comes_first_and_says_how_often() -> None:
    tally("confirm_refused", "retry", 2, 16)
    tally("confirm_refused", "accept", 14, 16)

    first, *_rest = case_suggestions.ranked(refused())

    assert first.code == "accept"
    assert first.rate == "taken 14 of 16 times when offered"
    assert first.last_by == "mia"


def test_the_same_sort_of_cause_counts_before_the_kind() -> None:
    tally("confirm_refused", "accept", 90, 100)
    tally("confirm_refused", "retry", 10, 100)
    tally("confirm_refused", "retry", 4, 4, sort="code=throttled_there")
    tally("confirm_refused", "accept", 0, 4, sort="code=throttled_there")

    assert case_suggestions.ranked(refused("throttled_there"))[0].code == "retry"
    assert case_suggestions.ranked(refused("bad_carrier"))[0].code == "accept"


def test_two_choices_say_nothing_yet() -> None:
    tally("confirm_refused", "accept", 2, 2)

    assert case_suggestions.suggest([refused()]) == {}


def test_a_fix_on_the_page_stands_first_and_names_its_value() -> None:
    case = make_case(kind="carrier_unmapped", context={"carrier": "dpd_local"})

    hint = case_suggestions.suggest([case])[case.pk]

    assert (hint.code, hint.label) == ("map_carrier", "Map dpd_local")
    assert not hint.one_step


def test_a_way_that_asks_for_a_reason_is_not_one_step() -> None:
    ways = {way.code: way for way in case_suggestions.ranked(refused())}

    assert ways["retry"].one_step
    assert not ways["accept"].one_step
    assert ways["accept"].url.endswith("#way-accept")


def test_deciding_counts_and_taking_it_back_uncounts() -> None:
    lead = make_user(group="lead")
    case = make_case(make_order(), kind="hold_refused")
    after = triage.resolve(case, "dismiss", lead, "Agreed with the buyer", case.version)
    row = WayTally.objects.get(kind="hold_refused", way="dismiss", sort="")
    assert (row.taken, row.offered, row.last_by_name) == (1, 1, lead.username)
    others = WayTally.objects.filter(kind="hold_refused", sort="").exclude(
        way="dismiss"
    )
    assert {(x.taken, x.offered) for x in others} == {(0, 1)}

    triage.reopen(after, lead, after.version)

    row.refresh_from_db()
    assert (row.taken, row.offered) == (0, 0)


def test_a_page_of_cases_is_ranked_with_one_query(
    django_assert_num_queries: Any,
) -> None:
    tally("confirm_refused", "accept", 9, 10)
    cases = [refused(f"code{number}") for number in range(5)]
    cases = list(
        OrderException.objects.filter(
            pk__in=[case.pk for case in cases]
        ).select_related("order__store__remote_account")
    )
    with django_assert_num_queries(1):
        hints = case_suggestions.suggest(cases)

    assert {hint.code for hint in hints.values()} == {"accept"}
