"""What people say of a store: dated, signed, kept, and asked for again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from stores import statements
from stores.models import Statement
from tests.orders.factories import make_store

pytestmark = pytest.mark.django_db


def test_the_newest_word_counts_and_older_ones_are_kept(users: dict[str, User]) -> None:
    store = make_store()
    statements.record(store, "notify_setting", "label", "", users["lead"])
    statements.record(store, "notify_setting", "never", "changed", users["lead"])

    newest = statements.newest(store)["notify_setting"]

    assert (newest.value, newest.note, newest.by) == ("never", "changed", users["lead"])
    assert Statement.objects.count() == 2


def test_one_stores_word_says_nothing_of_another(users: dict[str, User]) -> None:
    store, other = make_store(), make_store(name="Other")
    statements.record(store, "buyer_emails", "off", "", users["lead"])

    assert statements.word(store, "buyer_emails").ready
    assert not statements.word(other, "buyer_emails").stands


def test_an_old_word_is_asked_for_again(users: dict[str, User]) -> None:
    store = make_store()
    row = statements.record(store, "buyer_emails", "off", "", users["lead"])
    good_for = statements.BUYER_EMAILS.good_for

    Statement.objects.filter(pk=row.pk).update(
        at=row.at - good_for + timedelta(minutes=1)
    )
    assert statements.word(store, "buyer_emails").stands
    Statement.objects.filter(pk=row.pk).update(at=row.at - good_for)
    assert not statements.word(store, "buyer_emails").stands


@pytest.mark.parametrize(
    ("subject", "value"),
    [
        ("buyer_emails", "on"),
        ("tax_sample", "missing"),
        ("automation_rule", "not_set_up"),
        ("stop_tag_known", "unknown"),
    ],
)
def test_an_answer_may_stand_and_still_keep_a_store_back(
    subject: str, value: str, users: dict[str, User]
) -> None:
    store = make_store()
    statements.record(store, subject, value, "", users["lead"])

    word = statements.word(store, subject)

    assert (word.stands, word.ready) == (True, False)


def test_what_nobody_asks_is_refused_by_name(users: dict[str, User]) -> None:
    store = make_store()

    with pytest.raises(statements.UnknownStatementError, match="no subject 'weather'"):
        statements.record(store, "weather", "fine", "", users["lead"])
    with pytest.raises(statements.UnknownStatementError, match="known: off, on"):
        statements.record(store, "buyer_emails", "perhaps", "", users["lead"])
    assert not Statement.objects.exists()


def test_every_code_fits_its_column() -> None:
    for code, subject in statements.SUBJECTS.items():
        assert code == subject.code
        assert len(code) <= 40
        assert len({x.code for x in subject.answers}) == len(subject.answers)
        assert any(x.ready for x in subject.answers)
