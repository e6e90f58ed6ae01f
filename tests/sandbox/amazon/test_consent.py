"""The practice Seller Central: its consent page and where it leads."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse

from stores.sandbox.amazon import consent
from tests.sandbox.amazon.driver import CLIENT_ID, Driver, read

BACK = "http://127.0.0.1:8000/accounts/consent/"
ASKED = {
    "application_id": "amzn1.sp.solution.demo",
    "state": "a b&c",
    "redirect_uri": BACK,
}
YES = {"seller_id": "A2DEMOSELLER", "decision": "confirm"}


def ask(
    amazon: Driver, answer: dict[str, str] | None = None, **query: Any
) -> HttpResponse:
    asked = {name: value for name, value in (ASKED | query).items() if value}
    if answer is None:
        request = amazon.requests.get("/", asked)
    else:
        request = amazon.requests.post("/", answer, query_params=asked)
    return amazon.peer.handle(request, consent.PATH)


def test_the_page_offers_the_sellers(amazon: Driver) -> None:
    page = ask(amazon).content.decode()

    assert "A2DEMOSELLER" in page
    assert 'value="confirm"' in page


def test_agreeing_leads_back_with_a_code_that_works_once(amazon: Driver) -> None:
    answer = ask(amazon, YES)
    query = parse_qs(urlsplit(answer["Location"]).query)
    assert answer.status_code == 302
    assert answer["Location"].startswith(BACK)
    assert (query["state"], query["selling_partner_id"]) == (
        ["a b&c"],
        ["A2DEMOSELLER"],
    )
    form = {"grant_type": "authorization_code", "code": query["spapi_oauth_code"][0]}

    assert read(amazon.login(**form))["refresh_token"].startswith("Atzr|")
    assert amazon.login(**form).status_code == 400


def test_a_code_is_good_for_five_minutes(amazon: Driver) -> None:
    query = parse_qs(urlsplit(ask(amazon, YES)["Location"]).query)
    amazon.time.move(minutes=5, seconds=1)

    code = query["spapi_oauth_code"][0]
    assert amazon.login(grant_type="authorization_code", code=code).status_code == 400


def test_declining_leads_back_without_a_code(amazon: Driver) -> None:
    answer = ask(amazon, {"seller_id": "A2DEMOSELLER", "decision": "cancel"})

    assert parse_qs(urlsplit(answer["Location"]).query) == {"state": ["a b&c"]}


@pytest.mark.parametrize(
    ("app", "query", "code"),
    [
        ({}, {"application_id": "amzn1.sp.solution.other"}, "MD1000"),
        ({}, {"application_id": ""}, "MD1000"),
        ({"draft": True}, {}, "MD1000"),
        ({"redirect_uris": ["https://elsewhere.example/"]}, {}, "MD5101"),
        ({}, {"redirect_uri": ""}, "MD5101"),
    ],
)
def test_what_is_not_set_up_is_refused(
    amazon: Driver, app: dict[str, Any], query: dict[str, str], code: str
) -> None:
    amazon.peer.configure({"apps": [{"client_id": CLIENT_ID, **app}]})

    answer = ask(amazon, YES, **query)

    assert answer.status_code == 400
    assert code in answer.content.decode()


def test_a_draft_is_found_as_beta(amazon: Driver) -> None:
    amazon.peer.configure({"apps": [{"client_id": CLIENT_ID, "draft": True}]})

    assert ask(amazon, version="beta").status_code == 200


def test_the_page_escapes_what_it_is_told(amazon: Driver) -> None:
    amazon.peer.configure({"sellers": [{"id": "A2X", "name": "<script>x</script>"}]})

    assert "<script>x" not in ask(amazon).content.decode()


def test_a_stranger_cannot_agree(amazon: Driver) -> None:
    answer = ask(amazon, {"seller_id": "A2NOBODY", "decision": "confirm"})

    assert answer.status_code == 400
