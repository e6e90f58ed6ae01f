"""What a marketplace lists itself: read again on request, offered where it is needed."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from stores import connect
from stores.choices import keep_all
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.errors import ThrottledError, TransientError
from stores.models import CarrierMapping, Choice, RemoteAccount
from stores.remote_types import Choice as Listed
from stores.remote_types import ChoiceKind, ConnectionOutcome, ConnectionReport
from tests.orders.factories import make_remote_account, make_store

pytestmark = pytest.mark.django_db
WORKS = ConnectionReport(outcome=ConnectionOutcome.WORKS, sentence="It works.")


def carrier(code: str, label: str, **fields: str) -> Listed:
    return Listed(kind=ChoiceKind.CARRIER, code=code, label=label, **fields)


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """eBay as a marketplace that lists its carriers: what it answers."""
    answers: list[Any] = [carrier("RM24", "Royal Mail 24", standard="ROYAL-MAIL")]
    ebay = CONNECTORS.get("ebay")

    def fetch(_self: Any) -> tuple[Listed, ...]:
        if answers and isinstance(answers[0], Exception):
            raise answers[0]
        return tuple(answers)

    monkeypatch.setattr(
        ebay, "capabilities", ebay.capabilities | {Capability.LIST_CHOICES}
    )
    monkeypatch.setattr(ebay, "fetch_choices", fetch)
    monkeypatch.setattr(ebay, "check_connection", lambda _self: WORKS)
    return answers


@pytest.fixture
def account() -> RemoteAccount:
    return make_remote_account(marketplace="ebay", name="eBay UK")


@pytest.fixture
def ops(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["ops"])
    return client


def press(client: Client, account: RemoteAccount) -> str:
    url = reverse("stores:account_lists", args=["marketplace", account.pk])
    return client.post(url, follow=True).content.decode()


def test_the_lists_are_read_again_on_request(
    lists: list[Any], account: RemoteAccount, ops: Client
) -> None:
    page = press(ops, account)

    assert "Read: 1 entries" in page
    assert "What eBay lists" in page
    assert '<span class="mono text-break">RM24</span> Royal Mail 24' in page
    assert Choice.objects.get().code == "RM24"


def test_what_cannot_be_read_leaves_what_was_known(
    lists: list[Any], account: RemoteAccount, ops: Client
) -> None:
    press(ops, account)
    lists.insert(0, TransientError("eBay is away"))

    page = press(ops, account)

    assert "what was known stays: eBay is away" in page
    assert Choice.objects.count() == 1


def test_lists_whose_quota_is_used_up_are_named(
    lists: list[Any], account: RemoteAccount, ops: Client
) -> None:
    reason = Listed(kind=ChoiceKind.CANCEL_REASON, code="1", label="Out of stock")
    keep_all(account.key, [reason])

    assert "Not all of these could be read again: Reasons to cancel." in press(
        ops, account
    )

    lists.insert(0, ThrottledError("used up", retry_after=7300))
    assert "Try again in about 2 h" in press(ops, account)


def test_a_connection_test_reads_them_and_does_not_fail_by_them(
    lists: list[Any], account: RemoteAccount
) -> None:
    assert connect.test_connection(account).ok
    assert Choice.objects.count() == 1

    lists.insert(0, TransientError("eBay is away"))
    assert connect.test_connection(account).ok


def test_a_marketplace_without_lists_has_no_button(
    account: RemoteAccount, ops: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ebay = CONNECTORS.get("ebay")
    without = ebay.capabilities - {Capability.LIST_CHOICES}
    monkeypatch.setattr(ebay, "capabilities", without)
    url = reverse("stores:account", args=["marketplace", account.pk])

    assert "Read the lists again" not in ops.get(url).content.decode()
    lists_url = reverse("stores:account_lists", args=["marketplace", account.pk])
    assert ops.post(lists_url).status_code == 404


def test_the_mapping_offers_one_stores_codes_and_all_stores_standards(
    lists: list[Any], account: RemoteAccount, ops: Client
) -> None:
    store = make_store(slug="ebay-uk", name="eBay UK", remote_account=account)
    keep_all(account.key, [*lists, carrier("9", "Evri", scope="express")])
    url = reverse("stores:carrier_create")

    alone = ops.get(url, {"marketplace": "ebay", "store": store.slug})
    assert '<option value="RM24">Royal Mail 24, eBay UK</option>' in (
        alone.content.decode()
    )

    shared = ops.get(url, {"marketplace": "ebay"}).content.decode()
    assert '<option value="ROYAL-MAIL">Royal Mail 24, eBay UK</option>' in shared
    assert '<option value="Evri">Evri, eBay UK</option>' in shared
    assert 'value="RM24"' not in shared


def test_a_store_with_a_list_is_offered_nothing_else(
    lists: list[Any], account: RemoteAccount, ops: Client
) -> None:
    store = make_store(slug="ebay-uk", name="eBay UK", remote_account=account)
    url = reverse("stores:carrier_create")
    where = {"marketplace": "ebay", "store": store.slug}
    default = f'value="{CONNECTORS.get("ebay").default_carriers[0].carrier_code}"'
    assert default in ops.get(url, where).content.decode()

    keep_all(account.key, lists)

    shown = ops.get(url, where).content.decode()
    assert default not in shown
    assert "1 codes are offered" not in shown
    assert "1 code is offered as you type" in shown


def test_rows_for_operators_say_that_each_has_codes_of_its_own(
    ops: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    CarrierMapping.objects.create(
        marketplace="ebay", shipstation_carrier="royal_mail", carrier_code="ROYAL-MAIL"
    )
    url = reverse("stores:carriers")
    words = "the operator&#x27;s own code"
    page = ops.get(url).content.decode().replace("'", "&#x27;")
    assert words not in page

    monkeypatch.setattr(CONNECTORS.get("ebay"), "operators", True)

    page = ops.get(url).content.decode().replace("'", "&#x27;")
    assert words in page


@pytest.mark.parametrize("typed", ["RM24", "royal mail 24", "ROYAL-MAIL"])
def test_a_listed_carrier_needs_no_second_look_and_its_name_is_taken_for_its_code(
    lists: list[Any], account: RemoteAccount, ops: Client, typed: str
) -> None:
    store = make_store(slug="ebay-uk", remote_account=account)
    keep_all(account.key, lists)

    ops.post(
        reverse("stores:carrier_create"),
        {
            "marketplace": "ebay",
            "store": store.pk,
            "shipstation_carrier": "royal_mail",
            "carrier_code": typed,
        },
    )

    row = CarrierMapping.objects.get(store=store)
    assert row.carrier_code == ("RM24" if typed != "ROYAL-MAIL" else typed)


def test_a_carrier_that_is_not_listed_is_asked_about(
    lists: list[Any], account: RemoteAccount, ops: Client
) -> None:
    store = make_store(slug="ebay-uk", remote_account=account)
    keep_all(account.key, lists)

    page = ops.post(
        reverse("stores:carrier_create"),
        {
            "marketplace": "ebay",
            "store": store.pk,
            "shipstation_carrier": "royal_mail",
            "carrier_code": "Postman Pat",
        },
    ).content.decode()

    assert "Not saved yet." in page
    assert not CarrierMapping.objects.filter(store=store).exists()
