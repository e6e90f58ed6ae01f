"""A seller agrees in the browser: away with a state, back with a code, once."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client
from django.urls import reverse

from shipsync_site.lib import clock
from stores import connect
from stores.consent import SALT, SESSION_KEY
from stores.models import AccessToken, AccountState, RemoteAccount
from tests.orders.factories import make_remote_account, make_store
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]

CLIENT_ID = "amzn1.application-oa2-client.demo"


@pytest.fixture
def account(db: None, sandbox: SandboxServer, settings: Any) -> RemoteAccount:
    """A sandbox account without a refresh token; its seller has not agreed yet."""
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    account = make_remote_account(
        seller_id="A2DEMOSELLER",
        region="eu",
        app_id="amzn1.sp.solution.demo",
        settings={"client_id": CLIENT_ID, "first_pull_days": 30},
        secrets={"lwa_client_secret": "demo-secret"},
    )
    make_store(remote_account=account, remote_marketplace="A1F83G8C2ARO7P")
    return account


@pytest.fixture
def lead(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["lead"])
    return client


def press_connect(client: Client, account: RemoteAccount) -> str:
    """Where the browser is sent."""
    answer = client.post(reverse("stores:account_connect", args=[account.pk]))
    assert answer.status_code == 200
    onward = re.search(r'content="0; url=([^"]+)"', answer.content.decode())
    assert onward is not None
    return unescape(onward.group(1))


def agree(url: str, *, seller: str = "A2DEMOSELLER", decision: str = "confirm") -> str:
    """The seller's way through the consent page, by real HTTP; where it leads back."""
    page = requests.get(url, timeout=10)
    assert page.status_code == 200, page.text
    assert f'value="{seller}"' in page.text or seller == "A2OTHER"
    answer = requests.post(
        url,
        data={"seller_id": seller, "decision": decision},
        allow_redirects=False,
        timeout=10,
    )
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def come_back(client: Client, location: str) -> str:
    """Follow the browser back; the page that it ends on."""
    parts = urlsplit(location)
    assert parts.path == reverse("stores:consent")
    page = client.get(f"{parts.path}?{parts.query}", follow=True)
    # Neither the code nor the state stays in the address.
    assert "code" not in page.redirect_chain[-1][0]
    return str(page.content.decode())


def test_a_seller_agrees_and_the_account_works(
    lead: Client, account: RemoteAccount, users: dict[str, User]
) -> None:
    AccessToken.objects.create(account=account.key, kind="access", token="old")
    connect.pause(account, "Amazon no longer accepts the refresh token")
    url = press_connect(lead, account)
    query = parse_qs(urlsplit(url).query)
    assert query["application_id"] == ["amzn1.sp.solution.demo"]
    assert query["redirect_uri"] == ["http://testserver/accounts/consent/"]

    page = come_back(lead, agree(url))

    account.refresh_from_db()
    assert "is connected. Works" in page
    assert "It was paused and works again." in page
    assert account.state == AccountState.ACTIVE
    assert account.secrets["refresh_token"].startswith("Atzr|")
    assert account.secrets["lwa_client_secret"] == "demo-secret"
    assert account.settings["first_pull_days"] == 30
    assert account.check_outcome == "works"
    # The test after it took a token of its own under the new consent.
    assert AccessToken.objects.get(account=account.key).token != "old"
    assert LogEntry.objects.get().user == users["lead"]


def test_what_a_person_paused_stays_paused(
    lead: Client, account: RemoteAccount, users: dict[str, User]
) -> None:
    connect.pause(account, "Stocktaking", users["ops"])

    come_back(lead, agree(press_connect(lead, account)))

    account.refresh_from_db()
    assert account.state == AccountState.PAUSED
    assert account.secrets["refresh_token"].startswith("Atzr|")


def test_a_renewed_consent_does_not_make_the_secret_younger(
    lead: Client, account: RemoteAccount
) -> None:
    entered = clock.now() - timedelta(days=170)
    account.keep_secrets({"lwa_client_secret": "demo-secret"}, entered)
    account.save()

    come_back(lead, agree(press_connect(lead, account)))

    account.refresh_from_db()
    ends = {each.what: each.at for each in connect.idle_connector(account).expiries()}
    assert ends["LWA client secret"] == entered + timedelta(days=180)
    assert ends["Seller's authorisation"] > clock.now() + timedelta(days=364)


def test_the_same_return_works_once(lead: Client, account: RemoteAccount) -> None:
    back = agree(press_connect(lead, account))
    come_back(lead, back)
    token = RemoteAccount.objects.get(pk=account.pk).secrets["refresh_token"]

    page = come_back(lead, back)

    assert "This return was used already" in page
    account.refresh_from_db()
    assert account.secrets["refresh_token"] == token


def test_a_return_in_another_session_is_refused(
    lead: Client, account: RemoteAccount, users: dict[str, User]
) -> None:
    back = agree(press_connect(lead, account))
    other = Client()
    other.force_login(users["admin"])

    assert "in another browser" in come_back(other, back)
    account.refresh_from_db()
    assert "refresh_token" not in account.secrets


def test_a_return_after_half_an_hour_is_refused(
    lead: Client, account: RemoteAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = agree(press_connect(lead, account))
    monkeypatch.setattr("stores.consent.MAX_AGE", -1)

    assert "More than half an hour passed" in come_back(lead, back)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("", "without the mark"),
        ("nonsense", "a mark that is not ours"),
        (signing.dumps([1, "x"], salt="somebody-else"), "a mark that is not ours"),
        (signing.dumps({"pk": 1}, salt=SALT), "a mark that is not ours"),
        (signing.dumps([1, "never-given"], salt=SALT), "was used already"),
    ],
    ids=["none", "nonsense", "other-salt", "other-shape", "never-given"],
)
def test_a_state_that_is_not_ours_changes_nothing(
    lead: Client, account: RemoteAccount, state: str, sentence: str
) -> None:
    query = urlencode({"spapi_oauth_code": "c", "state": state})
    page = come_back(lead, f"/accounts/consent/?{query}")

    assert sentence in page
    account.refresh_from_db()
    assert "refresh_token" not in account.secrets


