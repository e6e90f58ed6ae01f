from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from stores import budgets
from stores.connectors.amazon.connector import AmazonConnector
from stores.connectors.base import AccountConfig, Stream
from stores.errors import (
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
    UnexpectedAnswerError,
)
from stores.http import Gateway
from stores.models import Budget, RemoteCall
from stores.remote_types import (
    Confirmation,
    ConnectionOutcome,
    CursorState,
    FreshToken,
)
from stores.tokens import DatabaseTokenStore
from tests.contract.swagger import Document, specs_folder

pytestmark = pytest.mark.django_db
PAYLOADS = Path(__file__).parents[3] / "payloads" / "amazon"
KEY = "remote-1"
HOST = "https://sellingpartnerapi-eu.amazon.com"
TOKEN_URL = "https://api.amazon.com/auth/o2/token"
ORDERS_URL = f"{HOST}/orders/2026-01-01/orders"
ORDER_ID = "026-1520163-6049104"
CONFIRM_URL = f"{HOST}/orders/v0/orders/{ORDER_ID}/shipmentConfirmation"
SELLERS_PATH = "/sellers/v1/marketplaceParticipations"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONFIRMATION = Confirmation(
    order_remote_id=ORDER_ID,
    marketplace_id="A1F83G8C2ARO7P",
    package_ref="1",
    carrier_code="Royal Mail",
    carrier_name="Royal Mail",
    service="Tracked 24",
    tracking_number="QK000000005GB",
    shipped_at=NOW,
    lines=(("05015851154158", 1),),
)
Peer = responses.RequestsMock


def config(**changes: Any) -> AccountConfig:
    values: dict[str, Any] = {
        "key": KEY,
        "environment": "production",
        "region": "eu",
        "seller_id": "A2TESTSELLER",
        "settings": {"client_id": "amzn1.application-oa2-client.test"},
        "secrets": {"lwa_client_secret": "s3cr3t", "refresh_token": "Atzr|test"},
        "marketplace_ids": ("A1F83G8C2ARO7P",),
    }
    return AccountConfig(**(values | changes))


def connector(**changes: Any) -> AmazonConnector:
    budgets.ensure(KEY, AmazonConnector.budget_specs)
    return AmazonConnector(
        config(**changes), gateway=Gateway(KEY), tokens=DatabaseTokenStore(KEY)
    )


def full_order() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAYLOADS / "order__full.json").read_text())
    return found


def refusal(message: str | None, code: str = "InvalidInput") -> dict[str, Any]:
    return {"errors": [{"code": code, "message": message, "details": ""}]}


@pytest.fixture
def peer() -> Iterator[Peer]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(
            TOKEN_URL,
            json={
                "access_token": "Atza|one",
                "token_type": "bearer",
                "expires_in": 3600,
            },
        )
        yield mock


def sent(peer: Peer, path: str) -> list[Any]:
    return [call.request for call in peer.calls if path in str(call.request.url)]


def test_a_page_is_read_with_token_parameters_and_quota(peer: Peer) -> None:
    peer.get(
        ORDERS_URL,
        json={
            "orders": [full_order(), {"orderId": "026-1"}],
            "pagination": {"nextToken": "t/1+="},
            "lastUpdatedBefore": "2026-11-22T11:58:00.000Z",
        },
        headers={"x-amzn-RateLimit-Limit": "0.02"},
    )

    page = connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    (request,) = sent(peer, "/orders/")
    assert request.headers["x-amz-access-token"] == "Atza|one"
    assert [order.remote_id for order in page.orders] == [ORDER_ID]
    assert [(row.remote_id, row.field) for row in page.malformed] == [
        ("026-1", "salesChannel.marketplaceId")
    ]
    assert page.more
    assert page.next.page_token == "t/1+="
    assert page.next.watermark is None
    assert Budget.objects.get(group="searchOrders").rate == 0.02

    connector().fetch_page(Stream.OPEN, page.next, now=NOW)
    query = parse_qs(urlsplit(sent(peer, "/orders/")[1].url).query)
    assert query.pop("paginationToken") == ["t/1+="]
    assert query == parse_qs(urlsplit(request.url).query)


