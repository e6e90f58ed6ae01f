"""Operators: who keeps their list, what is taken, and whose secrets go where."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from stores.connectors import CONNECTORS
from stores.forms.accounts import RemoteAccountForm
from stores.models import Operator, RemoteAccount
from tests.orders.factories import make_remote_account, make_user

pytestmark = pytest.mark.django_db
HOST = "https://nord.mirakl.net"
EBAY = {
    "name": "Nord",
    "environment": "production",
    "seller_id": "2001",
    "app_id": "",
}


@pytest.fixture(autouse=True)
def _operators(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONNECTORS.get("ebay"), "operators", True)


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user("boss", group="admin"))
    return client


def operator(**fields: Any) -> Operator:
    values = {"marketplace": "ebay", "code": "nord", "label": "Nord", "host": HOST}
    return Operator.objects.create(**(values | fields))


def test_an_admin_adds_an_operator_and_it_is_noted(admin: Client) -> None:
    answer = admin.post(
        reverse("stores:operator_create"),
        {
            "marketplace": "ebay",
            "label": "Maison du Nord",
            "code": "nord",
            "host": HOST,
            "active": "on",
        },
    )

    assert answer.status_code == 302
    row = Operator.objects.get(code="nord")
    assert (row.host, row.active) == (HOST, True)
    assert LogEntry.objects.get().change_message == f"Added with {HOST}"
    assert HOST in admin.get(reverse("stores:operators")).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("host", "http://nord.mirakl.net", "must begin with https://"),
        ("host", "https://nord.mirakl.net/api", "without anything after it"),
        ("host", "https://127.0.0.1", "a number is no name"),
        ("code", "Nord", "Small letters, figures and hyphens"),
        ("marketplace", "amazon", "Select a valid choice"),
    ],
)
def test_what_could_lead_elsewhere_is_refused_with_the_reason(
    admin: Client, field: str, value: str, says: str
) -> None:
    data = {"marketplace": "ebay", "label": "N", "code": "n", "host": HOST}

    answer = admin.post(reverse("stores:operator_create"), data | {field: value})

    assert says in answer.content.decode()
    assert not Operator.objects.exists()


def test_a_second_operator_of_that_short_name_is_refused(admin: Client) -> None:
    operator()

    answer = admin.post(
        reverse("stores:operator_create"),
        {"marketplace": "ebay", "label": "Other", "code": "nord", "host": HOST},
    )

    assert answer.status_code == 200
    assert Operator.objects.count() == 1


def test_whose_keys_a_new_host_gets_is_said_and_kept(admin: Client) -> None:
    row = operator()
    make_remote_account(marketplace="ebay", region="nord", name="Nord UK")
    url = reverse("stores:operator_edit", args=[row.pk])

    assert "Nord UK" in admin.get(url).content.decode()

    other = "https://nord-2.mirakl.net"
    admin.post(url, {"label": "Nord", "host": other, "active": "on", "code": "sud"})

    row.refresh_from_db()
    assert (row.host, row.code) == (other, "nord")
    assert LogEntry.objects.get().change_message == f"Host: {HOST} → {other}"


def own(**fields: str) -> dict[str, str]:
    """What eBay's own half of the form wants."""
    form = CONNECTORS.get("ebay").settings_form()
    values: dict[str, str] = {}
    for name, field in form.fields.items():
        choices = getattr(field, "choices", None)
        first = [str(code) for code, _ in choices if code] if choices else []
        initial = field.initial() if callable(field.initial) else field.initial
        values[f"own-{name}"] = str(initial or (first[0] if first else "x" * 40))
    return values | {f"own-{name}": value for name, value in fields.items()}


def test_the_account_form_offers_operators_instead_of_regions(admin: Client) -> None:
    operator()
    operator(code="sud", label="Sud", active=False)

    page = admin.get(
        reverse("stores:marketplace_create", args=["ebay"])
    ).content.decode()

    assert "Operator" in page
    assert '<option value="nord">Nord</option>' in page
    assert "Sud" not in page


def test_one_operators_secrets_are_not_sent_to_another(admin: Client) -> None:
    operator()
    operator(code="sud", label="Sud", host="https://sud.mirakl.net")
    secret = min(CONNECTORS.get("ebay").secret_fields)
    account = make_remote_account(
        marketplace="ebay",
        region="nord",
        environment="production",
        secrets={secret: "of-nord"},
    )
    url = reverse("stores:account_edit", args=["marketplace", account.pk])

    answer = admin.post(url, EBAY | {"region": "sud"} | own(**{secret: ""}))

    assert "belongs to another operator" in answer.content.decode()
    account.refresh_from_db()
    assert account.region == "nord"


def test_an_account_page_shows_the_host_or_that_there_is_none(admin: Client) -> None:
    row = operator()
    account = make_remote_account(
        marketplace="ebay", region="nord", environment="production"
    )
    url = reverse("stores:account", args=["marketplace", account.pk])
    assert HOST in admin.get(url).content.decode()

    Operator.objects.filter(pk=row.pk).update(active=False)
    assert "not on the list" in admin.get(url).content.decode()


def test_a_form_that_lay_open_does_not_bring_back_an_old_token(admin: Client) -> None:
    account = make_remote_account(
        marketplace="ebay",
        region="nord",
        environment="production",
        secrets={"refresh_token": "old"},
    )
    connector = CONNECTORS.get("ebay")
    operator()
    typed = dict.fromkeys(connector.secret_fields, "s" * 40) | {"refresh_token": ""}
    form = RemoteAccountForm(
        data=EBAY | {"region": "nord"} | own(**typed),
        instance=RemoteAccount.objects.get(pk=account.pk),
        connector=connector,
    )
    RemoteAccount.objects.filter(pk=account.pk).update(
        secrets={"refresh_token": "renewed"}, settings={"cipher": "new"}
    )

    assert form.is_valid(), (form.errors, form.own.errors)
    form.save()

    account.refresh_from_db()
    assert account.settings["cipher"] == "new"
    assert account.secrets["refresh_token"] == "renewed"


@pytest.mark.parametrize(
    ("marketplace", "typed", "words"),
    [
        ("mirakl", "shop", "is no shop id"),
        ("mirakl", "2001", ""),
        ("tiktok", "abc 12", "is no shop code"),
        ("tiktok", "GBLC000001", ""),
        ("ebay", "any name", ""),
    ],
)
def test_a_seller_id_that_the_marketplace_never_gives_is_refused(
    marketplace: str, typed: str, words: str
) -> None:
    connector = CONNECTORS.get(marketplace)
    form = RemoteAccountForm(data={"seller_id": typed}, connector=connector)

    form.is_valid()

    assert words in str(form.errors.get("seller_id", ""))
    assert bool(form.errors.get("seller_id")) == bool(words)
