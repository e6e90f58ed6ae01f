"""'They said no' and 'We could not' never look the same, and each can be asked for."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.exception_kinds import KINDS, Answer
from tests.orders import factories

pytestmark = pytest.mark.django_db

KIND = {Answer.REFUSED: "push_refused", Answer.UNABLE: "sync_stuck"}


@pytest.mark.parametrize("answer", KIND)
def test_a_page_says_which_of_the_two_it_is(
    users: dict[str, User], client: Client, answer: Answer
) -> None:
    case = factories.make_case(kind=KIND[answer])
    client.force_login(users["lead"])

    text = client.get(reverse("orders:case", args=[case.pk])).content.decode()

    assert answer.label in text
    assert [x.label for x in KIND if x is not answer and x.label in text] == []


@pytest.mark.parametrize("answer", KIND)
def test_the_queue_shows_and_finds_them(
    users: dict[str, User], client: Client, answer: Answer
) -> None:
    for kind in (*KIND.values(), "overdue"):
        factories.make_case(kind=kind)
    client.force_login(users["lead"])

    page = client.get(reverse("orders:cases"), {"topic": answer.value})
    text = page.content.decode()

    others = [code for code in (*KIND.values(), "overdue") if code != KIND[answer]]
    table = text[text.index("<tbody") : text.index("</tbody>")]
    assert KINDS.get(KIND[answer]).label in table
    assert answer.label in table
    assert [code for code in others if KINDS.get(code).label in table] == []
