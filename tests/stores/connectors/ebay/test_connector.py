from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from shipsync_site.lib import clock
from stores import budgets
from stores.connectors.base import AccountConfig, Stream
from stores.connectors.ebay import consent
from stores.connectors.ebay.connector import EbayConnector
from stores.connectors.ebay.forms import EbaySettingsForm
from stores.errors import (
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
    UnexpectedAnswerError,
)
from stores.forms.accounts import RemoteAccountForm
from stores.http import Gateway
from stores.models import Budget, RemoteCall
from stores.remote_types import (
    Confirmation,
    ConnectionOutcome,
    CursorState,
    FreshToken,
)
from stores.tokens import DatabaseTokenStore

pytestmark = pytest.mark.django_db
PAYLOADS = Path(__file__).parents[3] / "payloads" / "ebay"
KEY = "remote-1"
API = "https://api.ebay.com"
TOKEN_URL = f"{API}/identity/v1/oauth2/token"
ORDERS_URL = f"{API}/sell/fulfillment/v1/order"
ORDER_ID = "12-34567-89012"
ORDER_URL = f"{ORDERS_URL}/{ORDER_ID}"
PARCELS_URL = f"{ORDER_URL}/shipping_fulfillment"
LIMITS_URL = f"{API}/developer/analytics/v1_beta/rate_limit/"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONFIRMATION = Confirmation(
    order_remote_id=ORDER_ID,
    marketplace_id="EBAY_GB",
    package_ref="1",
    carrier_code="RoyalMail",
    carrier_name="",
    service="",
    tracking_number="AB123456785GB",
    shipped_at=NOW,
    lines=(("1000123", 2),),
)
Peer = responses.RequestsMock


def config(**changes: Any) -> AccountConfig:
    values: dict[str, Any] = {
        "key": KEY,
        "environment": "production",
        "region": "",
        "seller_id": "demo_trading",
        "settings": {"client_id": "the-app", "ru_name": "The_RuName"},
        "secrets": {"client_secret": "s3cr3t", "refresh_token": "refresh"},
        "marketplace_ids": ("EBAY_GB",),
    }
    return AccountConfig(**(values | changes))


def connector(**changes: Any) -> EbayConnector:
    budgets.ensure(KEY, EbayConnector.budget_specs)
    return EbayConnector(
        config(**changes), gateway=Gateway(KEY), tokens=DatabaseTokenStore(KEY)
    )


def full_order(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAYLOADS / "order__full.json").read_text())
    return found | changes


def quiet_order(**changes: Any) -> dict[str, Any]:
    return full_order(cancelStatus={"cancelState": "NONE_REQUESTED"}, **changes)


def refusal(number: int, message: str = "Something") -> dict[str, Any]:
    return {"errors": [{"errorId": number, "domain": "X", "message": message}]}


def rate_limits(remaining: int, limit: int = 5000, hours: float = 3) -> dict[str, Any]:
    reset = clock.now() + timedelta(hours=hours)
    rate = {
        "count": limit - remaining,
        "limit": limit,
        "remaining": remaining,
        "reset": reset.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "timeWindow": 86400,
    }
    resource = {"name": "sell.fulfillment", "rates": [rate]}
    row = {"apiContext": "sell", "apiName": "Fulfillment", "resources": [resource]}
    return {"rateLimits": [row]}


@pytest.fixture
def peer() -> Iterator[Peer]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(TOKEN_URL, json={"access_token": "one", "expires_in": 7200})
        mock.get(LIMITS_URL, json=rate_limits(4000))
        yield mock


def sent(peer: Peer, url: str) -> list[Any]:
    return [
        call.request
        for call in peer.calls
        if str(call.request.url).split("?")[0] == url
    ]


def orders(*rows: Any, **more: Any) -> dict[str, Any]:
    return {"total": len(rows), "limit": 200, "offset": 0, "orders": list(rows), **more}


def test_a_page_is_asked_for_with_filter_token_and_marketplace(peer: Peer) -> None:
    peer.get(ORDERS_URL, json=orders(quiet_order(), {"orderId": "1"}, next="http://x"))

    page = connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    (request,) = sent(peer, ORDERS_URL)
    assert request.headers["Authorization"] == "Bearer one"
    assert request.headers["X-EBAY-C-MARKETPLACE-ID"] == "EBAY_GB"
    # Brackets and braces must not travel as they are.
    assert not set("[]{}|") & set(request.url)
    query = parse_qs(urlsplit(request.url).query)
    assert query["limit"] == ["200"]
    assert query["offset"] == ["0"]
    assert query["fieldGroups"] == ["TAX_BREAKDOWN"]
    assert [order.remote_id for order in page.orders] == [ORDER_ID]
    assert [row.remote_id for row in page.malformed] == ["1"]
    assert page.more


