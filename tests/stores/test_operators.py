from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from stores import connect
from stores.connectors import CONNECTORS
from stores.errors import UnauthorisedError
from stores.hosts import check_host
from stores.models import Environment, Operator, RemoteAccount
from stores.operators import host_of, regions_of
from stores.remote_types import ConnectionOutcome

HOST = "https://maison-du-nord.mirakl.net"


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> str:
    """A marketplace whose connector has operators with hosts of their own."""
    monkeypatch.setattr(CONNECTORS.get("amazon"), "operators", True)
    return "amazon"


def account(market: str, **fields: Any) -> RemoteAccount:
    values: dict[str, Any] = {
        "name": "Nord",
        "marketplace": market,
        "seller_id": "2001",
        "region": "nord",
        "secrets": {"api_key": "k"},
    }
    return RemoteAccount.objects.create(**(values | fields))


def operator(market: str, **fields: Any) -> Operator:
    values: dict[str, Any] = {
        "marketplace": market,
        "code": "nord",
        "label": "Maison du Nord",
        "host": HOST,
    }
    return Operator.objects.create(**(values | fields))


@pytest.mark.parametrize("url", [HOST, "https://a.example", "https://xn--bcher-kva.ch"])
def test_a_public_name_over_https_is_a_host(url: str) -> None:
    check_host(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "operator.mirakl.net",
        "http://operator.mirakl.net",
        "HTTPS://operator.mirakl.net",
        "https://",
        "https://Operator.mirakl.net",
        "https://operator.mirakl.net/",
        "https://operator.mirakl.net/api",
        "https://operator.mirakl.net:443",
        "https://operator.mirakl.net:8443",
        "https://operator.mirakl.net:",
        "https://operator.mirakl.net.",
        "https://operator.mirakl.net?x=1",
        "https://operator.mirakl.net#x",
        "https://operator.mirakl.net@evil.example",
        "https://user:pass@operator.mirakl.net",
        "https://operator.mirakl.net\\@evil.example",
        "https://operator.mirakl.net\n",
        "https://operator.mirakl.net %2f",
        "https://оperator.mirakl.net",
        "https://localhost",
        "https://shop.localhost",
        "https://printer.local",
        "https://db.internal",
        "https://intranet",
        "https://127.0.0.1",
        "https://127.1",
        "https://2130706433",
        "https://0x7f.1",
        "https://0x7f.0.0.0x1",
        "https://[::1]",
        "https://10.0.0.7",
        "https://-a.example",
    ],
)
def test_anything_else_is_no_host(url: str) -> None:
    with pytest.raises(ValidationError):
        check_host(url)


@pytest.mark.django_db
def test_an_account_gets_the_host_of_its_operator_on_the_list(market: str) -> None:
    operator(market)

    assert connect.connector_for(account(market)).account.host == HOST


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"code": "other"},
        {"active": False},
        {"host": "https://127.0.0.1"},
        {"host": "https://operator.mirakl.net@evil.example"},
        {"marketplace": "ebay"},
    ],
)
def test_no_call_goes_out_without_a_good_host_on_the_list(
    market: str, fields: dict[str, Any]
) -> None:
    operator(market, **fields)
    nobody = account(market)

    with pytest.raises(UnauthorisedError, match="an admin adds it"):
        connect.connector_for(nobody)
    assert connect.idle_connector(nobody).account.host == ""
    report = connect.test_connection(nobody)
    assert report.outcome is ConnectionOutcome.STORE_INACTIVE


@pytest.mark.django_db
def test_in_the_sandbox_each_operator_is_a_path_of_the_practice_server(
    market: str, settings: Any
) -> None:
    settings.SHIPSYNC_SANDBOX_URL = "http://127.0.0.1:8900/"
    practice = account(market, environment=Environment.SANDBOX)

    assert host_of(practice) == "http://127.0.0.1:8900/amazon/nord"
    practice.region = "../ebay"
    assert host_of(practice) == ""


@pytest.mark.django_db
def test_the_database_takes_no_host_without_https(market: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        operator(market, host="http://operator.mirakl.net")


@pytest.mark.django_db
def test_active_operators_are_offered_and_an_ended_one_to_its_own_accounts(
    market: str,
) -> None:
    operator(market)
    operator(market, code="sud", label="Sud", active=False)
    connector = CONNECTORS.get(market)

    assert regions_of(connector) == [("nord", "Maison du Nord")]
    assert regions_of(connector, "sud")[1] == ("sud", "Sud (ended)")


def test_a_connector_with_its_own_hosts_offers_its_regions() -> None:
    amazon = CONNECTORS.get("amazon")

    assert regions_of(amazon) == list(amazon.regions)
