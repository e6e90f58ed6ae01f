from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from shipsync_site.lib import clock
from stores import budgets
from stores.choices import DatabaseChoiceStore, keep_all
from stores.connectors.base import AccountConfig, Stream
from stores.connectors.mirakl.connector import MiraklConnector
from stores.errors import (
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
    UnexpectedAnswerError,
    UnsupportedOperationError,
)
from stores.http import Gateway
from stores.models import Choice, ChoiceList, RemoteCall
from stores.remote_types import (
    Acceptance,
    CancellationAnswer,
    ChoiceKind,
    Confirmation,
    ConnectionOutcome,
    CursorState,
    MalformedOrder,
    RemoteStatus,
)
from stores.tokens import DatabaseTokenStore

pytestmark = pytest.mark.django_db
PAYLOADS = Path(__file__).parents[3] / "payloads" / "mirakl"
KEY = "remote-1"
API = "https://homeware.example/api"
ORDERS = f"{API}/orders"
ORDER_ID = "00012345-A"
ORDER = f"{ORDERS}/{ORDER_ID}"
SHIPMENTS = f"{API}/shipments"
PLATFORM = f"{API}/platform/configuration"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LINES = ((f"{ORDER_ID}-1", 2), (f"{ORDER_ID}-2", 1))
CONFIRMATION = Confirmation(
    order_remote_id=ORDER_ID,
    marketplace_id="homeware",
    package_ref="7",
    carrier_code="ROYAL-MAIL",
    carrier_name="Royal Mail",
    service="",
    tracking_number="AB123456785GB",
    shipped_at=NOW,
    lines=LINES,
)
PART = replace(CONFIRMATION, lines=LINES[:1])
UNLISTED = replace(CONFIRMATION, carrier_code="YODEL", carrier_name="Yodel")
CANCEL = CancellationAnswer(
    order_remote_id=ORDER_ID,
    marketplace_id="homeware",
    accept=True,
    lines=LINES,
    whole=True,
    reason="",
    reference="r",
)
Peer = responses.RequestsMock


def connector(**settings: Any) -> MiraklConnector:
    budgets.ensure(KEY, MiraklConnector.budget_specs)
    account = AccountConfig(
        key=KEY,
        environment="production",
        region="homeware",
        seller_id="2001",
        settings={"first_pull_days": 10} | settings,
        secrets={"api_key": "s3cr3t-key"},
        marketplace_ids=("homeware",),
        host="https://homeware.example",
    )
    return MiraklConnector(
        account,
        gateway=Gateway(KEY),
        tokens=DatabaseTokenStore(KEY),
        choices=DatabaseChoiceStore(KEY),
    )


def order(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAYLOADS / "order__full.json").read_text())
    return found | changes


def platform(several: bool, *, only_listed: bool = False) -> dict[str, Any]:
    return {
        "features": {
            "shipment": {"multi_shipment": several},
            "disable_seller_alternative_carrier": only_listed,
        }
    }


def shipment(**changes: Any) -> dict[str, Any]:
    row = {
        "order_line_id": LINES[0][0],
        "quantity": 2,
        "package_reference": "shipsync-7",
    }
    return {
        "id": "s-1",
        "order_id": ORDER_ID,
        "status": "SHIPPED",
        "shipment_lines": [row],
        "tracking": {"carrier_code": "RM24", "tracking_number": "AB123456785GB"},
    } | changes


def refusal(code: str, message: str = "No.", status: int = 400) -> dict[str, Any]:
    row = {"field": "f", "code": code, "message": message}
    return {"status": status, "message": message, "errors": [row]}


CARRIERS = [
    {"code": "RM24", "label": "Royal Mail", "standard_code": "ROYAL_MAIL"},
    {"code": "dpd-uk", "label": "DPD UK", "standard_code": "DPD"},
]
SHOP = {"shop_id": 2001, "shop_name": "Demo", "shop_state": "OPEN"} | {
    "currency_iso_code": "GBP"
}


@pytest.fixture
def peer() -> Iterator[Peer]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(PLATFORM, json=platform(False))
        mock.get(f"{API}/shipping/carriers", json={"carriers": CARRIERS})
        mock.get(f"{API}/shipping/types", json={"shipping_types": []})
        yield mock


@pytest.fixture
def several(peer: Peer) -> Peer:
    peer.replace(responses.GET, PLATFORM, json=platform(True))
    return peer


