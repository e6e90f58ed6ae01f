from __future__ import annotations

import csv
import io
import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from shipsync_site.lib import clock
from tests.orders import factories

pytestmark = pytest.mark.django_db
LIST = reverse("orders:list")
EXPORT = reverse("orders:export")


@pytest.fixture
def ops(users: dict[str, User], client: Client) -> Client:
    client.force_login(users["ops"])
    return client


def body(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def test_stranger_is_sent_to_the_login(client: Client) -> None:
    assert client.get(LIST).status_code == 302


@pytest.mark.parametrize("url", [LIST, EXPORT])
@pytest.mark.parametrize(
    ("role", "status"),
    [("ops", 200), ("cs", 200), ("finance", 200), ("packer", 200), ("nobody", 403)],
)
def test_who_may_see_the_list(
    users: dict[str, User], client: Client, url: str, role: str, status: int
) -> None:
    client.force_login(users[role])

    assert client.get(url).status_code == status


def test_the_most_urgent_order_comes_first(ops: Client) -> None:
    now = clock.now()
    later = factories.make_order(ship_by=now + timedelta(hours=9))
    late = factories.make_order(ship_by=now - timedelta(hours=1))
    never = factories.make_order(ship_by=None)

    page = body(ops.get(LIST))

    places = [page.index(order.number) for order in (late, later, never)]
    assert places == sorted(places)
    assert "1 past ship-by" in page
    assert "no deadline" in page


def test_numbers_link_to_lists_with_exactly_that_many_rows(ops: Client) -> None:
    now = clock.now()
    for hours in (-2, -1, 3, 30):
        factories.make_order(ship_by=now + timedelta(hours=hours))

    page = body(ops.get(LIST))
    late = ops.get(LIST, {"due": "late"})

    assert "2 past ship-by" in page
    assert 'href="?due=late"' in page
    assert len(late.context["rows"]) == 2


def test_list_costs_the_same_for_one_order_and_for_fifty(
    ops: Client, django_assert_max_num_queries: object
) -> None:
    store = factories.make_store()
    for number in range(55):
        order = factories.make_order(store=store, lines=2)
        if number % 5 == 0:
            factories.make_case(order)

    with django_assert_max_num_queries(16):  # type: ignore[operator]
        response = ops.get(LIST)

    assert len(response.context["rows"]) == 50
    assert response.context["counts"].total == 55


def test_the_rest_is_on_the_next_page(ops: Client) -> None:
    store = factories.make_store()
    for _ in range(52):
        factories.make_order(store=store, buyer=False)

    first = ops.get(LIST)
    second = ops.get(LIST, {"after": first.context["page"].next})

    assert len(second.context["rows"]) == 2
    seen = {row.order.pk for row in first.context["rows"]}
    assert not seen & {row.order.pk for row in second.context["rows"]}


@pytest.mark.parametrize(
    "query",
    [
        "stage=nonsense",
        "due=1",
        "after=x~y",
        "store=none",
        "country=%00",
        "q=" + "x" * 500,
    ],
)
def test_a_mistyped_url_still_answers(ops: Client, query: str) -> None:
    factories.make_order()

    assert ops.get(f"{LIST}?{query}").status_code == 200


def test_empty_list_says_why_and_when_we_last_looked(ops: Client) -> None:
    nothing = body(ops.get(LIST))
    factories.make_order()
    unmatched = body(ops.get(LIST, {"q": "203-0"}))

    assert "No order was imported yet" in nothing
    assert "Nothing is exactly ‘203-0’" in unmatched
    assert "Marketplaces last read" in unmatched
    assert "2 min ago" in unmatched


def test_buyer_is_searched_by_hash_and_never_named_in_a_url(
    users: dict[str, User], client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    order = factories.make_order(
        recipient={"name": "Grace Hopper"}, email="g@x.example"
    )
    other = factories.make_order()
    client.force_login(users["cs"])

    with caplog.at_level(logging.INFO):
        response = client.post(
            reverse("orders:search_buyer"), {"text": "  grace HOPPER "}
        )
    page = body(client.get(response["Location"]))

    assert "hopper" not in response["Location"].lower()
    assert "hopper" not in caplog.text.lower()
    assert order.number in page
    assert other.number not in page


def test_ops_cannot_search_buyers(ops: Client) -> None:
    order = factories.make_order()

    assert ops.post(reverse("orders:search_buyer"), {"text": "x"}).status_code == 403
    assert "Find a buyer" not in body(ops.get(LIST))
    assert order.number in body(ops.get(LIST, {"buyer": "0" * 32}))


def test_list_never_shows_a_buyer(users: dict[str, User], client: Client) -> None:
    factories.make_order()
    client.force_login(users["lead"])

    page = body(client.get(LIST))

    assert "Byron" not in page
    assert "James" not in page


def test_csv_has_the_rows_of_the_list_and_its_taker_is_logged(
    ops: Client, users: dict[str, User], caplog: pytest.LogCaptureFixture
) -> None:
    wanted = factories.make_order(stage="held")
    factories.make_order()

    with caplog.at_level(logging.INFO, logger="orders"):
        response = ops.get(EXPORT, {"stage": "held"})
        text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]

    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["Order"] for row in rows] == [wanted.number]
    assert f"orders exported by={users['ops'].pk} filters=['stage']" in caplog.text
    assert response["Content-Disposition"].startswith('attachment; filename="orders-')


def test_search_finds_the_case_that_mentions_an_unread_order(
    users: dict[str, User], client: Client
) -> None:
    factories.make_order(buyer=False)
    factories.make_case(
        kind="order_malformed",
        order=None,
        scope="account:remote-1",
        summary="Order 203-77-77 can't be read: total",
    )
    client.force_login(users["ops"])

    page = client.get(reverse("orders:list"), {"q": "203-77-77"}).content.decode()

    assert 'href="/cases/?q=203-77-77">1 case mentions it</a>' in page


def test_a_buyer_who_is_not_found_is_said_to_need_the_whole_name(
    users: dict[str, User], client: Client
) -> None:
    factories.make_order()
    client.force_login(users["cs"])

    page = client.post(reverse("orders:search_buyer"), {"text": "Hughes"}, follow=True)

    assert "Only a whole name, e-mail or postcode is found" in page.content.decode()


def test_orders_are_found_by_marketplace_and_an_unknown_one_finds_none(
    ops: Client,
) -> None:
    ours = factories.make_order()
    ebay = factories.make_remote_account(marketplace="ebay", region="")
    factories.make_order(store=factories.make_store(remote_account=ebay))

    rows = ops.get(LIST, {"marketplace": "amazon"}).context["rows"]

    assert [row.order for row in rows] == [ours]
    assert len(ops.get(LIST).context["rows"]) == 2
    unknown = ops.get(LIST, {"marketplace": "nowhere"})
    assert unknown.context["rows"] == []
    assert "Unknown filter marketplace=nowhere" in body(unknown)
