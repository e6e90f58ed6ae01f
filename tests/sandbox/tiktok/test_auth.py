from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from stores.sandbox.tiktok.accounts import APP_KEY, SCOPES, SERVICE_ID, SHOP_ID
from stores.sandbox.tiktok.consent import PATH
from stores.sandbox.tiktok.signing import sign_message, sign_request
from tests.sandbox.tiktok.driver import DETAIL, SEARCH, Driver, code, ok, read

DAY = 86_400
SHOPS = "authorization/202309/shops"
BACK = "https://console.example/consent"


def test_a_request_is_signed_as_the_sheets_vector_says() -> None:
    query = {
        "app_key": "demo_key",
        "timestamp": "1760000000",
        "shop_cipher": "GB_demo_cipher",
        "page_size": "50",
        "sort_field": "update_time",
        "sign": "left out",
        "access_token": "left out, too",
    }

    found = sign_request(
        "demo_secret_0123456789",
        "/order/202309/orders/search",
        query.items(),
        b'{"update_time_ge":1759990000}',
    )

    assert found == "073d52d7f7c0cfcb2568375e3cab6ed60852637e94b09f6b6bcf23c838201c1e"


def test_a_message_is_signed_as_the_sheets_vector_says() -> None:
    body = (
        b'{"type":1,"tts_notification_id":"7200000000000000001","shop_id":"7490000000000'
        b'000001","timestamp":1760000100,"data":{"order_id":"576500000000000001","order_'
        b'status":"AWAITING_SHIPMENT","is_on_hold_order":true,"update_time":1760000099}}'
    )

    found = sign_message("demo_secret_0123456789", "demo_key", body)

    assert found == "665d7e64809ebe52bbb5d54ce3e5873656b0d2518d57ab4ee5e13f369f9fcd89"


def test_tokens_end_at_absolute_times(tiktok: Driver) -> None:
    data = tiktok.login()

    assert data["access_token_expire_in"] == tiktok.time.seconds + 7 * DAY
    assert data["refresh_token_expire_in"] > data["access_token_expire_in"]
    assert (data["user_type"], data["seller_base_region"]) == (0, "GB")
    assert data["granted_scopes"] == list(SCOPES)


def test_an_expired_token_is_105002_and_a_refresh_mends_it(tiktok: Driver) -> None:
    tiktok.time.move(days=7)
    expired = tiktok.call("GET", SHOPS)

    tiktok.login()

    assert (expired.status_code, code(expired)) == (200, 105002)
    assert tiktok.get(SHOPS)["shops"][0]["id"] == SHOP_ID


def refresh(tiktok: Driver, token: str) -> Any:
    return tiktok.ask_token(grant_type="refresh_token", refresh_token=token)


def test_a_lost_refresh_can_be_repeated_until_the_new_pair_is_used(
    tiktok: Driver,
) -> None:
    old = tiktok.refresh_token
    lost = ok(refresh(tiktok, old))
    again = ok(refresh(tiktok, old))

    tiktok.token = again["access_token"]
    tiktok.get(SHOPS)

    assert lost["refresh_token"] != again["refresh_token"]
    assert code(refresh(tiktok, old)) == 36004005
    assert ok(refresh(tiktok, again["refresh_token"]))


def test_using_the_new_refresh_token_ends_the_old_one(tiktok: Driver) -> None:
    old = tiktok.refresh_token
    new = ok(refresh(tiktok, old))["refresh_token"]

    ok(refresh(tiktok, new))

    assert code(refresh(tiktok, old)) == 36004005


@pytest.mark.parametrize(("rotation", "alive"), [("at_once", False), ("keep", True)])
def test_the_rule_of_rotation_can_be_set(
    tiktok: Driver, rotation: str, alive: bool
) -> None:
    tiktok.peer.configure({"rotation": rotation})
    old = tiktok.refresh_token

    new = ok(refresh(tiktok, old))["refresh_token"]

    assert (new == old) is (rotation == "keep")
    assert (code(refresh(tiktok, old)) == 0) is alive


def test_a_code_is_good_once_and_for_half_an_hour(tiktok: Driver) -> None:
    def redeem(given: str) -> int:
        return code(
            tiktok.ask_token("get", auth_code=given, grant_type="authorized_code")
        )

    first = tiktok.peer.control("authorise", {})["code"]
    late = tiktok.peer.control("authorise", {})["code"]

    assert (redeem(first), redeem(first)) == (0, 36004004)
    tiktok.time.move(minutes=30)
    assert redeem(late) == 36004004


@pytest.mark.parametrize(
    "wrong",
    [{"app_secret": "wrong"}, {"app_key": "nobody"}, {"grant_type": "password"}],
)
def test_the_token_endpoint_refuses_strangers(
    tiktok: Driver, wrong: dict[str, str]
) -> None:
    query = {
        "grant_type": "refresh_token",
        "refresh_token": tiktok.refresh_token,
        **wrong,
    }

    assert code(tiktok.ask_token(**query)) == 36009004
    assert tiktok.ledger("token_refused")