def sent(peer: Peer, method: str, url: str) -> list[Any]:
    return [
        call.request
        for call in peer.calls
        if str(call.request.url).split("?")[0] == url and call.request.method == method
    ]


def writes(peer: Peer) -> list[tuple[str, Any]]:
    """(path, body) of every write, in order."""
    return [
        (
            urlsplit(str(call.request.url)).path.removeprefix("/api"),
            json.loads(call.request.body) if call.request.body else None,
        )
        for call in peer.calls
        if call.request.method != "GET"
    ]


def shows(peer: Peer, *answers: dict[str, Any]) -> None:
    """The operator shows the order so, one answer after another."""
    by_id = responses.matchers.query_param_matcher(
        {"order_ids": ORDER_ID, "shop_id": "2001"}
    )
    for row in answers:
        peer.get(ORDERS, json=listed(row), match=[by_id])


def listed(*rows: Any, total: int | None = None) -> dict[str, Any]:
    return {"orders": list(rows), "total_count": len(rows) if total is None else total}


# --- reading ---------------------------------------------------------------------


def test_a_page_is_asked_for_with_the_bare_key_and_the_shop(peer: Peer) -> None:
    peer.get(ORDERS, json=listed(order(), {"order_id": "1"}, total=150))

    page = connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    (request,) = sent(peer, "GET", ORDERS)
    assert request.headers["Authorization"] == "s3cr3t-key"
    assert parse_qs(urlsplit(request.url).query) == {
        "shop_id": ["2001"],
        "start_update_date": ["2026-11-12T12:00:00Z"],
        "order_state_codes": [
            "STAGING,WAITING_ACCEPTANCE,WAITING_DEBIT,WAITING_DEBIT_PAYMENT,SHIPPING"
        ],
        "sort": ["dateCreated"],
        "order": ["asc"],
        "max": ["100"],
        "offset": ["0"],
    }
    assert [found.remote_id for found in page.orders] == [ORDER_ID]
    assert [row.remote_id for row in page.malformed] == ["1"]
    assert page.more
    assert page.orders[0].packages == ()


def test_pulls_begin_at_most_once_a_minute_and_their_pages_go_on(peer: Peer) -> None:
    peer.get(ORDERS, json=listed(order(), total=3))
    one = connector()
    first = one.fetch_page(Stream.OPEN, CursorState(), now=NOW)

    one.fetch_page(Stream.OPEN, first.next, now=NOW)
    with pytest.raises(ThrottledError) as caught:
        one.fetch_page(Stream.OPEN, CursorState(watermark=NOW), now=NOW)

    assert caught.value.ours
    assert 50 < caught.value.retry_after < 65
    assert len(sent(peer, "GET", ORDERS)) == 2