def test_the_token_is_fetched_once_and_kept(peer: Peer) -> None:
    peer.get(ORDERS_URL, json={"orders": []})

    for _ in range(3):
        connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    (request,) = sent(peer, "/auth/o2/token")
    assert parse_qs(request.body) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["Atzr|test"],
        "client_id": ["amzn1.application-oa2-client.test"],
        "client_secret": ["s3cr3t"],
    }


def test_a_refused_pagination_token_restarts_the_window(peer: Peer) -> None:
    peer.get(ORDERS_URL, status=400, json=refusal("Invalid paginationToken"))
    cursor = CursorState(watermark=NOW, page_token="t1", token_at=NOW)

    page = connector().fetch_page(Stream.OPEN, cursor, now=NOW)

    assert page.orders == ()
    assert page.more
    assert page.next == CursorState(watermark=NOW)
    with pytest.raises(RejectedError):
        connector().fetch_page(Stream.OPEN, page.next, now=NOW)


@pytest.mark.parametrize(
    "body",
    [
        "<html>Bad gateway</html>",
        "[]",
        "{}",
        '{"orders": {}}',
        '{"orders": [], "pagination": "t"}',
        '{"orders": [], "lastUpdatedBefore": "soon"}',
    ],
)
def test_a_page_that_fits_no_contract_is_unexpected(peer: Peer, body: str) -> None:
    peer.get(ORDERS_URL, body=body)

    with pytest.raises(UnexpectedAnswerError) as caught:
        connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    assert caught.value.body == body


def test_one_order_is_read_with_every_block(peer: Peer) -> None:
    peer.get(f"{ORDERS_URL}/{ORDER_ID}", json={"order": full_order()})
    peer.get(f"{ORDERS_URL}/unknown", status=404, json=refusal("Not found", "NotFound"))
    peer.get(f"{ORDERS_URL}/empty", json={})
    peer.get(f"{ORDERS_URL}/odd", json={"order": {"orderId": "odd"}})

    order = connector().fetch_order(ORDER_ID)

    assert order is not None
    assert order.packages is not None
    assert connector().fetch_order("unknown") is None
    assert connector().fetch_order("empty") is None
    with pytest.raises(UnexpectedAnswerError, match=r"salesChannel\.marketplaceId"):
        connector().fetch_order("odd")


@pytest.mark.parametrize(
    ("message", "code", "field"),
    [
        (
            (
                "Failed to create package due to not finding a matching package or order "
                "already fulfilled. errorMetric=PackageToUpdateNotFound"
            ),
            "already_fulfilled",
            "",
        ),
        (
            "The tracking ID 12 does not match the expected format for the carrier UPS.",
            "bad_tracking_number",
            "trackingNumber",
        ),
        ("CarrierCode Evri is invalid.", "bad_carrier", "carrierCode"),
        ("CarrierName is required for Other", "bad_carrier", "carrierName"),
        (
            "CarrierCode Other is not approved for shipments from GB to DE.",
            "carrier_not_approved",
            "carrierCode",
        ),
        (
            "PackageReferenceId is invalid, must be a positive numeric value",
            "bad_reference",
            "packageReferenceId",
        ),
        ("OrderItemId 7 is invalid, obtain it …", "bad_order_item", "orderItems"),
        ("Shipments of FBM Ship+ orders …", "confirmed_by_marketplace", ""),
        ("shipDate must not be in the future.", "bad_ship_date", "shipDate"),
        ("Something new", "InvalidInput", ""),
        (None, "InvalidInput", ""),
    ],
)
def test_a_refused_confirmation_names_what_is_wrong(
    peer: Peer, message: str | None, code: str, field: str
) -> None:
    peer.post(CONFIRM_URL, status=400, json=refusal(message))

    with pytest.raises(RejectedError) as caught:
        connector().confirm(CONFIRMATION)

    assert (caught.value.code, caught.value.field) == (code, field)
    assert RemoteCall.objects.get(operation="confirmShipment").error_code == code


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, RejectedError),
        (429, ThrottledError),
        (500, OutcomeUnknownError),
        (503, OutcomeUnknownError),
    ],
)
def test_a_confirmations_statuses(
    peer: Peer, status: int, kind: type[RemoteError]
) -> None:
    peer.post(CONFIRM_URL, status=status, json=refusal(None, "X"))

    with pytest.raises(kind):
        connector().confirm(CONFIRMATION)


