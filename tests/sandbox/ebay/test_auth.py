from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from stores.sandbox.ebay.auth import (
    CLIENT_ID,
    CONSENT_SECONDS,
    FULFILLMENT_SCOPE,
    READ_SCOPE,
    REFRESH_TOKEN,
    RU_NAME,
)
from stores.sandbox.ebay.peer import AUTHORIZE_PATH
from tests.sandbox.ebay.driver import BASIC, ORDERS, Driver, number, read

ACCEPT_URL = "http://127.0.0.1:8000/back/"
PAGE = {
    "client_id": CLIENT_ID,
    "redirect_uri": RU_NAME,
    "response_type": "code",
    "scope": FULFILLMENT_SCOPE,
    "state": "a state",
}


def consent(ebay: Driver, **changes: str) -> dict[str, list[str]]:
    ebay.peer.configure({"apps": [{"client_id": CLIENT_ID, "accept_url": ACCEPT_URL}]})
    answer = ebay.get(AUTHORIZE_PATH, **(PAGE | changes))
    assert answer.status_code == 302, answer.content
    parts = urlsplit(answer["Location"])
    assert answer["Location"].startswith(ACCEPT_URL)
    return parse_qs(parts.query)


def redeem(ebay: Driver, code: str, ru_name: str = RU_NAME) -> object:
    answer = ebay.ask_token(
        grant_type="authorization_code", code=code, redirect_uri=ru_name
    )
    return read(answer)


def test_a_consent_comes_back_with_code_and_state(ebay: Driver) -> None:
    back = consent(ebay)

    assert back["state"] == ["a state"]
    body = redeem(ebay, back["code"][0])
    assert isinstance(body, dict)
    assert body["refresh_token_expires_in"] == CONSENT_SECONDS
    assert (body["expires_in"], body["token_type"]) == (7200, "User Access Token")
    ebay.token = body["access_token"]
    assert ebay.search().status_code == 200


def test_a_code_is_good_once_for_five_minutes_and_its_runame(ebay: Driver) -> None:
    spent, late, other = (consent(ebay)["code"][0] for _ in range(3))
    redeem(ebay, spent)

    assert redeem(ebay, other, "Another_RuName") == redeem(ebay, spent)
    ebay.time.move(seconds=300)
    body = redeem(ebay, late)
    assert isinstance(body, dict)
    assert body["error"] == "invalid_grant"


def test_a_seller_may_decline(ebay: Driver) -> None:
    ebay.peer.configure({"consent": "deny"})

    back = consent(ebay)

    assert back["error"] == ["access_denied"]
    assert "code" not in back


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "x"},
        {"redirect_uri": ACCEPT_URL},
        {"response_type": "token"},
        {"scope": "everything"},
    ],
)
def test_a_wrong_consent_page_goes_nowhere(
    ebay: Driver, changes: dict[str, str]
) -> None:
    assert ebay.get(AUTHORIZE_PATH, **(PAGE | changes)).status_code == 400


def test_a_refresh_keeps_the_refresh_token(ebay: Driver) -> None:
    for _ in range(2):
        body = read(
            ebay.ask_token(grant_type="refresh_token", refresh_token=REFRESH_TOKEN)
        )
        assert set(body) == {"access_token", "expires_in", "token_type"}


@pytest.mark.parametrize(
    ("header", "form", "status", "error"),
    [
        ("", {"grant_type": "refresh_token"}, 401, "invalid_client"),
        ("Basic !!", {"grant_type": "refresh_token"}, 401, "invalid_client"),
        (BASIC, {"grant_type": "password"}, 400, "unsupported_grant_type"),
        (BASIC, {"grant_type": "client_credentials"}, 400, "invalid_scope"),
        (
            BASIC,
            {"grant_type": "refresh_token", "refresh_token": "?"},
            400,
            "invalid_grant",
        ),
        (
            BASIC,
            {"grant_type": "refresh_token", "scope": "https://all"},
            400,
            "invalid_scope",
        ),
    ],
)
def test_the_token_endpoint_refuses(
    ebay: Driver, header: str, form: dict[str, str], status: int, error: str
) -> None:
    wire = f"Basic {header}" if header == BASIC else header

    answer = ebay.ask_token(wire, **form)

    assert (answer.status_code, read(answer)["error"]) == (status, error)


def test_a_revoked_consent_ends_tokens_and_refreshes(ebay: Driver) -> None:
    ebay.peer.fault({"fault": "revoked"})

    assert number(ebay.search()) == 1001
    answer = ebay.ask_token(grant_type="refresh_token", refresh_token=REFRESH_TOKEN)
    assert read(answer)["error"] == "invalid_grant"
    ebay.peer.clear_faults()
    assert ebay.search().status_code == 200


def test_tokens_end_and_have_scopes(ebay: Driver) -> None:
    order_id = ebay.place_one()
    ebay.login(READ_SCOPE)
    assert ebay.search().status_code == 200
    answer = ebay.call("POST", f"{ORDERS}/{order_id}/shipping_fulfillment", {})
    assert (answer.status_code, number(answer)) == (403, 1100)
    # The application's own token has no seller.
    answer = ebay.call("GET", ORDERS, app=True)
    assert (answer.status_code, number(answer)) == (403, 1100)

    ebay.time.move(seconds=7200)

    answer = ebay.search()
    assert (answer.status_code, number(answer)) == (401, 1001)
    ebay.token = ""
    answer = ebay.search()
    assert (answer.status_code, number(answer)) == (400, 1002)