def test_a_429_waits_as_long_as_the_operator_says(peer: Peer) -> None:
    peer.get(ORDERS, status=429, headers={"Retry-After": "37"})

    with pytest.raises(ThrottledError) as caught:
        connector().fetch_order(ORDER_ID)

    assert (caught.value.ours, caught.value.retry_after) == (False, 37.0)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (500, {"message": "x"}, TransientError),
        (502, "<html>", TransientError),
        (400, refusal("VALIDATION_ERROR"), UnexpectedAnswerError),
        (401, {"message": "x"}, UnauthorisedError),
        (403, {"message": "x"}, UnauthorisedError),
        (404, "<html>", UnexpectedAnswerError),
        (415, {}, UnexpectedAnswerError),
        (302, "", UnexpectedAnswerError),
        (200, "<html>", UnexpectedAnswerError),
        (200, [], UnexpectedAnswerError),
        (200, {"orders": "none", "total_count": 0}, UnexpectedAnswerError),
        (200, {"orders": []}, UnexpectedAnswerError),
    ],
)
def test_a_page_that_cant_be_read_is_of_a_known_class(
    peer: Peer, status: int, body: Any, kind: type[RemoteError]
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    peer.get(ORDERS, status=status, body=text)

    with pytest.raises(kind) as caught:
        connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    assert "s3cr3t" not in str(caught.value)


def test_shipments_of_a_page_are_read_by_one_call(several: Peer) -> None:
    waiting = order(order_id="00012346-A", order_state="WAITING_ACCEPTANCE")
    several.get(ORDERS, json=listed(order(), waiting))
    several.get(SHIPMENTS, json={"data": [shipment()]})

    page = connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    by_order, since = sent(several, "GET", SHIPMENTS)
    assert parse_qs(urlsplit(by_order.url).query)["order_id"] == [ORDER_ID]
    query = parse_qs(urlsplit(since.url).query)
    assert query["last_updated_from"] == ["2026-11-12T12:00:00Z"]
    shown, unshown = page.orders
    assert shown.packages is not None
    assert [x.reference for x in shown.packages] == ["7"]
    assert shown.status is RemoteStatus.PARTLY_SHIPPED
    assert unshown.packages is None


def test_a_number_that_turns_out_wrong_brings_its_order_back(several: Peer) -> None:
    wrong = {"tracking_number": "X", "validity_status": "INVALID"}
    shipped = order(order_state="SHIPPED")
    by_id = responses.matchers.query_param_matcher(
        {"order_ids": ORDER_ID, "max": "100", "shop_id": "2001"}
    )
    several.get(ORDERS, json=listed(shipped), match=[by_id])
    several.get(ORDERS, json=listed())
    several.get(SHIPMENTS, json={"data": [shipment(tracking=wrong)]})

    page = connector().fetch_page(Stream.OPEN, CursorState(watermark=NOW), now=NOW)

    (found,) = page.orders
    assert found.raw_status == "SHIPPED, tracking INVALID"
    assert found.unknown_values == (("a number that the carrier does not know", "X"),)
    assert not page.more


def test_orders_are_taken_though_their_shipments_cant_be_read(several: Peer) -> None:
    several.get(ORDERS, json=listed(order()))
    several.get(SHIPMENTS, status=500)

    page = connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    assert [found.packages for found in page.orders] == [None]


def test_one_order_is_read_with_all_pages_of_its_shipments(several: Peer) -> None:
    shows(several, order())
    several.get(SHIPMENTS, json={"data": [shipment()], "next_page_token": "t"})
    several.get(SHIPMENTS, json={"data": [shipment(id="s-2", shipment_lines=[])]})

    found = connector().fetch_order(ORDER_ID)

    assert found is not None
    assert found.packages is not None
    assert [x.reference for x in found.packages] == ["7", "s-2"]
    _first, second = sent(several, "GET", SHIPMENTS)
    assert parse_qs(urlsplit(second.url).query)["page_token"] == ["t"]


def test_an_order_that_nobody_knows_is_none(peer: Peer) -> None:
    peer.get(ORDERS, json=listed())

    assert connector().fetch_order(ORDER_ID) is None


def test_a_stored_answer_is_read_again_with_what_was_known_then(several: Peer) -> None:
    shows(several, order())
    several.get(SHIPMENTS, json={"data": [shipment()]})
    found = connector(ioss_field="ioss-number").fetch_order(ORDER_ID)
    assert found is not None

    again = MiraklConnector.reparse(
        json.loads(json.dumps(found.raw)), block="order", as_of=found.as_of
    )
    broken = MiraklConnector.reparse({"order_id": "1"}, block="", as_of=found.as_of)

    assert again == found
    assert isinstance(broken, MalformedOrder)


def test_the_methods_that_the_operator_delivers_are_kept_for_a_day(peer: Peer) -> None:
    types = [{"code": "STD", "label": "Standard", "delivery_by_operator": True}]
    peer.replace(responses.GET, f"{API}/shipping/types", json={"shipping_types": types})
    shows(peer, order())

    found = [connector().fetch_order(ORDER_ID) for _ in range(3)]

    assert [x.not_ours for x in found if x] == ["marketplace_label"] * 3
    assert len(sent(peer, "GET", f"{API}/shipping/types")) == 1
    assert len(sent(peer, "GET", PLATFORM)) == 1


# --- a parcel for the whole order --------------------------------------------------


def test_a_parcel_is_told_with_the_operators_own_code_and_then_shipped(
    peer: Peer,
) -> None:
    shows(peer, order())
    peer.put(f"{ORDER}/tracking", status=204)
    peer.put(f"{ORDER}/ship", status=204)

    connector().confirm(CONFIRMATION)

    assert writes(peer) == [
        (
            f"/orders/{ORDER_ID}/tracking",
            {"carrier_code": "RM24", "tracking_number": "AB123456785GB"},
        ),
        (f"/orders/{ORDER_ID}/ship", None),
    ]


def test_what_was_told_already_is_not_told_again(peer: Peer) -> None:
    shows(peer, order(order_state="SHIPPED", shipping_tracking="AB 123456785 GB"))

    connector().confirm(CONFIRMATION)

    assert writes(peer) == []


def test_another_number_for_the_whole_order_is_a_correction(peer: Peer) -> None:
    shows(peer, order(order_state="RECEIVED", shipping_tracking="OLD"))
    peer.put(f"{ORDER}/tracking", status=204)

    connector().confirm(CONFIRMATION)

    assert [path for path, _body in writes(peer)] == [f"/orders/{ORDER_ID}/tracking"]


def test_a_lost_success_is_seen_when_the_repeat_is_refused(peer: Peer) -> None:
    shows(peer, order())
    peer.put(f"{ORDER}/tracking", status=204)
    peer.put(f"{ORDER}/ship", status=400, json=refusal("ORDER_INVALID_STATE"))
    shows(peer, order(order_state="SHIPPED"))

    connector().confirm(CONFIRMATION)

    assert len(sent(peer, "GET", ORDERS)) == 2


def test_a_lost_answer_is_in_doubt(peer: Peer) -> None:
    shows(peer, order())
    peer.put(f"{ORDER}/tracking", status=204)
    peer.put(f"{ORDER}/ship", status=502)

    with pytest.raises(OutcomeUnknownError):
        connector().confirm(CONFIRMATION)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("CANCELED", "order_cancelled"),
        ("REFUSED", "order_cancelled"),
        ("WAITING_DEBIT", "may_not_ship"),
        ("WAITING_ACCEPTANCE", "may_not_ship"),
    ],
)
def test_an_order_that_may_not_leave_is_not_told(
    peer: Peer, state: str, code: str
) -> None:
    shows(peer, order(order_state=state))

    with pytest.raises(RejectedError) as caught:
        connector().confirm(CONFIRMATION)

    assert (caught.value.code, caught.value.field) == (code, "order_state")
    assert state in caught.value.message
    assert writes(peer) == []