def test_an_accepted_confirmation_has_no_body(peer: Peer) -> None:
    peer.post(CONFIRM_URL, status=204)

    connector().confirm(CONFIRMATION)

    row = RemoteCall.objects.get(operation="confirmShipment")
    assert (row.status, row.outcome) == (204, "ok")


def test_a_429_waits_for_at_least_one_token(peer: Peer) -> None:
    peer.get(ORDERS_URL, status=429, json=refusal("…", "QuotaExceeded"))

    with pytest.raises(ThrottledError) as caught:
        connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    assert caught.value.retry_after == pytest.approx(178.6, abs=0.1)
    line = next(row for row in budgets.left(KEY) if row.group == "searchOrders")
    assert line.blocked_for > 170


def test_an_expired_token_is_replaced_once(peer: Peer) -> None:
    DatabaseTokenStore(KEY).refresh(
        "access", lambda: FreshToken(token="Atza|old", seconds=3600)
    )
    peer.get(ORDERS_URL, status=403, json=refusal("Access denied", "Unauthorized"))
    peer.get(ORDERS_URL, json={"orders": []})

    page = connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    assert page.orders == ()
    assert [r.headers["x-amz-access-token"] for r in sent(peer, "/orders/")] == [
        "Atza|old",
        "Atza|one",
    ]


def test_a_fresh_token_that_is_refused_too_ends_it(peer: Peer) -> None:
    peer.get(ORDERS_URL, status=403, json=refusal("Access denied", "Unauthorized"))

    with pytest.raises(UnauthorisedError) as caught:
        connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    assert caught.value.reason == "role_missing"
    assert len(sent(peer, "/orders/")) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (400, {"error": "invalid_grant"}, UnauthorisedError, "revoked"),
        (401, {"error": "invalid_client"}, UnauthorisedError, "bad_key"),
        (400, {"error": "unauthorized_client"}, UnauthorisedError, "bad_key"),
        (400, {"error": "unsupported_grant_type"}, UnexpectedAnswerError, None),
        (400, [], UnexpectedAnswerError, None),
        (429, {}, ThrottledError, None),
        (500, {"error": "server_error"}, TransientError, None),
        (
            200,
            {"access_token": "Atza|leak", "expires_in": "x"},
            UnexpectedAnswerError,
            None,
        ),
    ],
)
def test_login_with_amazon_errors(
    status: int, body: object, kind: type[RemoteError], reason: str | None
) -> None:
    with responses.RequestsMock() as peer:
        peer.post(TOKEN_URL, status=status, json=body)
        with pytest.raises(kind) as caught:
            connector().confirm(CONFIRMATION)

    assert getattr(caught.value, "reason", None) == reason
    assert "Atza|leak" not in repr(vars(caught.value))


def participations(*marketplaces: str) -> dict[str, Any]:
    return {
        "payload": [
            {
                "marketplace": {"id": marketplace},
                "participation": {
                    "isParticipating": True,
                    "hasSuspendedListings": False,
                },
                "storeName": "Test",
            }
            for marketplace in marketplaces
        ]
    }


def sellers_ok(peer: Peer, *marketplaces: str) -> None:
    peer.get(f"{HOST}{SELLERS_PATH}", json=participations(*marketplaces))


def no_order(peer: Peer, status: int) -> None:
    peer.get(
        re.compile(rf"{ORDERS_URL}/000-.*"), status=status, json=refusal(None, "X")
    )


def test_connection_works(peer: Peer) -> None:
    sellers_ok(peer, "A1F83G8C2ARO7P")
    no_order(peer, 404)

    report = connector(secrets_set_at=NOW).check_connection()

    assert report.ok
    assert "rotated within" in report.sentence


def test_connection_without_the_order_role(peer: Peer) -> None:
    sellers_ok(peer, "A1F83G8C2ARO7P")
    no_order(peer, 403)

    assert connector().check_connection().outcome is ConnectionOutcome.ROLE_MISSING


def test_connection_of_a_seller_who_left_the_marketplace(peer: Peer) -> None:
    sellers_ok(peer, "A1PA6795UKMFR9")

    report = connector().check_connection()

    assert report.outcome is ConnectionOutcome.STORE_INACTIVE
    assert "amazon.co.uk" in report.sentence