def test_the_token_is_asked_for_by_basic_auth_and_kept(peer: Peer) -> None:
    peer.get(ORDERS_URL, json=orders())

    for _ in range(2):
        connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    seller = [x for x in sent(peer, TOKEN_URL) if "refresh_token" in str(x.body)]
    (request,) = seller
    assert request.headers["Authorization"].startswith("Basic ")
    assert parse_qs(str(request.body)) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["refresh"],
        "scope": ["https://api.ebay.com/oauth/api_scope/sell.fulfillment"],
    }


def test_a_refused_token_is_renewed_once(peer: Peer) -> None:
    peer.get(ORDER_URL, status=401, json=refusal(1001))
    peer.get(ORDER_URL, json=quiet_order(fulfillmentHrefs=[]))
    one = connector()
    one.tokens.refresh("access", lambda: FreshToken(token="stale", seconds=7200.0))
    one = connector()

    assert one.fetch_order(ORDER_ID) is not None

    tokens = [x.headers["Authorization"] for x in sent(peer, ORDER_URL)]
    assert tokens == ["Bearer stale", "Bearer one"]


def test_without_the_scope_no_new_token_is_asked_for(peer: Peer) -> None:
    peer.get(ORDER_URL, status=403, json=refusal(1100))

    with pytest.raises(UnauthorisedError) as caught:
        connector().fetch_order(ORDER_ID)

    assert caught.value.reason == "role_missing"
    assert len(sent(peer, TOKEN_URL)) == 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("invalid_grant", "revoked"),
        ("invalid_client", "bad_key"),
        ("unauthorized_client", "bad_key"),
        ("invalid_scope", "role_missing"),
    ],
)
def test_a_refused_consent_says_why_and_what_next(
    peer: Peer, code: str, reason: str
) -> None:
    peer.replace(
        responses.POST,
        TOKEN_URL,
        status=400,
        json={"error": code, "error_description": "refresh token refresh is bad"},
    )

    with pytest.raises(UnauthorisedError) as caught:
        connector().fetch_order(ORDER_ID)

    assert caught.value.reason == reason
    assert "refresh is bad" not in caught.value.message


def test_without_a_consent_nothing_is_sent(peer: Peer) -> None:
    one = connector(secrets={"client_secret": "s3cr3t"})

    with pytest.raises(UnauthorisedError) as caught:
        one.fetch_order(ORDER_ID)

    assert caught.value.code == "no_consent"
    assert len(peer.calls) == 0
    assert one.check_connection().outcome is ConnectionOutcome.REVOKED


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (500, refusal(30500), TransientError),
        (502, "<html>", TransientError),
        (400, refusal(30700), UnexpectedAnswerError),
        (400, refusal(31000), UnexpectedAnswerError),
        (400, refusal(99999), UnexpectedAnswerError),
        (400, refusal(32400), UnauthorisedError),
        (200, "<html>", UnexpectedAnswerError),
        (200, [], UnexpectedAnswerError),
        (200, {"orders": "none"}, UnexpectedAnswerError),
        (302, "", UnexpectedAnswerError),
    ],
)
def test_a_page_that_cant_be_read_is_of_a_known_class(
    peer: Peer, status: int, body: Any, kind: type[RemoteError]
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    peer.get(ORDERS_URL, status=status, body=text)

    with pytest.raises(kind):
        connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)


def test_orders_asked_to_cancel_are_read_one_by_one(peer: Peer) -> None:
    hidden = full_order(
        cancelStatus={"cancelState": "IN_PROGRESS", "cancelRequests": []}
    )
    peer.get(ORDERS_URL, json=orders(hidden))
    peer.get(ORDER_URL, json=full_order())

    page = connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    (order,) = page.orders
    assert {x.cancel_reason for x in order.lines} == {"The wrong delivery address"}


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "json": refusal(30500)},
        {"status": 400, "json": refusal(32100)},
        {"status": 200, "body": "<html>"},
        {"status": 200, "json": {"orderId": ORDER_ID, "lineItems": 3}},
    ],
)
def test_an_order_that_cant_be_read_again_is_taken_from_the_list(
    peer: Peer, answer: dict[str, Any]
) -> None:
    hidden = full_order(
        cancelStatus={"cancelState": "IN_PROGRESS", "cancelRequests": []}
    )
    peer.get(ORDERS_URL, json=orders(hidden))
    peer.get(ORDER_URL, **answer)

    page = connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    (order,) = page.orders
    assert all(line.cancel_requested for line in order.lines)