def test_a_seller_who_declines_is_told_so(lead: Client, account: RemoteAccount) -> None:
    page = come_back(lead, agree(press_connect(lead, account), decision="cancel"))

    assert "the seller did not agree" in page
    account.refresh_from_db()
    assert "refresh_token" not in account.secrets


def test_another_seller_is_refused_by_name(
    lead: Client, account: RemoteAccount, sandbox: SandboxServer
) -> None:
    sandbox.config(amazon={"sellers": [{"id": "A2OTHER", "marketplaces": ["UK"]}]})

    page = come_back(lead, agree(press_connect(lead, account), seller="A2OTHER"))

    assert "The seller who agreed is A2OTHER, this account is for A2DEMOSELLER" in page
    account.refresh_from_db()
    assert "refresh_token" not in account.secrets


def test_a_code_that_amazon_does_not_know_is_said_so(
    lead: Client, account: RemoteAccount
) -> None:
    state = parse_qs(urlsplit(press_connect(lead, account)).query)["state"][0]
    query = urlencode(
        {
            "spapi_oauth_code": "made-up",
            "selling_partner_id": "A2DEMOSELLER",
            "state": state,
        }
    )

    page = come_back(lead, f"/accounts/consent/?{query}")

    assert "no longer takes this authorisation code" in page


def test_a_wrong_secret_is_said_so(lead: Client, account: RemoteAccount) -> None:
    back = agree(press_connect(lead, account))
    account.keep_secrets({"lwa_client_secret": "wrong"}, clock.now())
    account.save()

    page = come_back(lead, back)

    assert "Amazon refuses the client id or secret" in page


def test_without_an_application_id_nobody_is_sent_away(
    lead: Client, account: RemoteAccount
) -> None:
    account.app_id = ""
    account.save()
    url = reverse("stores:account_connect", args=[account.pk])

    page = lead.post(url, follow=True).content.decode()

    assert "The application id (amzn1.sp.solution.…) is missing" in page


def test_a_draft_application_has_its_own_page(
    lead: Client, account: RemoteAccount, sandbox: SandboxServer
) -> None:
    sandbox.config(amazon={"apps": [{"client_id": CLIENT_ID, "draft": True}]})
    assert requests.get(press_connect(lead, account), timeout=10).status_code == 400

    account.settings["draft_application"] = True
    account.save()

    assert requests.get(press_connect(lead, account), timeout=10).status_code == 200


def test_a_later_save_of_the_form_loses_nothing(
    client: Client, users: dict[str, User], account: RemoteAccount
) -> None:
    account.keep_secrets({"refresh_token": "Atzr|given"}, clock.now())
    account.settings["granted_scope"] = "from the consent"
    account.save()
    client.force_login(users["admin"])
    data = {
        "name": "Renamed",
        "environment": "sandbox",
        "seller_id": "A2DEMOSELLER",
        "region": "eu",
        "app_id": "amzn1.sp.solution.demo",
        "own-client_id": CLIENT_ID,
        "own-first_pull_days": "14",
    }
    client.post(reverse("stores:account_edit", args=["marketplace", account.pk]), data)

    account.refresh_from_db()
    assert account.name == "Renamed"
    assert account.settings["granted_scope"] == "from the consent"
    assert account.settings["first_pull_days"] == 14
    assert account.secrets["refresh_token"] == "Atzr|given"


def test_an_account_may_be_made_before_its_seller_agrees(
    client: Client, users: dict[str, User]
) -> None:
    client.force_login(users["admin"])
    data = {
        "name": "Amazon Europe",
        "environment": "sandbox",
        "seller_id": "A2NEW",
        "region": "eu",
        "own-client_id": CLIENT_ID,
        "own-lwa_client_secret": "demo-secret",
        "own-first_pull_days": "14",
    }
    page = client.post(
        reverse("stores:marketplace_create", args=["amazon"]), data, follow=True
    )

    text = page.content.decode()
    assert "Now press &#x27;Connect&#x27;" in text
    assert re.search(r"missing: nothing can be read or written", text)


def test_no_form_leads_to_the_marketplace(lead: Client, account: RemoteAccount) -> None:
    """A browser would stop where the marketplace leads on to another host of its own."""
    page = lead.get(reverse("stores:account", args=["marketplace", account.pk]))
    onward = lead.post(reverse("stores:account_connect", args=[account.pk]))

    for answer in (page, onward):
        policy = answer["Content-Security-Policy"]
        assert re.findall(r"form-action ([^;]*)", policy) == ["'self'"]
    assert b"<form" not in onward.content


def test_the_real_page_is_the_sellers_own(account: RemoteAccount) -> None:
    account.environment = "production"
    url = connect.idle_connector(account).consent_url(
        state="s", redirect_uri="https://ops.example.com/accounts/consent/"
    )

    assert url.startswith(
        "https://sellercentral-europe.amazon.com/apps/authorize/consent?"
    )


def test_only_a_few_begun_ones_are_remembered(
    lead: Client, account: RemoteAccount
) -> None:
    for _ in range(8):
        press_connect(lead, account)

    assert len(lead.session[SESSION_KEY]) == 5
