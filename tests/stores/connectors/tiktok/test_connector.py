"""The connector against a scripted TikTok: tokens, signatures, refusals, findings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from shipsync_site.lib import clock
from stores.connectors.base import Stream
from stores.connectors.tiktok import access, consent
from stores.connectors.tiktok.connector import TikTokConnector
from stores.connectors.tiktok.forms import TikTokSettingsForm
from stores.connectors.tiktok.sign import request_sign
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
from stores.models import RemoteCall
from stores.remote_types import Confirmation, ConnectionOutcome, CursorState
from tests.stores.connectors.tiktok.payloads import (
    ORDER_ID,
    SET,
    cancellation,
    order,
    shipped,
)
from tests.stores.connectors.tiktok.peer import (
    CANCELLATIONS_URL,
    DETAIL_URL,
    GET_URL,
    KEY,
    PROVIDERS_URL,
    REFRESH_URL,
    SEARCH_URL,
    SECRET,
    SHIP_URL,
    SHOP,
    SHOPS_URL,
    Tokens,
    bad,
    connector,
    good,
    query_of,
    sent,
    token_data,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NUMBER = "AB123456785GB"
ROYAL_MAIL = {"id": "70826", "name": "Royal Mail"}
CONFIRMATION = Confirmation(
    order_remote_id=ORDER_ID,
    marketplace_id="GB",
    package_ref="1",
    carrier_code="Royal Mail",
    carrier_name="Royal Mail",
    service="",
    tracking_number=NUMBER,
    shipped_at=NOW,
    lines=((SET, 1),),
    delivery_option="7129104820129498905",
)
Peer = responses.RequestsMock


@pytest.fixture
def peer() -> Iterator[Peer]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(REFRESH_URL, json=good(token_data(1)))
        mock.get(SHOPS_URL, json=good({"shops": [SHOP]}))
        mock.get(PROVIDERS_URL, json=good({"shipping_providers": [ROYAL_MAIL]}))
        yield mock


def page(live: TikTokConnector, cursor: CursorState | None = None) -> Any:
    return live.fetch_page(Stream.OPEN, cursor or CursorState(), now=NOW)


# --- tokens and signatures ----------------------------------------------------------


def test_a_call_is_signed_over_the_very_bytes_that_are_sent(peer: Peer) -> None:
    peer.post(SEARCH_URL, json=good({"orders": []}))

    page(connector())

    (request,) = sent(peer, SEARCH_URL)
    query = query_of(request)
    signed = request_sign(SECRET, "/order/202309/orders/search", query, request.body)
    assert query["sign"] == signed
    assert (query["app_key"], query["shop_cipher"]) == (KEY, "GB_demo_cipher")
    assert abs(int(query["timestamp"]) - clock.timestamp()) < 60
    assert query["sort_field"] == "update_time"
    assert query["sort_order"] == "ASC"
    assert request.headers["x-tts-access-token"] == "access-1"
    assert request.headers["content-type"] == "application/json"
    # In the query it would stand in logs of proxies.
    assert "access_token" not in query


def test_a_refresh_keeps_the_new_refresh_token_and_when_it_ends(peer: Peer) -> None:
    tokens = Tokens(refresh_token="first")
    peer.post(SEARCH_URL, json=good({"orders": []}))

    page(connector(tokens))

    (request,) = sent(peer, REFRESH_URL)
    assert query_of(request) == {
        "app_key": KEY,
        "app_secret": SECRET,
        "refresh_token": "first",
        "grant_type": "refresh_token",
    }
    assert tokens.secret("refresh_token") == "refresh-1"
    assert tokens.seconds["access"] == pytest.approx(7 * 86_400, abs=60)
    ends_at = datetime.fromisoformat(tokens.settings[access.ENDS_AT])
    assert ends_at - clock.now() == pytest.approx(
        timedelta(days=90), abs=timedelta(seconds=60)
    )


def test_the_refresh_token_is_read_when_it_is_used(peer: Peer) -> None:
    tokens = Tokens(refresh_token="renewed by another process")
    peer.post(SEARCH_URL, json=good({"orders": []}))

    page(connector(tokens, secrets={"app_secret": SECRET, "refresh_token": "old"}))

    (request,) = sent(peer, REFRESH_URL)
    assert query_of(request)["refresh_token"] == "renewed by another process"


@pytest.mark.parametrize("number", [105001, 105002])
def test_a_stale_token_is_replaced_once(peer: Peer, number: int) -> None:
    tokens = Tokens(refresh_token="first")
    tokens.kept = {"access": "stale", "shops": json.dumps([_shop_row()])}
    peer.get(DETAIL_URL, json=bad(number))
    peer.get(DETAIL_URL, json=good({"orders": [order()]}))

    assert connector(tokens).fetch_order(ORDER_ID) is not None

    used = [x.headers["x-tts-access-token"] for x in sent(peer, DETAIL_URL)]
    assert used == ["stale", "access-1"]


def _shop_row() -> dict[str, str]:
    return {name: value for name, value in SHOP.items() if name != "seller_type"}


def test_a_fresh_token_that_is_refused_is_not_replaced_again(peer: Peer) -> None:
    peer.post(SEARCH_URL, json=bad(105002))

    with pytest.raises(UnauthorisedError) as caught:
        page(connector())

    assert caught.value.reason == ConnectionOutcome.BAD_KEY
    assert len(sent(peer, REFRESH_URL)) == 2


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (36004001, "secret_expired"),
        (36004005, "revoked"),
        (36009004, "bad_key"),
        (105001, "revoked"),
    ],
)
def test_a_refused_refresh_says_why_and_what_next(
    peer: Peer, number: int, reason: str
) -> None:
    peer.replace(responses.GET, REFRESH_URL, json=bad(number, f"{SECRET} is bad"))

    with pytest.raises(UnauthorisedError) as caught:
        page(connector())

    assert caught.value.reason == reason
    assert SECRET not in caught.value.message


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"json": bad(36009003)}, TransientError),
        ({"json": bad(36009002), "status": 429}, ThrottledError),
        ({"body": "<html>", "status": 502}, TransientError),
        ({"body": "<html>"}, UnexpectedAnswerError),
        ({"json": good({"access_token": "a"})}, UnexpectedAnswerError),
        ({"json": good(token_data(access_token_expire_in="x"))}, UnexpectedAnswerError),
    ],
)
def test_a_token_endpoint_that_fails_ends_no_consent(
    peer: Peer, answer: dict[str, Any], kind: type[RemoteError]
) -> None:
    tokens = Tokens(refresh_token="first")
    peer.replace(responses.GET, REFRESH_URL, **answer)

    with pytest.raises(kind) as caught:
        page(connector(tokens))

    assert tokens.secret("refresh_token") == "first"
    assert not getattr(caught.value, "body", "")


def test_no_secret_is_told_where_the_network_fails(
    peer: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"{REFRESH_URL}?app_secret={SECRET}&refresh_token=first"
    peer.replace(
        responses.GET, REFRESH_URL, body=requests.ConnectionError(f"refused: {url}")
    )

    with pytest.raises(TransientError) as caught:
        page(connector())

    row = RemoteCall.objects.get()
    told = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    told += f"{row.path} {row.error_text} {caplog.text}"
    assert SECRET not in told
    assert "first" not in told


def test_without_a_consent_nothing_is_sent(peer: Peer) -> None:
    live = connector(secrets={"app_secret": SECRET})

    with pytest.raises(UnauthorisedError) as caught:
        page(live)

    assert caught.value.code == "no_consent"
    assert len(peer.calls) == 0
    assert live.check_connection().outcome is ConnectionOutcome.REVOKED


# --- shops --------------------------------------------------------------------------


def test_shops_are_asked_for_once_in_a_while(peer: Peer) -> None:
    tokens = Tokens(refresh_token="first")
    peer.post(SEARCH_URL, json=good({"orders": []}))

    for _ in range(3):
        page(connector(tokens))

    assert len(sent(peer, SHOPS_URL)) == 1


def test_a_store_without_its_shop_says_which_there_are(peer: Peer) -> None:
    with pytest.raises(UnauthorisedError) as caught:
        page(connector(marketplace_ids=("IE",)))

    assert caught.value.reason == ConnectionOutcome.WRONG_REGION
    assert "Demo Trading UK (GB)" in caught.value.message


def test_of_several_shops_in_a_region_a_person_names_one(peer: Peer) -> None:
    other = SHOP | {"id": "2", "cipher": "C2", "code": "GBLC000002", "name": "Outlet"}
    peer.replace(responses.GET, SHOPS_URL, json=good({"shops": [SHOP, other]}))
    peer.post(SEARCH_URL, json=good({"orders": []}))
    settings = {"app_key": KEY, "shop_codes": "GBLC000002"}

    with pytest.raises(UnauthorisedError) as caught:
        page(connector())
    page(connector(settings=settings))

    assert caught.value.code == "several_shops"
    assert "Outlet (GBLC000002)" in caught.value.message
    (request,) = sent(peer, SEARCH_URL)
    assert query_of(request)["shop_cipher"] == "C2"


# --- reading ------------------------------------------------------------------------


def test_a_page_is_read_in_full_with_one_call_for_all_its_orders(peer: Peer) -> None:
    rows = [order(id=str(number)) for number in (1, 2, 3)]
    peer.post(SEARCH_URL, json=good({"orders": rows[:3], "next_page_token": "t"}))
    # The detail leaves one out, and one can't be read.
    broken = rows[1] | {"line_items": {"broken": True}}
    peer.get(DETAIL_URL, json=good({"orders": [rows[0], broken]}))

    found = page(connector())

    (request,) = sent(peer, DETAIL_URL)
    assert query_of(request)["ids"] == "1,2,3"
    assert [x.remote_id for x in found.orders] == ["1", "3"]
    assert [x.remote_id for x in found.malformed] == ["2"]
    assert found.more


def test_open_requests_are_asked_for_by_order_and_left_open_where_they_fail(
    peer: Peer,
) -> None:
    asked = order(is_buyer_request_cancel=True)
    peer.get(DETAIL_URL, json=good({"orders": [asked]}))
    peer.post(CANCELLATIONS_URL, json=good({"cancellations": [cancellation()]}))
    peer.post(CANCELLATIONS_URL, json=bad(36009003))

    first = connector().fetch_order(ORDER_ID)
    second = connector().fetch_order(ORDER_ID)

    assert first is not None
    assert second is not None
    assert first.lines[0].cancel_reason == "No longer needed"
    body = json.loads(sent(peer, CANCELLATIONS_URL)[0].body)
    assert body["order_ids"] == [ORDER_ID]
    assert body["cancel_status"] == ["CANCELLATION_REQUEST_PENDING"]
    assert second.lines[0].cancel_requested
    assert second.cancel_answer_by is None


def test_changed_cancellations_bring_their_orders(peer: Peer) -> None:
    peer.post(SEARCH_URL, json=good({"orders": []}))
    peer.post(CANCELLATIONS_URL, json=good({"cancellations": [cancellation()] * 2}))
    peer.get(DETAIL_URL, json=good({"orders": [order()]}))
    live = connector()

    first = page(live)
    second = page(live, first.next)

    assert [x.remote_id for x in second.orders] == [ORDER_ID]
    assert query_of(sent(peer, DETAIL_URL)[0])["ids"] == ORDER_ID
    assert not second.more
    assert second.next == CursorState(watermark=NOW)


def test_a_token_behind_an_empty_page_leads_nowhere(peer: Peer) -> None:
    peer.post(SEARCH_URL, json=good({"orders": [], "next_page_token": "more"}))
    peer.post(CANCELLATIONS_URL, json=good({"next_page_token": "more"}))
    live = connector()

    second = page(live, page(live).next)

    assert not second.more
    assert second.next.watermark == NOW


@pytest.mark.parametrize(
    "answer", [{"json": good({"orders": []})}, {"json": bad(21008111)}]
)
def test_an_unknown_order_is_none(peer: Peer, answer: dict[str, Any]) -> None:
    peer.get(DETAIL_URL, **answer)

    assert connector().fetch_order("4711") is None


def test_an_order_that_cant_be_read_alone_is_unexpected(peer: Peer) -> None:
    peer.get(DETAIL_URL, json=good({"orders": [order(create_time=None)]}))

    with pytest.raises(UnexpectedAnswerError) as caught:
        connector().fetch_order(ORDER_ID)

    assert "create_time" in caught.value.message


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"json": bad(36009003)}, TransientError),
        ({"json": bad(36009007)}, TransientError),
        ({"json": bad(36009002)}, ThrottledError),
        ({"json": bad(36009002), "status": 429}, ThrottledError),
        ({"json": bad(36009002), "status": 503}, ThrottledError),
        ({"body": "", "status": 429}, ThrottledError),
        ({"body": "<html>", "status": 502}, TransientError),
        ({"body": "<html>"}, UnexpectedAnswerError),
        ({"json": []}, UnexpectedAnswerError),
        ({"json": {"orders": []}}, UnexpectedAnswerError),
        ({"json": good([])}, UnexpectedAnswerError),
        ({"json": good({"orders": "none"})}, UnexpectedAnswerError),
        ({"json": bad(36009009)}, UnexpectedAnswerError),
        ({"json": bad(101000)}, UnexpectedAnswerError),
        ({"json": bad(77777777)}, UnexpectedAnswerError),
        ({"json": bad(106001)}, UnauthorisedError),
        ({"json": bad(106013)}, UnauthorisedError),
        ({"json": bad(105005)}, UnauthorisedError),
        ({"json": bad(36009004)}, UnauthorisedError),
        ({"json": bad(36009033)}, UnauthorisedError),
    ],
)
def test_a_page_that_cant_be_read_is_of_a_known_class(
    peer: Peer, answer: dict[str, Any], kind: type[RemoteError]
) -> None:
    peer.post(SEARCH_URL, **answer)

    with pytest.raises(kind):
        page(connector())


def test_a_moments_limit_names_no_longer_wait_than_the_bucket_needs(peer: Peer) -> None:
    peer.post(SEARCH_URL, status=429, json=bad(36009002))

    with pytest.raises(ThrottledError) as caught:
        page(connector())

    assert (caught.value.ours, caught.value.retry_after) == (False, 2.0)
    with pytest.raises(ThrottledError) as caught:
        page(connector())
    assert caught.value.ours


# --- telling of a parcel ------------------------------------------------------------


def test_a_parcel_is_told_with_units_number_and_provider(peer: Peer) -> None:
    peer.get(DETAIL_URL, json=good({"orders": [order()]}))
    answer = {"package_id": "1", "warning": {"message": "more than one provider"}}
    peer.post(SHIP_URL, json=good(answer))

    connector().confirm(CONFIRMATION)

    (request,) = sent(peer, SHIP_URL)
    assert json.loads(request.body) == {
        "tracking_number": NUMBER,
        "shipping_provider_id": "70826",
        "order_line_item_ids": [SET],
    }


@pytest.mark.parametrize(
    ("number", "code", "field"),
    [
        (11028006, "bad_tracking_or_carrier", "trackingNumber"),
        (21004012, "bad_tracking", "trackingNumber"),
        (21004015, "bad_tracking_or_carrier", "trackingNumber"),
        (21004016, "bad_tracking_or_carrier", "trackingNumber"),
        (21008025, "fulfilled_by_tiktok", ""),
        (21008099, "already_fulfilled", "trackingNumber"),
        (21011006, "already_fulfilled", "trackingNumber"),
        (21011007, "cancel_request_open", ""),
        (21011020, "already_fulfilled", "trackingNumber"),
        (21011022, "bad_tracking_or_carrier", "carrierCode"),
        (21011025, "tracking_used_elsewhere", "trackingNumber"),
        (21011026, "tracking_used_too_often", "trackingNumber"),
        (21011028, "not_this_shop", "orderId"),
        (21011044, "on_hold", ""),
        (21011048, "lines_needed", "lines"),
        (21034012, "tracking_used_elsewhere", "trackingNumber"),
        (21042056, "already_fulfilled", "trackingNumber"),
        (21001001, "bad_input", ""),
        (36009004, "bad_id", ""),
        (77777777, "77777777", ""),
    ],
)
def test_a_refused_parcel_has_a_code_a_field_and_a_sentence(
    peer: Peer, number: int, code: str, field: str
) -> None:
    peer.get(DETAIL_URL, json=good({"orders": [order()]}))
    peer.post(SHIP_URL, json=bad(number, "Not this way"))

    with pytest.raises(RejectedError) as caught:
        connector().confirm(CONFIRMATION)

    assert (caught.value.code, caught.value.field) == (code, field)
    assert str(number) in caught.value.message
    assert caught.value.request_id == "r-2"


@pytest.mark.parametrize("number", [21008099, 21011006, 21011020, 21042056, 21011025])
def test_shipped_already_is_a_success_if_the_number_is_read_back(
    peer: Peer, number: int
) -> None:
    peer.get(DETAIL_URL, json=good({"orders": [order()]}))
    peer.get(DETAIL_URL, json=good({"orders": [shipped(order(), (SET, NUMBER))]}))
    peer.post(SHIP_URL, json=bad(number))

    connector().confirm(CONFIRMATION)

    assert RemoteCall.objects.filter(operation="getOrderDetail").count() == 2


def test_shipped_already_with_another_number_is_refused_as_such(peer: Peer) -> None:
    peer.get(DETAIL_URL, json=good({"orders": [order()]}))
    peer.get(DETAIL_URL, json=good({"orders": [shipped(order(), (SET, "XY 1"))]}))
    peer.post(SHIP_URL, json=bad(21011006))

    with pytest.raises(RejectedError) as caught:
        connector().confirm(CONFIRMATION)

    assert caught.value.code == "already_fulfilled"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"json": bad(36009003)}, OutcomeUnknownError),
        ({"json": bad(11001027)}, OutcomeUnknownError),
        ({"json": bad(21001008), "status": 500}, OutcomeUnknownError),
        ({"body": "<html>", "status": 502}, OutcomeUnknownError),
        ({"json": bad(36009002), "status": 503}, ThrottledError),
        ({"body": "<html>"}, UnexpectedAnswerError),
    ],
)
def test_a_parcel_that_met_a_failure_is_in_doubt(
    peer: Peer, answer: dict[str, Any], kind: type[RemoteError]
) -> None:
    peer.get(DETAIL_URL, json=good({"orders": [order()]}))
    peer.post(SHIP_URL, **answer)

    with pytest.raises(kind):
        connector().confirm(CONFIRMATION)


@pytest.mark.parametrize(
    ("number", "code"), [(21008116, "no_providers"), (21008117, "fulfilled_by_tiktok")]
)
def test_a_delivery_option_without_providers_says_why(
    peer: Peer, number: int, code: str
) -> None:
    peer.get(DETAIL_URL, json=good({"orders": [order()]}))
    peer.replace(responses.GET, PROVIDERS_URL, json=bad(number))

    with pytest.raises(RejectedError) as caught:
        connector().confirm(CONFIRMATION)

    assert (caught.value.code, caught.value.field) == (code, "carrierCode")


def test_an_order_without_a_delivery_option_is_for_a_person(peer: Peer) -> None:
    bare = order(delivery_option_id=None)
    peer.get(DETAIL_URL, json=good({"orders": [bare]}))
    told = Confirmation(
        **{
            name: getattr(CONFIRMATION, name)
            for name in CONFIRMATION.__dataclass_fields__
        }
        | {"delivery_option": ""}
    )

    with pytest.raises(RejectedError) as caught:
        connector().confirm(told)

    assert caught.value.code == "no_delivery_option"


# --- consent ------------------------------------------------------------------------


def test_the_consent_page_has_the_service_and_our_state() -> None:
    url = connector().consent_url(state="s t&te", redirect_uri="https://ignored")

    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        "https://services.tiktokshop.com/open/authorize"
    )
    assert parse_qs(parts.query) == {"service_id": ["73"], "state": ["s t&te"]}
    with pytest.raises(RejectedError) as caught:
        connector(settings={}).consent_url(state="s", redirect_uri="")
    assert caught.value.field == "service_id"


def test_a_consent_brings_the_token_its_end_and_the_seller(peer: Peer) -> None:
    peer.get(GET_URL, json=good(token_data(7)))

    grant = connector().redeem_consent({"code": "TTP_x"}, redirect_uri="")

    (request,) = sent(peer, GET_URL)
    assert query_of(request) == {
        "app_key": KEY,
        "app_secret": SECRET,
        "auth_code": "TTP_x",
        "grant_type": "authorized_code",
    }
    assert grant.secrets == {"refresh_token": "refresh-7"}
    assert grant.settings[access.SELLER_NAME] == "Demo Trading"
    ends_at = datetime.fromisoformat(grant.settings[access.ENDS_AT])
    left = (ends_at - clock.now()).total_seconds()
    assert left == pytest.approx(90 * 86_400, abs=60)
    assert "refresh-7" not in repr(grant)


@pytest.mark.parametrize(
    ("answer", "reply", "code"),
    [
        ({}, good(), "no_code"),
        ({"code": "null", "error": "auth_denied"}, good(), "auth_denied"),
        ({"code": "c"}, bad(36004004), "36004004"),
    ],
)
def test_a_consent_that_brings_nothing_is_refused(
    peer: Peer, answer: dict[str, str], reply: Any, code: str
) -> None:
    peer.get(GET_URL, json=reply)

    with pytest.raises(RejectedError) as caught:
        connector().redeem_consent(answer, redirect_uri="")

    assert (caught.value.code, caught.value.field) == (code, "code")


def test_a_wrong_app_secret_is_told_at_the_consent(peer: Peer) -> None:
    peer.get(GET_URL, json=bad(36009004))

    with pytest.raises(UnauthorisedError) as caught:
        connector().redeem_consent({"code": "c"}, redirect_uri="")

    assert caught.value.reason == ConnectionOutcome.BAD_KEY


def test_the_end_of_an_authorisation_is_told() -> None:
    ends_at = "2027-02-20T12:00:00+00:00"

    (expiry,) = connector(settings={access.ENDS_AT: ends_at}).expiries()

    assert expiry.at == datetime.fromisoformat(ends_at)
    assert expiry.what == consent.WHAT
    assert expiry.remedy
    assert connector(settings={}).expiries() == ()
    assert connector(settings={access.ENDS_AT: "soon"}).expiries() == ()
    assert connector(secrets={}, settings={access.ENDS_AT: ends_at}).expiries() == ()


def test_an_authorisation_without_an_end_has_no_expiry(peer: Peer) -> None:
    tokens = Tokens(refresh_token="first")
    endless = token_data(1, refresh_token_expire_in=2**62)
    peer.replace(responses.GET, REFRESH_URL, json=good(endless))
    peer.post(SEARCH_URL, json=good({"orders": []}))

    page(connector(tokens))

    assert connector(settings=tokens.settings).expiries() == ()


# --- the connection test and the form -----------------------------------------------


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"json": bad(105005)}, ConnectionOutcome.ROLE_MISSING),
        ({"json": bad(106001)}, ConnectionOutcome.BAD_KEY),
        ({"json": bad(36009033)}, ConnectionOutcome.ROLE_MISSING),
        ({"json": bad(106013)}, ConnectionOutcome.WRONG_REGION),
        ({"json": bad(105001)}, ConnectionOutcome.REVOKED),
        ({"json": bad(36009002)}, ConnectionOutcome.THROTTLED),
        ({"json": bad(36009003)}, ConnectionOutcome.UNREACHABLE),
        ({"body": "<html>", "status": 502}, ConnectionOutcome.UNREACHABLE),
        ({"body": "<html>"}, ConnectionOutcome.UNEXPECTED),
        ({"json": good({"orders": 3})}, ConnectionOutcome.UNEXPECTED),
        ({"json": good({"orders": []})}, ConnectionOutcome.WORKS),
        # An empty list may be left out.
        ({"json": good({"total_count": 0})}, ConnectionOutcome.WORKS),
    ],
)
def test_each_finding_of_a_connection_test_has_its_sentence(
    peer: Peer, answer: dict[str, Any], outcome: ConnectionOutcome
) -> None:
    peer.post(SEARCH_URL, **answer)
    peer.post(CANCELLATIONS_URL, json=good({"cancellations": []}))

    report = connector().check_connection()

    assert report.outcome is outcome
    assert report.sentence.endswith(".")
    assert SECRET not in report.sentence


def test_the_test_also_reads_cancellations_which_have_a_scope_of_their_own(
    peer: Peer,
) -> None:
    peer.post(SEARCH_URL, json=good({"orders": []}))
    peer.post(CANCELLATIONS_URL, json=bad(105005))

    assert connector().check_connection().outcome is ConnectionOutcome.ROLE_MISSING


@pytest.mark.parametrize(
    ("shops", "outcome"),
    [
        ([], ConnectionOutcome.STORE_INACTIVE),
        ([SHOP | {"code": "X", "id": "1", "name": "Other"}], ConnectionOutcome.BAD_KEY),
        ([SHOP | {"region": "IE"}], ConnectionOutcome.WRONG_REGION),
    ],
)
def test_the_shops_of_another_authorisation_are_noticed(
    peer: Peer, shops: list[Any], outcome: ConnectionOutcome
) -> None:
    peer.replace(responses.GET, SHOPS_URL, json=good({"shops": shops}))

    assert connector().check_connection().outcome is outcome


def test_an_ended_authorisation_is_called_so(peer: Peer) -> None:
    peer.replace(responses.GET, REFRESH_URL, json=bad(36004005))
    settings = {"app_key": KEY, access.ENDS_AT: "2026-01-01T00:00:00+00:00"}

    report = connector(settings=settings).check_connection()

    assert report.outcome is ConnectionOutcome.SECRET_EXPIRED
    assert "01 January 2026" in report.sentence


def test_the_account_is_asked_for_in_tiktoks_words() -> None:
    form = RemoteAccountForm(connector=TikTokConnector)

    assert "shop code" in str(form.fields["seller_id"].help_text)
    assert "region" not in form.fields
    assert not form.own.fields["refresh_token"].required
    assert form.own.fields["app_secret"].required


FORM = {
    "app_key": "6demoshipsync",
    "app_secret": "s3cr3t",
    "service_id": "7300000000000000042",
    "first_pull_days": "30",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("service_id", "6demoshipsync"),
        ("shop_codes", "Demo Trading UK"),
        ("ships_to", "Ireland"),
        ("ships_to", "IE, XX"),
        ("first_pull_days", "91"),
    ],
)
def test_the_form_refuses_what_people_enter_by_mistake(name: str, value: str) -> None:
    assert TikTokSettingsForm(FORM).is_valid()

    form = TikTokSettingsForm(FORM | {name: value})

    assert list(form.errors) == [name]


def test_the_form_takes_a_pasted_link_and_tidies_lists() -> None:
    link = "https://services.tiktokshop.com/open/authorize?service_id=73000&x=1"
    form = TikTokSettingsForm(
        FORM | {"service_id": link, "ships_to": "ie,fr,ie", "shop_codes": "AB12 , CD34"}
    )

    assert form.is_valid()
    assert form.cleaned_data["service_id"] == "73000"
    assert form.cleaned_data["ships_to"] == "IE, FR"
    assert form.cleaned_data["shop_codes"] == "AB12, CD34"