def test_a_part_of_an_order_is_a_persons_to_tell(peer: Peer) -> None:
    shows(peer, order())

    with pytest.raises(RejectedError) as caught:
        connector().confirm(PART)

    assert caught.value.code == "one_parcel_only"
    assert writes(peer) == []


def test_the_first_parcel_may_tell_the_order_if_the_account_says_so(
    peer: Peer,
) -> None:
    shows(peer, order())
    peer.put(f"{ORDER}/tracking", status=204)
    peer.put(f"{ORDER}/ship", status=204)

    connector(partial="first").confirm(PART)

    assert len(writes(peer)) == 2


def test_a_second_parcel_does_not_overwrite_the_firsts_number(peer: Peer) -> None:
    shows(peer, order(order_state="SHIPPED", shipping_tracking="FIRST1"))

    with pytest.raises(RejectedError) as caught:
        connector(partial="first").confirm(PART)

    assert caught.value.code == "already_fulfilled"
    assert "FIRST1" in caught.value.message
    assert writes(peer) == []


def test_a_parcel_of_all_that_was_not_cancelled_is_whole(peer: Peer) -> None:
    rows = order()["order_lines"]
    rows[1]["order_line_state"] = "CANCELED"
    shows(peer, order(order_lines=rows))
    peer.put(f"{ORDER}/tracking", status=204)
    peer.put(f"{ORDER}/ship", status=204)

    connector().confirm(PART)

    assert len(writes(peer)) == 2


# --- parcels as shipments ----------------------------------------------------------


def test_a_parcel_is_a_shipment_where_the_operator_has_them(several: Peer) -> None:
    several.get(SHIPMENTS, json={"data": []})
    several.post(
        SHIPMENTS,
        status=201,
        json={"shipment_success": [shipment()], "shipment_errors": []},
    )

    connector().confirm(PART)

    ((path, body),) = writes(several)
    assert path == "/shipments"
    assert body == {
        "shipments": [
            {
                "order_id": ORDER_ID,
                "shipped": True,
                "shipment_lines": [
                    {
                        "order_line_id": LINES[0][0],
                        "quantity": 2,
                        "package_reference": "shipsync-7",
                    }
                ],
                "tracking": {
                    "carrier_code": "RM24",
                    "tracking_number": "AB123456785GB",
                },
            }
        ]
    }


def test_a_refusal_inside_a_success_is_a_refusal(several: Peer) -> None:
    several.get(SHIPMENTS, json={"data": []})
    row = {"order_id": ORDER_ID, "message": "Quantity too high"}
    several.post(
        SHIPMENTS,
        status=201,
        json={"shipment_success": [], "shipment_errors": [row]},
    )

    with pytest.raises(RejectedError) as caught:
        connector().confirm(PART)

    assert caught.value.code == "shipment_refused"
    assert "Quantity too high" in caught.value.message