def test_connection_in_the_wrong_region(peer: Peer) -> None:
    peer.get(f"{HOST}{SELLERS_PATH}", status=403, json=refusal("no", "Unauthorized"))
    other = HOST.replace("-eu", "-na")
    peer.get(f"{other}{SELLERS_PATH}", json=participations("ATVPDKIKX0DER"))

    report = connector().check_connection()

    assert report.outcome is ConnectionOutcome.WRONG_REGION
    assert "'na'" in report.sentence


def test_connection_refused_in_every_region(peer: Peer) -> None:
    peer.get(
        re.compile(rf"https://sellingpartnerapi-..\.amazon\.com{SELLERS_PATH}"),
        status=403,
        json=refusal("no", "Unauthorized"),
    )

    assert connector().check_connection().outcome is ConnectionOutcome.ROLE_MISSING


@pytest.mark.parametrize(
    ("status", "error", "age", "outcome"),
    [
        (400, "invalid_grant", 0, ConnectionOutcome.REVOKED),
        (401, "invalid_client", 10, ConnectionOutcome.BAD_KEY),
        (401, "invalid_client", 181, ConnectionOutcome.SECRET_EXPIRED),
        (500, "server_error", 0, ConnectionOutcome.UNREACHABLE),
        (429, "slow_down", 0, ConnectionOutcome.THROTTLED),
        (400, "invalid_request", 0, ConnectionOutcome.UNEXPECTED),
    ],
)
def test_connection_that_gets_no_token(
    status: int, error: str, age: int, outcome: ConnectionOutcome
) -> None:
    set_at = datetime.now(UTC) - timedelta(days=age)
    with responses.RequestsMock() as peer:
        peer.post(TOKEN_URL, status=status, json={"error": error})
        report = connector(secrets_set_at=set_at).check_connection()

    assert report.outcome is outcome
    assert report.sentence.endswith(".")


def test_secrets_stay_out_of_the_repr() -> None:
    live = connector()

    shown = repr(live) + repr(live.account) + repr(live.client) + repr(live.tokens)

    assert "s3cr3t" not in shown
    assert "Atzr" not in shown


def test_requests_and_payloads_fit_amazons_models(peer: Peer) -> None:
    folder = specs_folder() / "amazon"
    orders = Document.load(folder / "orders_2026-01-01.json")
    v0 = Document.load(folder / "ordersV0.json")
    body = {"orders": [full_order()], "lastUpdatedBefore": "2026-11-22T11:58:00.000Z"}
    peer.get(ORDERS_URL, json=body)
    peer.post(CONFIRM_URL, status=204)

    live = connector()
    for stream in Stream:
        live.fetch_page(stream, CursorState(), now=NOW)
    live.confirm(CONFIRMATION)

    path = "/orders/2026-01-01/orders"
    assert orders.response_errors("GET", path, 200, body) == []
    schema = orders.operation("GET", path)["responses"]["200"]["schema"]
    assert orders.undeclared(schema, body) == []
    declared = {row["name"]: row for row in orders.operation("GET", path)["parameters"]}
    for request in sent(peer, ORDERS_URL):
        for name, (value,) in parse_qs(urlsplit(request.url).query).items():
            parameter = declared[name]
            if parameter["type"] == "array":
                allowed = parameter["items"].get("enum")
                assert allowed is None or set(value.split(",")) <= set(allowed), name
    (confirm,) = sent(peer, CONFIRM_URL)
    assert (
        v0.body_errors("POST", urlsplit(CONFIRM_URL).path, json.loads(confirm.body))
        == []
    )


def test_the_budgets_are_amazons_usage_plans() -> None:
    path = specs_folder() / "amazon" / "rate_limits.json"
    assert path.is_file(), path
    plans = json.loads(path.read_text(encoding="utf-8"))
    found = {
        (row["operationId"], row["rate_per_s"], row["burst"])
        for rows in plans["models"].values()
        for row in rows
    }
    # Groups of several operations, by one that has the same plan.
    named = {
        "sellers": "getMarketplaceParticipations",
        "notifications": "createDestination",
    }
    for spec in AmazonConnector.budget_specs:
        operation = named.get(spec.group, spec.group)
        assert (operation, spec.rate, spec.capacity) in found, spec