def test_quotas_are_asked_for_once_an_hour_and_learnt(peer: Peer) -> None:
    peer.get(ORDERS_URL, json=orders())

    for _ in range(3):
        connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    assert len(sent(peer, LIMITS_URL)) == 1
    row = Budget.objects.get(account=KEY, group="fulfillment")
    # Three calls were made since the answer told of 4,000.
    assert (row.capacity, row.tokens) == (5000, 3997)
    assert row.resets_at - clock.timestamp() == pytest.approx(3 * 3600, abs=60)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500},
        {"status": 403, "json": refusal(1100)},
        {"json": {"rateLimits": "many"}},
        {"json": []},
        {"json": {"rateLimits": [{"apiContext": "sell", "apiName": "Fulfillment"}]}},
    ],
)
def test_quotas_that_cant_be_read_stop_no_pull(
    peer: Peer, answer: dict[str, Any]
) -> None:
    peer.replace(responses.GET, LIMITS_URL, **answer)
    peer.get(ORDERS_URL, json=orders())

    page = connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    assert page.next.watermark == NOW


def test_a_429_is_a_moment_or_the_day_as_analytics_says(peer: Peer) -> None:
    peer.get(ORDER_URL, status=429, json=refusal(2001))

    with pytest.raises(TransientError):
        connector().fetch_order(ORDER_ID)
    peer.replace(responses.GET, LIMITS_URL, json=rate_limits(0))
    with pytest.raises(ThrottledError) as caught:
        connector().fetch_order(ORDER_ID)

    assert caught.value.retry_after == pytest.approx(3 * 3600, abs=60)
    with pytest.raises(ThrottledError) as caught:
        connector().fetch_order(ORDER_ID)
    assert caught.value.ours


def test_a_429_that_nobody_explains_is_a_moment(peer: Peer) -> None:
    peer.replace(responses.GET, LIMITS_URL, status=500)
    peer.get(ORDER_URL, status=429, json=refusal(2001))

    with pytest.raises(TransientError):
        connector().fetch_order(ORDER_ID)


def test_one_order_comes_with_its_parcels(peer: Peer) -> None:
    peer.get(ORDER_URL, json=full_order())
    row = {
        "fulfillmentId": "AB123456785GB",
        "shipmentTrackingNumber": "AB123456785GB",
        "shippingCarrierCode": "RoyalMail",
    }
    peer.get(PARCELS_URL, json={"fulfillments": [row], "total": 1})

    order = connector().fetch_order(ORDER_ID)

    assert order is not None
    (package,) = order.packages or ()
    assert package.carrier == "RoyalMail"


@pytest.mark.parametrize("answer", [(400, 32100), (404, 2002)])
def test_an_unknown_order_is_none(peer: Peer, answer: tuple[int, int]) -> None:
    status, number = answer
    peer.get(ORDER_URL, status=status, json=refusal(number))

    assert connector().fetch_order(ORDER_ID) is None


@pytest.mark.parametrize(
    ("status", "number", "code", "field"),
    [
        (400, 32100, "order_unknown", "orderId"),
        (400, 32200, "bad_order_item", "lineItems"),
        (400, 32210, "bad_order_item", "lineItems"),
        (400, 32300, "bad_tracking_or_carrier", "trackingNumber"),
        (400, 32500, "bad_ship_date", "shippedDate"),
        (400, 32600, "bad_input", ""),
        (400, 34100, "too_many_parcels", "trackingNumber"),
        (400, 34200, "hub_and_other_lines", "lineItems"),
        (400, 34300, "several_hub_lines", "lineItems"),
        (400, 34500, "already_fulfilled", "trackingNumber"),
        (409, 0, "already_fulfilled", "trackingNumber"),
        (409, 21916964, "tracking_used_elsewhere", "trackingNumber"),
        (400, 2191111, "bad_tracking_or_carrier", "trackingNumber"),
        (400, 77777, "77777", ""),
    ],
)
def test_a_refused_confirmation_has_a_code_and_a_field(
    peer: Peer, status: int, number: int, code: str, field: str
) -> None:
    peer.post(PARCELS_URL, status=status, json=refusal(number, "Not this way"))
    peer.get(PARCELS_URL, json={"fulfillments": [], "total": 0})

    with pytest.raises(RejectedError) as caught:
        connector().confirm(CONFIRMATION)

    assert (caught.value.code, caught.value.field) == (code, field)
    assert "Not this way" in caught.value.message