def test_an_answer_without_any_shipment_is_unexpected(several: Peer) -> None:
    several.get(SHIPMENTS, json={"data": []})
    several.post(SHIPMENTS, status=201, json={})

    with pytest.raises(UnexpectedAnswerError):
        connector().confirm(PART)


@pytest.mark.parametrize(
    ("there", "paths"),
    [
        ({}, []),
        ({"status": "SHIPPING"}, ["/shipments/ship"]),
        ({"tracking": {"tracking_number": "OLD"}}, ["/shipments/tracking"]),
        (
            {"tracking": None, "status": "SHIPPING"},
            ["/shipments/tracking", "/shipments/ship"],
        ),
        ({"status": "CANCELED"}, ["/shipments"]),
    ],
)
def test_a_repeat_does_only_what_is_missing(
    several: Peer, there: Any, paths: list[str]
) -> None:
    several.get(SHIPMENTS, json={"data": [shipment(**there)]})
    done = {"shipment_success": [{"id": "s-1"}], "shipment_errors": []}
    several.post(SHIPMENTS, status=201, json=done)
    several.post(f"{SHIPMENTS}/tracking", json=done)
    several.put(f"{SHIPMENTS}/ship", json=done)

    connector().confirm(PART)

    assert [path for path, _body in writes(several)] == paths


def test_a_foreign_shipment_with_a_like_reference_is_not_ours(several: Peer) -> None:
    row = {"order_line_id": LINES[1][0], "quantity": 1, "package_reference": "7"}
    foreign = shipment(shipment_lines=[row], tracking={"tracking_number": "X1"})
    several.get(SHIPMENTS, json={"data": [foreign]})
    several.post(SHIPMENTS, status=201, json={"shipment_success": [shipment()]})

    connector().confirm(PART)

    assert [path for path, _body in writes(several)] == ["/shipments"]


def test_without_the_configuration_nothing_is_told(peer: Peer) -> None:
    peer.replace(responses.GET, PLATFORM, status=500)

    with pytest.raises(TransientError) as caught:
        connector().confirm(CONFIRMATION)

    assert caught.value.code == "platform_unknown"
    assert writes(peer) == []


def test_the_account_may_say_itself_how_parcels_are_told(peer: Peer) -> None:
    peer.get(SHIPMENTS, json={"data": []})
    peer.post(SHIPMENTS, status=201, json={"shipment_success": [shipment()]})

    connector(shipments="several").confirm(PART)

    assert sent(peer, "GET", PLATFORM) == []
    assert [path for path, _body in writes(peer)] == ["/shipments"]


# --- carriers ----------------------------------------------------------------------


def test_an_unlisted_carrier_is_a_case_that_names_the_listed_ones(peer: Peer) -> None:
    shows(peer, order())

    with pytest.raises(RejectedError) as caught:
        connector().confirm(UNLISTED)

    assert caught.value.code == "carrier_not_listed"
    assert "RM24, dpd-uk" in caught.value.message
    assert writes(peer) == []
    # The refusal belongs to a call, so that it stands until something changes.
    assert len(sent(peer, "GET", ORDERS)) == 1


@pytest.mark.parametrize(
    ("several_too", "path", "link"),
    [
        (False, f"/orders/{ORDER_ID}/tracking", "carrier_url"),
        (True, "/shipments", "tracking_url"),
    ],
)
def test_an_unlisted_carrier_may_be_told_by_name_and_link(
    peer: Peer, several_too: bool, path: str, link: str
) -> None:
    peer.replace(responses.GET, PLATFORM, json=platform(several_too))
    shows(peer, order())
    peer.put(f"{ORDER}/tracking", status=204)
    peer.put(f"{ORDER}/ship", status=204)
    peer.get(SHIPMENTS, json={"data": []})
    peer.post(SHIPMENTS, status=201, json={"shipment_success": [shipment()]})
    one = connector(unlisted=True, links="Yodel = https://y.example/{number}")

    one.confirm(UNLISTED)

    bodies = dict(writes(peer))
    told = bodies[path]
    told = told["shipments"][0]["tracking"] if several_too else told
    assert told == {
        "carrier_name": "Yodel",
        "tracking_number": "AB123456785GB",
        link: "https://y.example/AB123456785GB",
    }


