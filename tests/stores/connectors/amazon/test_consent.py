"""Where a seller of each marketplace agrees, and what ends when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from stores.connectors.amazon import consent
from stores.connectors.amazon.forms import AmazonSettingsForm
from stores.connectors.base import AccountConfig
from stores.errors import RejectedError

ENTERED = datetime(2026, 3, 1, tzinfo=UTC)
UK, NL, US, CA, JP, AU = (
    *("A1F83G8C2ARO7P", "A1805IZSGTT6HS", "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"),
    *("A1VC38T7YXB528", "A39IBJ37TRP1C6"),
)


def config(**fields: Any) -> AccountConfig:
    defaults: dict[str, Any] = {
        "key": "remote-1",
        "environment": "production",
        "region": "eu",
        "seller_id": "A2SELLER",
        "settings": {},
        "secrets": {"lwa_client_secret": "s", "refresh_token": "Atzr|x"},
        "marketplace_ids": (),
        "app_id": "amzn1.sp.solution.1",
    }
    return AccountConfig(**(defaults | fields))


def url(account: AccountConfig) -> str:
    return consent.url(account, state="st", redirect_uri="https://ops.example.com/c/")


@pytest.mark.parametrize(
    ("region", "marketplaces", "host"),
    [
        ("eu", (), "sellercentral-europe.amazon.com"),
        ("eu", (NL, UK), "sellercentral-europe.amazon.com"),
        ("eu", (NL,), "sellercentral.amazon.nl"),
        ("na", (), "sellercentral.amazon.com"),
        ("na", (US, CA), "sellercentral.amazon.com"),
        ("na", (CA,), "sellercentral.amazon.ca"),
        ("fe", (), "sellercentral.amazon.co.jp"),
        ("fe", (JP,), "sellercentral.amazon.co.jp"),
        ("fe", (AU,), "sellercentral.amazon.com.au"),
    ],
)
def test_each_seller_agrees_in_their_own_seller_central(
    region: str, marketplaces: tuple[str, ...], host: str
) -> None:
    account = config(region=region, marketplace_ids=marketplaces)

    assert urlsplit(url(account)).netloc == host


def test_what_travels_in_the_address() -> None:
    parts = urlsplit(url(config(settings={"draft_application": True})))

    assert parts.scheme == "https"
    assert parts.path == "/apps/authorize/consent"
    assert parse_qs(parts.query) == {
        "application_id": ["amzn1.sp.solution.1"],
        "state": ["st"],
        "redirect_uri": ["https://ops.example.com/c/"],
        "version": ["beta"],
    }


def test_a_missing_application_id_is_named() -> None:
    with pytest.raises(RejectedError) as caught:
        url(config(app_id=""))

    assert caught.value.field == "app_id"


def test_secret_and_consent_end_by_their_own_dates() -> None:
    account = config(
        secrets_set_at=ENTERED,
        secret_dates={"refresh_token": ENTERED + timedelta(days=40)},
    )

    ends = {each.what: each.at for each in consent.expiries(account)}

    assert ends == {
        "LWA client secret": ENTERED + timedelta(days=180),
        "Seller's authorisation": ENTERED + timedelta(days=405),
    }


def test_what_is_not_there_does_not_end() -> None:
    assert consent.expiries(config(secrets={}, secrets_set_at=ENTERED)) == ()
    assert consent.expiries(config()) == ()


def test_an_application_of_ones_own_is_not_authorised_yearly() -> None:
    account = config(secrets_set_at=ENTERED, settings={"yearly_authorisation": False})

    assert [each.what for each in consent.expiries(account)] == ["LWA client secret"]


def test_the_form_takes_an_account_without_a_token() -> None:
    form = AmazonSettingsForm(
        {
            "client_id": "amzn1.application-oa2-client.1",
            "lwa_client_secret": "s",
            "first_pull_days": "30",
        }
    )

    assert form.is_valid(), form.errors
