"""The connector against the simulated eBay, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shipsync_site.lib import clock
from stores import budgets, connect
from stores.connectors.base import Connector, Stream
from stores.connectors.ebay import consent
from stores.connectors.ebay.connector import READ_AGAIN, EbayConnector
from stores.errors import (
    OutcomeUnknownError,
    RejectedError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from stores.models import Environment, RemoteAccount, RemoteCall
from stores.remote_types import (
    Block,
    Confirmation,
    ConnectionOutcome,
    CursorState,
    NotOurs,
    RemoteOrder,
    RemoteStatus,
)
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]

pytestmark = [pytest.mark.django_db, pytest.mark.cluster]


@pytest.fixture
def account() -> RemoteAccount:
    return RemoteAccount.objects.create(
        name="Demo",
        environment=Environment.SANDBOX,
        marketplace="ebay",
        seller_id="demo_trading",
        settings={
            "client_id": "Demo-shipsync-PRD-demo",
            "ru_name": "Demo_Trading-Demoship-shipsy-demo",
        },
        secrets={
            "client_secret": "PRD-demo-secret",
            "refresh_token": "v^1.1#i^1#r^1#demo",
            "verification_token": "v" * 40,
        },
        secrets_set_at=clock.now(),
    )


@pytest.fixture
def live(
    sandbox: SandboxServer, settings: Any, account: RemoteAccount
) -> Iterator[EbayConnector]:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    sandbox.set_clock(clock.current())
    found = connect.connector_for(account)
    assert isinstance(found, EbayConnector)
    yield found
    sandbox.clear_faults()


def pull(live: Connector, stream: Stream = Stream.OPEN) -> list[RemoteOrder]:
    cursor, more = CursorState(), True
    found: dict[str, RemoteOrder] = {}
    while more:
        page = live.fetch_page(stream, cursor, now=clock.now())
        assert page.malformed == ()
        found |= {order.remote_id: order for order in page.orders}
        cursor, more = page.next, page.more
    assert cursor.watermark is not None
    return list(found.values())


def pull_one(live: Connector, stream: Stream = Stream.OPEN) -> RemoteOrder:
    (order,) = pull(live, stream)
    return order


def confirmation(order: RemoteOrder, **changes: Any) -> Confirmation:
    values: dict[str, Any] = {
        "order_remote_id": order.remote_id,
        "marketplace_id": order.marketplace_id,
        "package_ref": "1",
        "carrier_code": "RoyalMail",
        "carrier_name": "",
        "service": "",
        "tracking_number": "QK 0000 0000 5GB",
        "shipped_at": clock.now(),
        "lines": tuple((line.remote_id, line.quantity) for line in order.lines),
    }
    return Confirmation(**(values | changes))


def test_every_order_is_read_over_several_pages(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    placed = sandbox.orders("ebay", 430)

    found = pull(live)

    assert sorted(order.remote_id for order in found) == sorted(placed)
    assert all(order.recipient and order.lines for order in found)
    assert RemoteCall.objects.filter(operation="getOrders").count() == 3


def test_orders_that_leave_the_list_between_pages_hide_no_other(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    placed = sandbox.orders("ebay", 230)
    first = live.fetch_page(Stream.OPEN, CursorState(), now=clock.now())
    for number, order in enumerate(first.orders[:10]):
        live.confirm(confirmation(order, tracking_number=f"QK00000{number:04d}GB"))

    rest = live.fetch_page(Stream.OPEN, first.next, now=clock.now())

    seen = {order.remote_id for order in first.orders + rest.orders}
    assert seen == set(placed)
    assert not rest.more


def test_of_many_requests_some_are_read_again_and_all_are_requests(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    for order_id in sandbox.orders("ebay", 30):
        sandbox.cancel("ebay", order_id, "request")

    orders = pull(live)

    assert RemoteCall.objects.filter(operation="getOrder").count() == READ_AGAIN
    assert all(line.cancel_requested for order in orders for line in order.lines)
    with_reason = [order for order in orders if order.lines[0].cancel_reason]
    assert len(with_reason) == READ_AGAIN < len(orders)


def test_an_order_is_confirmed_and_read_back_both_ways(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    sandbox.orders("ebay", 1)
    order = pull_one(live)
    assert order.packages == ()

    live.confirm(confirmation(order))

    assert pull(live) == []
    listed = pull_one(live, Stream.SHIPPED)
    one = live.fetch_order(order.remote_id)
    assert one is not None
    for read in (listed, one):
        assert read.status is RemoteStatus.SHIPPED
        (package,) = read.packages or ()
        assert package.tracking_number == "QK000000005GB"
    (package,) = one.packages or ()
    assert package.carrier == "RoyalMail"
    assert dict(package.lines) == {x.remote_id: x.quantity for x in order.lines}


def test_a_parcel_that_was_told_already_is_told(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    sandbox.orders("ebay", 1)
    order = pull_one(live)
    sandbox.faults(
        "ebay", "lost_answer", count=1, operation="createShippingFulfillment"
    )

    with pytest.raises(OutcomeUnknownError):
        live.confirm(confirmation(order))
    live.confirm(confirmation(order))

    rows = [row for row in sandbox.ledger("ebay") if row["operation"] == "fulfil"]
    assert [row["key"] for row in rows] == [order.remote_id]


def test_a_cancel_request_shows_with_the_reason_that_the_list_hides(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    (order_id,) = sandbox.orders("ebay", 1)
    sandbox.cancel("ebay", order_id, "request", reason="WRONG_SHIPPING_ADDRESS")

    order = pull_one(live)

    assert order.status is RemoteStatus.OPEN
    assert all(line.cancel_requested for line in order.lines)
    assert {line.cancel_reason for line in order.lines} == {
        "The wrong delivery address"
    }
    sandbox.cancel("ebay", order_id, "withdrawn")
    assert not any(line.cancel_requested for line in pull_one(live).lines)
    sandbox.cancel("ebay", order_id, "cancelled")
    assert pull_one(live).status is RemoteStatus.CANCELLED


def test_a_request_whose_order_cant_be_read_is_still_a_request(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    (order_id,) = sandbox.orders("ebay", 1)
    sandbox.cancel("ebay", order_id, "request")
    sandbox.faults("ebay", "500", count=1, operation="getOrder")

    order = pull_one(live)

    assert Block.CANCELLATION in order.blocks
    assert [(x.cancel_requested, x.cancel_reason) for x in order.lines] == [
        (True, "")
    ] * len(order.lines)


def test_addresses_are_for_the_label(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    (plain,) = sandbox.orders("ebay", 1)
    (hub,) = sandbox.orders("ebay", 1, seed=2, hub=True, country="DE")
    views = {row["order_id"]: row for row in sandbox.orders_view("ebay")}

    orders = {order.remote_id: order for order in pull(live)}

    assert views[plain]["address_code"]
    to = orders[plain].recipient
    assert to is not None
    assert views[plain]["address_code"] not in str(to)
    to = orders[hub].recipient
    assert to is not None
    assert to.line1 == f"Reference #{views[hub]['hub_reference']}"
    assert (to.country, to.line2[:6]) == ("GB", "Global")
    assert {line.ioss_number for line in orders[hub].lines} == {""}


def test_tax_numbers_are_read_by_line_and_a_difference_is_told(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    sandbox.orders("ebay", 1, country="DE", sku="MUG-BLUE", quantity=1)
    sandbox.orders("ebay", 1, seed=2, country="NO", sku="MUG-BLUE", quantity=1)
    schemes = {x.tax_scheme for order in pull(live) for x in order.lines}

    assert schemes == {"IOSS", "VOEC"}
    sandbox.reset()
    sandbox.orders("ebay", 12, country="FR", ioss=True, mixed_tax=True, lines=3)
    several = [order for order in pull(live) if len(order.lines) > 1]
    assert several
    assert all(any("differ" in k for k, _ in o.unknown_values) for o in several)


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("IN_STORE_PICKUP", NotOurs.PICK_UP),
        ("CLICK_AND_COLLECT", ""),
        ("DIGITAL", NotOurs.DIGITAL),
        ("FULFILLED_BY_EBAY", NotOurs.FULFILLED_BY_MARKETPLACE),
        ("EBAY_LABEL", NotOurs.MARKETPLACE_LABEL),
    ],
)
def test_orders_that_are_not_ours_say_why(
    live: EbayConnector, sandbox: SandboxServer, kind: str, why: str
) -> None:
    sandbox.orders("ebay", 1, kind=kind)

    assert pull_one(live).not_ours == why


def test_an_unpaid_order_is_pending(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    sandbox.orders("ebay", 1, pending=9999)

    assert pull_one(live).status is RemoteStatus.PENDING


def test_what_ebay_refuses_names_its_field(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    sandbox.orders("ebay", 2)
    order, other = pull(live)
    live.confirm(confirmation(other))

    for changes, code in (
        ({"carrier_code": "Evri"}, "bad_tracking_or_carrier"),
        ({"carrier_code": "royalmail"}, "bad_tracking_or_carrier"),
        ({"tracking_number": "12"}, "bad_tracking_or_carrier"),
        ({}, "bad_tracking_or_carrier"),
        ({"shipped_at": clock.now() + timedelta(days=1)}, "bad_ship_date"),
        ({"lines": (("4711", 1),)}, "bad_order_item"),
        ({"tracking_number": "QKÄ"}, "not_sent"),
        ({"order_remote_id": "1-2-3"}, "order_unknown"),
    ):
        with pytest.raises(RejectedError) as caught:
            live.confirm(confirmation(order, **changes))
        assert caught.value.code == code, changes
        assert caught.value.field, changes
    sandbox.config(ebay={"reuse_error": "21916964"})
    with pytest.raises(RejectedError) as caught:
        live.confirm(confirmation(order))
    assert caught.value.code == "tracking_used_elsewhere"


def test_an_unknown_order_is_none(live: EbayConnector, sandbox: SandboxServer) -> None:
    assert live.fetch_order("11-22222-33333") is None


def test_a_connection_is_tested_and_the_quota_learnt(
    live: EbayConnector, sandbox: SandboxServer, account: RemoteAccount
) -> None:
    sandbox.config(ebay={"quotas": {"sell.fulfillment": 5000}})

    report = connect.test_connection(account)

    assert report.ok, report.sentence
    assert "5,000 of 5,000 calls are left today" in report.sentence
    lines = {row.group: row for row in budgets.left(account.key)}
    assert lines["fulfillment"].capacity == 5000
    assert 0 < lines["fulfillment"].clears_in <= 90_000


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("revoked", ConnectionOutcome.REVOKED),
        ("keyset_disabled", ConnectionOutcome.BAD_KEY),
        ("scope_missing", ConnectionOutcome.ROLE_MISSING),
        ("gateway", ConnectionOutcome.UNREACHABLE),
    ],
)
def test_each_broken_access_has_its_sentence(
    live: EbayConnector, sandbox: SandboxServer, fault: str, outcome: ConnectionOutcome
) -> None:
    sandbox.faults("ebay", fault, count=5)

    report = live.check_connection()

    assert report.outcome is outcome, report.sentence


def test_a_revoked_consent_stops_the_account(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    sandbox.faults("ebay", "revoked")

    with pytest.raises(UnauthorisedError) as caught:
        pull(live)

    assert caught.value.reason == "revoked"


def test_a_burst_is_waited_out_and_a_used_up_day_is_not_tried_again(
    live: EbayConnector, sandbox: SandboxServer, account: RemoteAccount
) -> None:
    pull(live)
    sandbox.faults("ebay", "burst", count=1)
    with pytest.raises(TransientError):
        pull(live)
    pull(live)

    sandbox.config(ebay={"quotas": {"sell.fulfillment": 1}})
    with pytest.raises(ThrottledError) as caught:
        pull(live)

    assert caught.value.retry_after > 1
    assert not caught.value.ours
    with pytest.raises(ThrottledError) as caught:
        pull(live)
    assert caught.value.ours


def test_a_seller_consents_and_the_account_works(
    live: EbayConnector, sandbox: SandboxServer, account: RemoteAccount
) -> None:
    sandbox.faults("ebay", "revoked")
    code = sandbox.post("authorise", {"peer": "ebay"})["code"]

    grant = live.redeem_consent({"code": code, "expires_in": "299"}, redirect_uri="")

    account.secrets = {**(account.secrets or {}), **grant.secrets}
    account.settings = {**account.settings, **grant.settings}
    account.save()
    renewed = connect.connector_for(account)
    assert renewed.check_connection().ok
    (expiry,) = renewed.expiries()
    assert expiry.at - clock.now() > timedelta(days=540)
    assert account.settings[consent.ENDS_AT]
    with pytest.raises(RejectedError):
        live.redeem_consent({"code": code}, redirect_uri="")
    with pytest.raises(RejectedError):
        live.redeem_consent({"error": "access_denied"}, redirect_uri="")