def test_an_operator_that_takes_listed_carriers_only_wins(peer: Peer) -> None:
    peer.replace(responses.GET, PLATFORM, json=platform(False, only_listed=True))
    shows(peer, order())

    with pytest.raises(RejectedError) as caught:
        connector(unlisted=True).confirm(UNLISTED)

    assert caught.value.code == "carrier_not_listed"


def test_a_list_that_cant_be_read_leaves_the_judgement_to_the_operator(
    peer: Peer,
) -> None:
    peer.replace(responses.GET, f"{API}/shipping/carriers", status=429)
    shows(peer, order())
    peer.put(f"{ORDER}/tracking", status=204)
    peer.put(f"{ORDER}/ship", status=204)

    connector().confirm(replace(CONFIRMATION, carrier_code="RM24"))

    assert writes(peer)[0][1]["carrier_code"] == "RM24"


def test_carriers_are_asked_for_once_a_day(peer: Peer) -> None:
    shows(peer, order(order_state="SHIPPED", shipping_tracking="X"))
    peer.put(f"{ORDER}/tracking", status=204)

    for _ in range(3):
        connector().confirm(CONFIRMATION)

    assert len(sent(peer, "GET", f"{API}/shipping/carriers")) == 1


def test_all_lists_are_read_for_people_to_choose_from(peer: Peer) -> None:
    reasons = [
        {"code": "17", "label": "Out of stock", "type": "CANCELATION"}
        | {"is_shop_right": True},
        {"code": "18", "label": "Fraud", "type": "CANCELATION", "is_shop_right": False},
        {"code": "19", "label": "Broken", "type": "REFUND", "is_shop_right": True},
    ]
    peer.get(f"{API}/reasons", json={"reasons": reasons, "total_count": 3})
    field = {"code": "ioss-number", "label": "IOSS", "entity": "ORDER"}
    peer.get(f"{API}/additional_fields", json={"additional_fields": [field]})

    found = connector().fetch_choices()

    codes = [(row.kind, row.scope, row.code, row.standard) for row in found]
    assert codes == [
        (ChoiceKind.CARRIER, "", "RM24", "ROYAL_MAIL"),
        (ChoiceKind.CARRIER, "", "dpd-uk", "DPD"),
        (ChoiceKind.CANCEL_REASON, "", "17", ""),
        (ChoiceKind.FIELD, "", "ioss-number", "ORDER"),
        (ChoiceKind.FIELD, "platform", "multi_shipment", "no"),
        (ChoiceKind.FIELD, "platform", "unlisted_carriers", "yes"),
    ]


def test_a_list_that_may_not_be_read_again_keeps_the_time_it_was_read(
    peer: Peer,
) -> None:
    peer.get(f"{API}/reasons", json={"reasons": [], "total_count": 0})
    peer.get(f"{API}/additional_fields", json={"additional_fields": []})
    keep_all(KEY, connector().fetch_choices())
    before = clock.now() - timedelta(hours=3)
    ChoiceList.objects.update(read_at=before)
    peer.replace(responses.GET, f"{API}/shipping/carriers", status=429)

    keep_all(KEY, connector().fetch_choices())

    times = {(x.kind, x.scope): x.read_at for x in ChoiceList.objects.all()}
    assert times.pop((ChoiceKind.CARRIER, "")) == before
    assert all(read_at > before for read_at in times.values())
    assert DatabaseChoiceStore(KEY).get(ChoiceKind.CANCEL_REASON) == ()
    assert Choice.objects.filter(kind=ChoiceKind.CARRIER).count() == 2


def test_when_no_list_may_be_read_again_that_is_said(peer: Peer) -> None:
    for path in ("shipping/carriers", "platform/configuration", "shipping/types"):
        peer.remove(responses.GET, f"{API}/{path}")
    every = re.compile(f"{API}/(shipping|platform|reasons|additional).*")
    peer.get(every, status=429)

    with pytest.raises(ThrottledError):
        connector().fetch_choices()

    assert not ChoiceList.objects.exists()


# --- acceptance --------------------------------------------------------------------

ACCEPTANCE = Acceptance(
    order_remote_id=ORDER_ID,
    marketplace_id="homeware",
    lines=((LINES[0][0], True), (LINES[1][0], False)),
)


def lines_in(*states: str) -> list[dict[str, Any]]:
    rows = order()["order_lines"]
    return [
        row | {"order_line_state": state}
        for row, state in zip(rows, states, strict=True)
    ]