@pytest.mark.parametrize("number", [34500, 32300, 21916964])
def test_a_refusal_of_what_is_told_already_is_a_success(
    peer: Peer, number: int
) -> None:
    peer.post(PARCELS_URL, status=409, json=refusal(number))
    row = {"fulfillmentId": "ab123456785gb", "shipmentTrackingNumber": "ab123456785gb"}
    peer.get(PARCELS_URL, json={"fulfillments": [row], "total": 1})

    connector().confirm(CONFIRMATION)

    assert RemoteCall.objects.filter(operation="getShippingFulfillments").count() == 1


def test_a_suspended_seller_stops_the_account(peer: Peer) -> None:
    peer.post(PARCELS_URL, status=400, json=refusal(32400))

    with pytest.raises(UnauthorisedError) as caught:
        connector().confirm(CONFIRMATION)

    assert caught.value.reason == ConnectionOutcome.STORE_INACTIVE


@pytest.mark.parametrize("status", [500, 503])
def test_a_confirmation_answered_by_5xx_is_in_doubt(peer: Peer, status: int) -> None:
    peer.post(PARCELS_URL, status=status, json=refusal(30500))

    with pytest.raises(OutcomeUnknownError):
        connector().confirm(CONFIRMATION)


def test_the_consent_page_has_the_runame_and_our_state() -> None:
    url = connector().consent_url(state="s t&te", redirect_uri="https://ignored")

    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        "https://auth.ebay.com/oauth2/authorize"
    )
    assert parse_qs(parts.query) == {
        "client_id": ["the-app"],
        "redirect_uri": ["The_RuName"],
        "response_type": ["code"],
        "scope": [
            (
                "https://api.ebay.com/oauth/api_scope/sell.fulfillment "
                "https://api.ebay.com/oauth/api_scope/sell.finances"
            )
        ],
        "state": ["s t&te"],
        "prompt": ["login"],
    }
    with pytest.raises(RejectedError) as caught:
        connector(settings={"client_id": "x"}).consent_url(state="s", redirect_uri="")
    assert caught.value.field == "ru_name"


def test_a_consent_brings_the_token_and_its_end(peer: Peer) -> None:
    body = {
        "access_token": "a",
        "expires_in": 7200,
        "refresh_token": "brand new",
        "refresh_token_expires_in": 47_304_000,
    }
    peer.replace(responses.POST, TOKEN_URL, json=body)

    grant = connector().redeem_consent({"code": "v^1.1#i"}, redirect_uri="https://x")

    (request,) = sent(peer, TOKEN_URL)
    assert parse_qs(str(request.body)) == {
        "grant_type": ["authorization_code"],
        "code": ["v^1.1#i"],
        "redirect_uri": ["The_RuName"],
    }
    assert grant.secrets == {"refresh_token": "brand new"}
    ends_at = datetime.fromisoformat(grant.settings[consent.ENDS_AT])
    left = ends_at - clock.now()
    assert left.total_seconds() == pytest.approx(47_304_000, abs=60)
    assert "brand new" not in repr(grant)


@pytest.mark.parametrize(
    ("answer", "status", "body", "code"),
    [
        ({}, 200, {}, "no_code"),
        ({"error": "access_denied"}, 200, {}, "access_denied"),
        ({"code": "c"}, 400, {"error": "invalid_grant"}, "invalid_grant"),
        (
            {"code": "c"},
            200,
            {"access_token": "a", "expires_in": 1},
            "no_refresh_token",
        ),
    ],
)
def test_a_consent_that_brings_nothing_is_refused(
    peer: Peer, answer: dict[str, str], status: int, body: Any, code: str
) -> None:
    peer.replace(responses.POST, TOKEN_URL, status=status, json=body)

    with pytest.raises(RejectedError) as caught:
        connector().redeem_consent(answer, redirect_uri="")

    assert caught.value.code == code