@pytest.mark.parametrize(
    ("options", "number"),
    [
        ({"secret": "another"}, 106001),
        ({"sign": "0" * 64}, 106001),
        ({"signed_path": f"tiktok/{SEARCH}"}, 106001),
        ({"without": ("app_key",)}, 36009004),
        ({"without": ("timestamp",)}, 36009004),
        ({"app_key": "nobody"}, 36009004),
        ({"without": ("shop_cipher",)}, 106013),
        ({"shop_cipher": "GCP_somebody_elses"}, 106013),
        ({"headers": {"x-tts-access-token": ""}}, 105001),
        ({"headers": {"x-tts-access-token": "TTA_nobody"}}, 105001),
    ],
)
def test_what_a_request_lacks_has_its_number_inside_200(
    tiktok: Driver, options: dict[str, Any], number: int
) -> None:
    answer = tiktok.call("POST", SEARCH, {}, page_size=10, **options)

    assert (answer.status_code, code(answer)) == (200, number)
    assert set(read(answer)) == {"code", "message", "request_id", "data"}


@pytest.mark.parametrize(
    ("shift", "number"), [(-300, 0), (-301, 36009004), (30, 0), (31, 36009004)]
)
def test_a_timestamp_is_good_for_five_minutes(
    tiktok: Driver, shift: int, number: int
) -> None:
    answer = tiktok.call("GET", SHOPS, timestamp=tiktok.time.seconds + shift)

    assert code(answer) == number


def test_the_body_and_every_parameter_are_signed(tiktok: Driver) -> None:
    sent: dict[str, str] = {}
    handle = tiktok.peer.handle

    def tamper(request: Any, path: str) -> Any:
        sent["query"] = request.META["QUERY_STRING"]
        return handle(request, path)

    tiktok.peer.handle = tamper  # type: ignore[method-assign]
    tiktok.search({"order_status": "ON_HOLD"})
    tiktok.peer.handle = handle  # type: ignore[method-assign]

    def again(query: str, body: bytes) -> int:
        request = RequestFactory().generic(
            "POST",
            f"/tiktok/{SEARCH}?{query}",
            body,
            content_type="application/json",
            headers={"x-tts-access-token": tiktok.token},
        )
        return code(tiktok.peer.handle(request, SEARCH))

    assert again(sent["query"], b'{"order_status": "ON_HOLD"}') == 0
    assert again(sent["query"], b'{"order_status":"ON_HOLD"}') == 106001
    changed = sent["query"].replace("page_size=50", "page_size=51")
    assert again(changed, b'{"order_status": "ON_HOLD"}') == 106001


@pytest.mark.parametrize(
    ("method", "path", "number"),
    [
        ("GET", "order/202212/orders", 36009009),
        ("GET", SEARCH, 36009010),
        ("POST", DETAIL, 36009010),
    ],
)
def test_unknown_paths_and_methods_have_their_numbers(
    tiktok: Driver, method: str, path: str, number: int
) -> None:
    assert code(tiktok.call(method, path)) == number


def test_a_gateway_may_answer_with_http_errors(tiktok: Driver) -> None:
    tiktok.peer.configure({"error_status": "4xx"})

    answer = tiktok.call("GET", SHOPS, secret="another")
    held = tiktok.tell(tiktok.place_one())

    assert (answer.status_code, code(answer)) == (401, 106001)
    assert (held.status_code, code(held)) == (200, 21011044)


def test_scopes_are_those_of_the_consent(tiktok: Driver) -> None:
    given = tiktok.peer.control("authorise", {"scopes": ["seller.order.info"]})["code"]
    data = ok(tiktok.ask_token("get", auth_code=given, grant_type="authorized_code"))

    tiktok.token = data["access_token"]

    assert tiktok.found() == []
    assert code(tiktok.call("GET", SHOPS)) == 105005


def visit(tiktok: Driver, form: dict[str, str] | None = None, **query: str) -> Any:
    asked = {"service_id": SERVICE_ID, "state": "s 1", **query}
    factory = RequestFactory()
    if form is None:
        request = factory.get(f"/tiktok/{PATH}", asked)
    else:
        request = factory.post(f"/tiktok/{PATH}", form, query_params=asked)
    return tiktok.peer.handle(request, PATH)


def test_a_seller_agrees_on_the_consent_page(tiktok: Driver) -> None:
    tiktok.peer.configure({"apps": [{"app_key": APP_KEY, "redirect_url": BACK}]})

    page = visit(tiktok)
    agreed = visit(tiktok, {"open_id": "demo-seller-open-id", "decision": "agree"})

    assert b"Demo Trading" in page.content
    back, _, query = agreed["Location"].partition("?")
    parts = dict(pair.split("=") for pair in query.split("&"))
    assert (agreed.status_code, back, parts["state"]) == (302, BACK, "s+1")
    answer = tiktok.ask_token(
        "get", auth_code=parts["code"], grant_type="authorized_code"
    )
    assert ok(answer)["seller_name"] == "Demo Trading"


def test_a_seller_declines_on_the_consent_page(tiktok: Driver) -> None:
    tiktok.peer.configure({"apps": [{"app_key": APP_KEY, "redirect_url": BACK}]})

    declined = visit(tiktok, {"decision": "deny"})
    tiktok.peer.configure({"consent": "deny"})

    expected = f"{BACK}?code=null&error=auth_denied&state=s+1"
    assert declined["Location"] == visit(tiktok)["Location"] == expected


def test_the_consent_page_knows_its_services_only(tiktok: Driver) -> None:
    assert visit(tiktok).status_code == 400  # no redirect address yet
    assert visit(tiktok, service_id="4711").status_code == 400


def test_a_withdrawn_consent_ends_all_tokens(tiktok: Driver) -> None:
    tiktok.peer.control("revoke", {})

    assert code(tiktok.call("GET", SHOPS)) == 105001
    assert code(refresh(tiktok, tiktok.refresh_token)) == 36004005
    (row,) = tiktok.ledger("deauthorised")
    assert row["consents"] >= 1