def test_every_line_is_taken_or_refused(peer: Peer) -> None:
    peer.put(f"{ORDER}/accept", status=204)

    connector().accept(ACCEPTANCE)

    assert writes(peer) == [
        (
            f"/orders/{ORDER_ID}/accept",
            {
                "order_lines": [
                    {"id": LINES[0][0], "accepted": True},
                    {"id": LINES[1][0], "accepted": False},
                ]
            },
        )
    ]


@pytest.mark.parametrize(
    ("states", "done"),
    [
        (("WAITING_DEBIT", "REFUSED"), True),
        (("CANCELED", "REFUSED"), True),
        (("REFUSED", "REFUSED"), False),
        (("SHIPPING", "SHIPPING"), False),
        (("WAITING_ACCEPTANCE", "WAITING_ACCEPTANCE"), False),
    ],
)
def test_an_acceptance_that_arrived_before_is_a_success(
    peer: Peer, states: tuple[str, ...], done: bool
) -> None:
    peer.put(f"{ORDER}/accept", status=400, json=refusal("ORDER_INVALID_STATE"))
    shows(peer, order(order_lines=lines_in(*states)))

    if done:
        connector().accept(ACCEPTANCE)
        return
    with pytest.raises(RejectedError) as caught:
        connector().accept(ACCEPTANCE)

    assert caught.value.code == "wrong_state"


def test_an_operator_that_takes_whole_orders_only_says_so(peer: Peer) -> None:
    peer.put(
        f"{ORDER}/accept",
        status=400,
        json=refusal("ORDER_PARTIAL_ACCEPTANCE_DISABLED", "Partial is disabled"),
    )

    with pytest.raises(RejectedError) as caught:
        connector().accept(ACCEPTANCE)

    assert (caught.value.code, caught.value.field) == ("all_or_nothing", "order_lines")
    assert "decide for all lines alike" in caught.value.message


# --- cancelling --------------------------------------------------------------------


def test_a_whole_order_is_cancelled_by_one_call(peer: Peer) -> None:
    shows(peer, order())
    peer.put(f"{ORDER}/cancel", status=204)

    connector().answer_cancellation(CANCEL)

    assert writes(peer) == [(f"/orders/{ORDER_ID}/cancel", None)]


@pytest.mark.parametrize("state", ["CANCELED", "REFUSED"])
def test_what_is_cancelled_already_is_a_success(peer: Peer, state: str) -> None:
    shows(peer, order(order_state=state))

    connector().answer_cancellation(CANCEL)

    assert writes(peer) == []


def test_a_cancellation_after_shipping_is_too_late(peer: Peer) -> None:
    shows(peer, order(order_state="SHIPPED"))

    with pytest.raises(RejectedError) as caught:
        connector().answer_cancellation(CANCEL)

    assert caught.value.code == "already_shipped"


def test_an_operator_may_let_nobody_cancel(peer: Peer) -> None:
    shows(peer, order(can_cancel=False))

    with pytest.raises(RejectedError) as caught:
        connector().answer_cancellation(CANCEL)

    assert caught.value.code == "cancel_not_allowed"
    assert writes(peer) == []


def test_a_reason_is_told_line_by_line(peer: Peer) -> None:
    shows(peer, order())
    peer.put(f"{ORDERS}/cancel", json={"cancelations": []})

    connector().answer_cancellation(replace(CANCEL, reason="17"))

    ((path, body),) = writes(peer)
    assert path == "/orders/cancel"
    assert [row["quantity"] for row in body["cancelations"]] == [2, 1]
    assert {row["reason_code"] for row in body["cancelations"]} == {"17"}


def test_a_part_needs_a_reason_or_the_accounts_usual_one(peer: Peer) -> None:
    shows(peer, order())
    peer.put(f"{ORDERS}/cancel", json={"cancelations": []})
    part = replace(CANCEL, whole=False, lines=((LINES[0][0], 1),))

    with pytest.raises(RejectedError) as caught:
        connector().answer_cancellation(part)
    connector(cancel_reason="9").answer_cancellation(part)

    assert caught.value.code == "reason_missing"
    ((_path, body),) = writes(peer)
    assert body["cancelations"][0]["reason_code"] == "9"


def test_an_order_that_cant_be_read_is_not_cancelled(peer: Peer) -> None:
    rows = [line | {"price": "36.30"} for line in order()["order_lines"]]
    shows(peer, order(order_lines=rows))

    with pytest.raises(UnexpectedAnswerError) as caught:
        connector().answer_cancellation(replace(CANCEL, reason="17"))

    assert "order_lines[0].price" in caught.value.message
    assert writes(peer) == []