def test_the_end_of_a_consent_is_told() -> None:
    ends_at = "2028-05-22T12:00:00+00:00"
    known = connector(settings={consent.ENDS_AT: ends_at})
    entered = connector(secrets_set_at=NOW)

    (expiry,) = known.expiries()
    assert expiry.at == datetime.fromisoformat(ends_at)
    assert expiry.remedy
    (expiry,) = entered.expiries()
    assert expiry.at == NOW + consent.CONSENT_LIFE
    assert "at the latest" in expiry.what
    assert connector(secrets={}).expiries() == ()
    assert connector(settings={consent.ENDS_AT: "soon"}).expiries() == ()


def test_the_consent_of_another_seller_is_noticed(peer: Peer) -> None:
    peer.get(ORDERS_URL, json=orders(quiet_order(sellerId="somebody_else")))

    report = connector().check_connection()

    assert report.outcome is ConnectionOutcome.BAD_KEY
    assert "somebody_else" in report.sentence


def test_an_ended_consent_is_called_so(peer: Peer) -> None:
    peer.replace(responses.POST, TOKEN_URL, status=400, json={"error": "invalid_grant"})
    # The application's own token is refused alike here, before the seller's.
    one = connector(
        settings={"client_id": "a", consent.ENDS_AT: "2026-01-01T00:00:00+00:00"}
    )

    report = one.check_connection()

    assert report.outcome is ConnectionOutcome.SECRET_EXPIRED
    assert "1 January 2026" in report.sentence.replace("01 ", "1 ")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"status": 500}, ConnectionOutcome.UNREACHABLE),
        ({"status": 403, "json": refusal(1100)}, ConnectionOutcome.ROLE_MISSING),
        ({"status": 400, "json": refusal(32400)}, ConnectionOutcome.STORE_INACTIVE),
        ({"status": 401, "json": refusal(1001)}, ConnectionOutcome.BAD_KEY),
        ({"json": {}}, ConnectionOutcome.UNEXPECTED),
        ({"body": "<html>"}, ConnectionOutcome.UNEXPECTED),
        ({"json": orders()}, ConnectionOutcome.WORKS),
    ],
)
def test_each_finding_of_a_connection_test_has_its_sentence(
    peer: Peer, answer: dict[str, Any], outcome: ConnectionOutcome
) -> None:
    peer.get(ORDERS_URL, **answer)

    report = connector().check_connection()

    assert report.outcome is outcome
    assert report.sentence.endswith(".")
    assert "s3cr3t" not in report.sentence


@pytest.mark.parametrize(
    "answer",
    [{"status": 500}, {"status": 403, "json": refusal(1100)}, {"json": {"x": 1}}],
)
def test_a_connection_works_though_the_quotas_are_not_told(
    peer: Peer, answer: dict[str, Any]
) -> None:
    peer.replace(responses.GET, LIMITS_URL, **answer)
    peer.get(ORDERS_URL, json=orders())

    assert connector().check_connection().ok


def test_a_used_up_day_is_a_finding_too(peer: Peer) -> None:
    peer.replace(responses.GET, LIMITS_URL, json=rate_limits(0))

    report = connector().check_connection()

    assert report.outcome is ConnectionOutcome.THROTTLED
    assert "3 hours" in report.sentence


def test_the_account_is_asked_for_in_ebays_words() -> None:
    form = RemoteAccountForm(connector=EbayConnector)

    assert "user name" in str(form.fields["seller_id"].help_text)
    assert not form.own.fields["refresh_token"].required
    assert form.own.fields["client_secret"].required


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ru_name", "https://shipsync.example.com/consent"),
        ("verification_token", "too short"),
        ("verification_token", "ä" * 40),
        ("refresh_token", "v^1.1#i^1#p^1#r^0#f^0#I^3#t^H4sIAAAA"),
        ("first_pull_days", "91"),
    ],
)
def test_the_form_refuses_what_people_paste_by_mistake(name: str, value: str) -> None:
    data = {
        "client_id": "the-app",
        "client_secret": "s3cr3t",
        "ru_name": "The_RuName",
        "verification_token": "v" * 40,
        "first_pull_days": "30",
    }
    assert EbaySettingsForm(data).is_valid()

    form = EbaySettingsForm(data | {name: value})

    assert list(form.errors) == [name]
