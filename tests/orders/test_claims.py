"""Who has a case on screen, and that two people never get the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orders import claims
from orders.models import OrderException
from shipsync_site.lib import clock
from tests.orders import factories
from tests.orders.test_triage_concurrent import at_once

EVERY = OrderException.objects.all


def cases(count: int) -> list[OrderException]:
    """Open cases, the next deadline first."""
    store, now = factories.make_store(), clock.now()
    return [
        factories.make_case(
            factories.make_order(store=store, buyer=False),
            deadline=now + timedelta(minutes=10 * number),
        )
        for number in range(count)
    ]


@pytest.mark.django_db
def test_the_soonest_that_nobody_has_open_is_given() -> None:
    first, second, third = cases(3)
    mia, tom = factories.make_user("mia"), factories.make_user("tom")

    assert claims.take_next(EVERY(), mia.pk) == first
    assert claims.take_next(EVERY(), tom.pk) == second
    assert claims.take_next(EVERY(), tom.pk, [second.pk]) == third
    assert claims.take_next(EVERY(), mia.pk, [first.pk]) is None
    first.refresh_from_db()
    assert claims.holder(first, tom.pk) == mia
    assert claims.holder(first, mia.pk) is None


@pytest.mark.django_db
def test_a_claim_ends_when_its_page_no_longer_renews_it() -> None:
    (case,) = cases(1)
    mia, tom = factories.make_user("mia"), factories.make_user("tom")
    assert claims.claim(case.pk, mia.pk)
    assert claims.claim(case.pk, tom.pk) is None

    OrderException.objects.update(claimed_until=clock.real_now())

    case.refresh_from_db()
    assert claims.holder(case, tom.pk) is None
    assert claims.claim(case.pk, tom.pk)


@pytest.mark.django_db
def test_a_page_that_is_left_gives_up_its_own_claim_only() -> None:
    (case,) = cases(1)
    mia, tom = factories.make_user("mia"), factories.make_user("tom")
    before = claims.claim(case.pk, mia.pk)
    renewed = claims.claim(case.pk, mia.pk)

    assert not claims.release(case.pk, tom.pk)
    assert not claims.release(case.pk, mia.pk, before), "a newer page has it"
    assert claims.release(case.pk, mia.pk, renewed)
    assert claims.claim(case.pk, tom.pk)


@pytest.mark.django_db
def test_closed_cases_are_not_claimed() -> None:
    (case,) = cases(1)
    OrderException.objects.update(state="resolved")

    assert claims.claim(case.pk, factories.make_user().pk) is None
    assert claims.take_next(EVERY(), factories.make_user().pk) is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_eight_who_ask_at_once_each_gets_another_case() -> None:
    cases(20)
    people = [factories.make_user() for _ in range(8)]

    def two(index: int) -> list[int]:
        first = claims.take_next(EVERY(), people[index].pk)
        assert first is not None
        second = claims.take_next(EVERY(), people[index].pk, [first.pk])
        assert second is not None
        return [first.pk, second.pk]

    got = [pk for pks in at_once(8, two) for pk in pks]

    assert len(got) == len(set(got)) == 16