def test_a_no_is_not_mirakls(peer: Peer) -> None:
    with pytest.raises(UnsupportedOperationError):
        connector().answer_cancellation(replace(CANCEL, accept=False))


# --- the connection test -----------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "outcome", "words"),
    [
        ({}, ConnectionOutcome.WORKS, "Demo"),
        ({"shop_state": "CLOSE"}, ConnectionOutcome.WORKS, "closed at present"),
        ({"shop_state": "NEW"}, ConnectionOutcome.WORKS, "its state is NEW"),
        ({"shop_id": 7}, ConnectionOutcome.BAD_KEY, "shop 7"),
        (
            {"shop_state": "SUSPENDED", "suspension_type": "INCOMPLETE_PROFILE"},
            ConnectionOutcome.STORE_INACTIVE,
            "until its profile is complete",
        ),
        ({"shop_state": "TERMINATED"}, ConnectionOutcome.STORE_INACTIVE, "ended"),
        ({"shop_id": None}, ConnectionOutcome.UNEXPECTED, "can't be read"),
    ],
)
def test_the_connection_test_says_whose_key_it_is(
    peer: Peer, changes: Any, outcome: ConnectionOutcome, words: str
) -> None:
    peer.get(f"{API}/account", json=SHOP | changes)

    report = connector().check_connection()

    assert report.outcome is outcome
    assert words in report.sentence


def test_the_connection_test_names_a_custom_field_that_there_is_not(
    peer: Peer,
) -> None:
    field = {"code": "customer-ref", "label": "Reference", "entity": "ORDER"}
    peer.get(f"{API}/account", json=SHOP)
    peer.get(f"{API}/additional_fields", json={"additional_fields": [field]})

    wrong = connector(ioss_field="ioss").check_connection()
    right = connector(ioss_field="customer-ref").check_connection()

    assert wrong.ok
    assert "no custom field 'ioss'" in wrong.sentence
    assert "customer-ref" in wrong.sentence
    assert "custom field" not in right.sentence


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (401, {}, ConnectionOutcome.BAD_KEY),
        (403, {}, ConnectionOutcome.ROLE_MISSING),
        (404, "<html>", ConnectionOutcome.WRONG_REGION),
        (503, {}, ConnectionOutcome.UNREACHABLE),
        (200, "<html>", ConnectionOutcome.UNEXPECTED),
    ],
)
def test_a_refused_connection_test_says_why(
    peer: Peer, status: int, body: Any, outcome: ConnectionOutcome
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    peer.get(f"{API}/account", status=status, body=text)

    report = connector().check_connection()

    assert report.outcome is outcome
    assert len(report.sentence) > 40


def test_a_third_test_of_a_day_shows_at_least_that_the_key_is_good(peer: Peer) -> None:
    peer.get(f"{API}/account", json=SHOP)

    reports = [connector().check_connection() for _ in range(3)]

    assert all(report.ok for report in reports)
    assert "asked already" in reports[2].sentence
    assert len(sent(peer, "GET", f"{API}/account")) == 2


def test_without_a_host_the_key_goes_nowhere(peer: Peer) -> None:
    one = connector()
    for host in ("", "http://homeware.example"):
        account = replace(one.account, host=host)
        lost = MiraklConnector(account, gateway=one.gateway, tokens=one.tokens)

        assert lost.check_connection().outcome is ConnectionOutcome.WRONG_REGION

    assert len(peer.calls) == 0


def test_calls_carry_no_key_and_no_query_in_their_rows(peer: Peer) -> None:
    shows(peer, order())

    connector().fetch_order(ORDER_ID)

    rows = RemoteCall.objects.all()
    assert {row.operation for row in rows} == {"OR11 by id", "PC01", "SH12"}
    assert not any("s3cr3t" in str(vars(row)) for row in rows)


def test_windows_overlap_by_the_cursor(peer: Peer) -> None:
    peer.get(ORDERS, json=listed())
    watermark = NOW - timedelta(hours=1)

    page = connector().fetch_page(
        Stream.OPEN, CursorState(watermark=watermark), now=NOW
    )

    query = parse_qs(urlsplit(sent(peer, "GET", ORDERS)[0].url).query)
    assert query["start_update_date"] == ["2026-11-22T10:55:00Z"]
    assert "order_state_codes" not in query
    assert page.next == CursorState(watermark=NOW)
