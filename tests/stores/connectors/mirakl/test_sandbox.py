"""The connector against the simulated operators, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shipsync_site.lib import clock
from stores import connect
from stores.connectors.base import Stream
from stores.connectors.mirakl.connector import MiraklConnector
from stores.errors import (
    OutcomeUnknownError,
    RejectedError,
    ThrottledError,
    UnauthorisedError,
)
from stores.models import Environment, RemoteAccount
from stores.remote_types import (
    Acceptance,
    Block,
    CancellationAnswer,
    ChoiceKind,
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
SHOPS = {"northgate": "2001", "homeware": "310", "salon": "77"}
SALON_IOSS = "IM4400000222"
Live = Callable[..., MiraklConnector]


@pytest.fixture(autouse=True)
def _time() -> Iterator[None]:
    before = clock.current()
    yield
    clock.configure(before)


@pytest.fixture
def live(sandbox: SandboxServer, settings: Any) -> Iterator[Live]:
    """The connector of an operator's account; further words are its settings."""
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url

    def make(operator: str = "northgate", **own: Any) -> MiraklConnector:
        account, _new = RemoteAccount.objects.update_or_create(
            marketplace="mirakl",
            seller_id=SHOPS[operator],
            region=operator,
            defaults={
                "name": operator,
                "environment": Environment.SANDBOX,
                "settings": own,
                "secrets": {"api_key": f"key-{operator}-demo"},
            },
        )
        found = connect.connector_for(account)
        assert isinstance(found, MiraklConnector)
        return found

    yield make
    sandbox.clear_faults()


def move(sandbox: SandboxServer, **span: float) -> None:
    """Let business time pass, on both sides."""
    now = clock.current()
    seconds = timedelta(**span).total_seconds()
    clock.configure(clock.Clock(now.anchor, now.start + seconds, now.rate))
    sandbox.set_clock(clock.current())


def pull(live: MiraklConnector) -> dict[str, RemoteOrder]:
    cursor, more = CursorState(), True
    found: dict[str, RemoteOrder] = {}
    while more:
        page = live.fetch_page(Stream.OPEN, cursor, now=clock.now())
        assert page.malformed == ()
        found |= {order.remote_id: order for order in page.orders}
        cursor, more = page.next, page.more
    assert cursor.watermark is not None
    return found


def place(sandbox: SandboxServer, operator: str, **options: Any) -> str:
    (order_id,) = sandbox.orders("mirakl", 1, operator=operator, **options)
    return order_id


def read(live: MiraklConnector, order_id: str) -> RemoteOrder:
    order = live.fetch_order(order_id)
    assert order is not None
    return order


def confirmation(order: RemoteOrder, **changes: Any) -> Confirmation:
    values: dict[str, Any] = {
        "order_remote_id": order.remote_id,
        "marketplace_id": order.marketplace_id,
        "package_ref": "1",
        "carrier_code": "ROYAL-MAIL",
        "carrier_name": "Royal Mail",
        "service": "",
        "tracking_number": "QK000000005GB",
        "shipped_at": clock.now(),
        "lines": tuple((line.remote_id, line.quantity) for line in order.lines),
    }
    return Confirmation(**(values | changes))


def acceptance(order: RemoteOrder, *, refuse: tuple[str, ...] = ()) -> Acceptance:
    return Acceptance(
        order_remote_id=order.remote_id,
        marketplace_id=order.marketplace_id,
        lines=tuple((x.remote_id, x.remote_id not in refuse) for x in order.lines),
    )


def cancellation(order: RemoteOrder, **changes: Any) -> CancellationAnswer:
    values: dict[str, Any] = {
        "order_remote_id": order.remote_id,
        "marketplace_id": order.marketplace_id,
        "accept": True,
        "lines": tuple((line.remote_id, line.quantity) for line in order.lines),
        "whole": True,
        "reason": "",
        "reference": "r",
    }
    return CancellationAnswer(**(values | changes))


def test_every_order_is_read_over_several_pages(
    live: Live, sandbox: SandboxServer
) -> None:
    placed = sandbox.orders("mirakl", 230, operator="northgate")
    sandbox.orders("mirakl", 3, operator="homeware")

    found = pull(live())

    assert set(found) == set(placed)
    assert all(order.recipient and order.lines for order in found.values())
    countries = {x.recipient.country for x in found.values() if x.recipient}
    assert countries == {"GB"}


def test_an_operator_that_counts_pages_is_waited_for(
    live: Live, sandbox: SandboxServer
) -> None:
    sandbox.config(mirakl={"limits": {"all": "published"}})
    sandbox.orders("mirakl", 230, operator="northgate")
    one = live()
    first = one.fetch_page(Stream.OPEN, CursorState(), now=clock.now())
    one.fetch_page(Stream.OPEN, first.next, now=clock.now())

    with pytest.raises(ThrottledError) as caught:
        one.fetch_page(Stream.OPEN, first.next, now=clock.now())

    assert 0 < caught.value.retry_after <= 61


def test_an_order_is_confirmed_corrected_and_read_back(
    live: Live, sandbox: SandboxServer
) -> None:
    one = live()
    order = read(one, place(sandbox, "northgate"))
    assert (order.status, order.packages) == (RemoteStatus.OPEN, ())

    one.confirm(confirmation(order))
    one.confirm(confirmation(order))
    told = read(one, order.remote_id)
    one.confirm(confirmation(order, tracking_number="QK111111119GB"))
    corrected = read(one, order.remote_id)

    assert told.status is RemoteStatus.SHIPPED
    assert told.packages is not None
    (package,) = told.packages
    assert (package.carrier, package.tracking_number) == ("ROYALMAIL", "QK000000005GB")
    assert all(x.quantity_fulfilled == x.quantity for x in told.lines)
    assert corrected.packages is not None
    assert corrected.packages[0].tracking_number == "QK111111119GB"
    ships = [x for x in sandbox.ledger("mirakl") if x["operation"] == "ship"]
    assert len(ships) == 1


def test_the_shipped_order_comes_by_the_list_too(
    live: Live, sandbox: SandboxServer
) -> None:
    one = live()
    order_id = place(sandbox, "northgate")
    page = one.fetch_page(Stream.OPEN, CursorState(), now=clock.now())
    one.confirm(confirmation(page.orders[0]))
    move(sandbox, seconds=120)

    (order,) = one.fetch_page(Stream.OPEN, page.next, now=clock.now()).orders

    assert (order.remote_id, order.status) == (order_id, RemoteStatus.SHIPPED)
    assert order.packages is not None
    assert Block.PACKAGES in order.blocks


def test_parcels_are_shipments_where_the_operator_has_them(
    live: Live, sandbox: SandboxServer
) -> None:
    one = live("salon")
    order_id = place(sandbox, "salon", lines=3, quantity=2, seed=4)
    one.accept(acceptance(read(one, order_id)))
    order = read(one, order_id)
    assert order.status is RemoteStatus.OPEN
    first, *rest = ((line.remote_id, line.quantity) for line in order.lines)
    part = confirmation(order, lines=((first[0], 1),))

    one.confirm(part)
    one.confirm(part)
    partly = read(one, order_id)
    one.confirm(replace(part, tracking_number="QK222222223GB"))
    rest_of_it = confirmation(
        order,
        package_ref="2",
        carrier_code="31",
        tracking_number="15501234567890",
        lines=((first[0], 1), *rest),
    )
    one.confirm(rest_of_it)
    whole = read(one, order_id)

    assert partly.status is RemoteStatus.PARTLY_SHIPPED
    assert partly.lines[0].quantity_fulfilled == 1
    assert whole.status is RemoteStatus.SHIPPED
    assert whole.packages is not None
    assert {(x.reference, x.carrier, x.tracking_number) for x in whole.packages} == {
        ("1", "RM24", "QK222222223GB"),
        ("2", "31", "15501234567890"),
    }


def test_a_number_of_another_carrier_shows_hours_later(
    live: Live, sandbox: SandboxServer
) -> None:
    one = live("salon")
    order_id = place(sandbox, "salon", quantity=1)
    one.accept(acceptance(read(one, order_id)))
    order = read(one, order_id)
    one.confirm(confirmation(order, tracking_number="NOT-ROYAL"))
    first = one.fetch_page(Stream.OPEN, CursorState(), now=clock.now())
    before = read(one, order_id)
    move(sandbox, hours=3)

    # The order itself did not change: its shipment did.
    (after,) = one.fetch_page(Stream.OPEN, first.next, now=clock.now()).orders

    assert before.packages is not None
    assert after.packages is not None
    assert [x.status for x in (*before.packages, *after.packages)] == [
        "SHIPPED",
        "INVALID",
    ]
    assert after.raw_status == "SHIPPED, tracking INVALID"


def test_too_many_units_are_refused_inside_a_success(
    live: Live, sandbox: SandboxServer
) -> None:
    one = live("salon")
    order_id = place(sandbox, "salon", quantity=1)
    one.accept(acceptance(read(one, order_id)))
    order = read(one, order_id)

    with pytest.raises(RejectedError) as caught:
        one.confirm(confirmation(order, lines=((order.lines[0].remote_id, 9),)))

    assert caught.value.code == "shipment_refused"


def test_an_order_is_taken_paid_and_then_has_its_address_and_number(
    live: Live, sandbox: SandboxServer
) -> None:
    one = live("homeware", accept_hours=48, ioss_field="ioss-number")
    order_id = place(sandbox, "homeware", country="DEU", sku="MUG-BLUE", ioss=True)
    waiting = read(one, order_id)

    one.accept(acceptance(waiting))
    unpaid = read(one, order_id)
    move(sandbox, minutes=20)
    open_one = read(one, order_id)

    assert waiting.status is RemoteStatus.WAITING_ACCEPTANCE
    assert waiting.accept_by == waiting.ordered_at + timedelta(hours=48)
    assert (waiting.recipient, unpaid.recipient) == (None, None)
    assert unpaid.status is RemoteStatus.PENDING
    assert open_one.status is RemoteStatus.OPEN
    assert open_one.recipient is not None
    assert open_one.recipient.country == "DE"
    assert open_one.ship_by is not None
    assert {line.ioss_number for line in open_one.lines} == {"IM4400000111"}


def test_silence_is_refused_at_the_deadline_we_show(
    live: Live, sandbox: SandboxServer
) -> None:
    one = live("homeware", accept_hours=48)
    order = read(one, place(sandbox, "homeware"))
    assert order.accept_by is not None
    move(sandbox, hours=48.1)

    late = read(one, order.remote_id)

    assert (late.status, late.raw_status.split(",")[0]) == (
        RemoteStatus.CANCELLED,
        "REFUSED",
    )
    with pytest.raises(RejectedError):
        one.accept(acceptance(order))


def test_lines_are_refused_where_the_operator_allows_parts(
    live: Live, sandbox: SandboxServer
) -> None:
    salon, homeware = live("salon"), live("homeware")
    whole_only, parts = (
        next(
            order
            for order_id in sandbox.orders("mirakl", 9, operator=code, lines=5, seed=1)
            if len((order := read(one, order_id)).lines) > 1
        )
        for code, one in (("homeware", homeware), ("salon", salon))
    )
    refused = (parts.lines[0].remote_id,)

    with pytest.raises(RejectedError) as caught:
        homeware.accept(acceptance(whole_only, refuse=(whole_only.lines[0].remote_id,)))
    salon.accept(acceptance(parts, refuse=refused))
    salon.accept(acceptance(parts, refuse=refused))

    assert caught.value.code == "all_or_nothing"
    first, second, *_rest = read(salon, parts.remote_id).lines
    assert (first.quantity_cancelled, second.quantity_cancelled) == (first.quantity, 0)


def test_the_operators_number_goes_to_addresses_in_the_eu_only(
    live: Live, sandbox: SandboxServer
) -> None:
    one = live("salon", ioss_number=SALON_IOSS)
    there = place(sandbox, "salon", country="IRL", sku="MUG-BLUE", seed=1)
    here = place(sandbox, "salon", country="GBR", sku="MUG-BLUE", seed=2)
    b2b = place(sandbox, "salon", country="NLD", sku="MUG-BLUE", b2b=True, seed=3)

    numbers = [
        {line.ioss_number for line in read(one, order_id).lines}
        for order_id in (there, here, b2b)
    ]

    assert numbers == [{SALON_IOSS}, {""}, {SALON_IOSS}]


def test_late_cancellations_are_seen_in_every_way_that_they_come(
    live: Live, sandbox: SandboxServer
) -> None:
    one = live()
    cancelled, line, message, incident, calm = sandbox.orders(
        "mirakl", 5, operator="northgate", quantity=3, sku="MUG-BLUE"
    )
    first = one.fetch_page(Stream.OPEN, CursorState(), now=clock.now())
    sandbox.cancel("mirakl", cancelled, "cancelled")
    sandbox.cancel("mirakl", line, "line", quantity=1)
    sandbox.cancel("mirakl", message, "request")
    sandbox.cancel("mirakl", incident, "request", via="incident")
    move(sandbox, seconds=120)

    page = one.fetch_page(Stream.OPEN, first.next, now=clock.now())

    found = {order.remote_id: order for order in page.orders}
    assert found[cancelled].status is RemoteStatus.CANCELLED
    assert found[line].status is RemoteStatus.OPEN
    assert found[line].lines[0].quantity_cancelled == 1
    assert "message" in found[message].lines[0].cancel_reason
    assert "incident" in found[incident].lines[0].cancel_reason
    assert not found[calm].lines[0].cancel_requested
    with pytest.raises(RejectedError) as caught:
        one.confirm(confirmation(found[cancelled]))
    assert caught.value.code == "order_cancelled"


def test_a_withdrawn_incident_lets_the_order_go(
    live: Live, sandbox: SandboxServer
) -> None:
    one = live()
    order_id = place(sandbox, "northgate")
    sandbox.cancel("mirakl", order_id, "request", via="incident")
    asked = read(one, order_id)
    sandbox.cancel("mirakl", order_id, "withdrawn")

    after = read(one, order_id)

    assert any(line.cancel_requested for line in asked.lines)
    assert not any(line.cancel_requested for line in after.lines)


def test_a_person_cancels_a_part_and_then_the_rest(
    live: Live, sandbox: SandboxServer
) -> None:
    one = live()
    order = read(one, place(sandbox, "northgate", quantity=3, sku="MUG-BLUE"))
    reasons = [x for x in one.fetch_choices() if x.kind is ChoiceKind.CANCEL_REASON]
    part = cancellation(
        order,
        lines=((order.lines[0].remote_id, 1),),
        whole=False,
        reason=reasons[0].code,
    )

    one.answer_cancellation(part)
    partly = read(one, order.remote_id)
    one.answer_cancellation(cancellation(order, reason=reasons[0].code))
    gone = read(one, order.remote_id)
    one.answer_cancellation(cancellation(order, reason=reasons[0].code))

    assert {x.code for x in reasons} == {"1", "2"}
    assert partly.status is RemoteStatus.OPEN
    assert partly.lines[0].quantity_cancelled == 1
    assert gone.status is RemoteStatus.CANCELLED


def test_a_whole_order_is_cancelled_where_the_operator_lets_shops(
    live: Live, sandbox: SandboxServer
) -> None:
    one, strict = live(), live("homeware")
    order = read(one, place(sandbox, "northgate"))
    other = read(strict, place(sandbox, "homeware"))

    one.answer_cancellation(cancellation(order))
    with pytest.raises(RejectedError) as caught:
        strict.answer_cancellation(cancellation(other))

    assert read(one, order.remote_id).status is RemoteStatus.CANCELLED
    assert caught.value.code == "cancel_not_allowed"


def test_of_a_partly_sent_order_the_rest_is_cancelled(
    live: Live, sandbox: SandboxServer
) -> None:
    one = live("salon")
    order_id = place(sandbox, "salon", quantity=3, sku="MUG-BLUE")
    one.accept(acceptance(read(one, order_id)))
    order = read(one, order_id)
    one.confirm(confirmation(order, lines=((order.lines[0].remote_id, 1),)))

    one.answer_cancellation(cancellation(order, reason="salon_2"))

    (line,) = read(one, order_id).lines
    assert (line.quantity, line.quantity_cancelled, line.quantity_fulfilled) == (
        3,
        2,
        1,
    )


def test_what_the_operator_ships_is_not_ours(
    live: Live, sandbox: SandboxServer
) -> None:
    one = live()
    theirs = read(one, place(sandbox, "northgate", fulfilled_by="operator"))

    assert theirs.not_ours == NotOurs.FULFILLED_BY_MARKETPLACE


def test_parts_of_one_basket_are_orders_of_their_own(
    live: Live, sandbox: SandboxServer
) -> None:
    placed = sandbox.orders("mirakl", 1, operator="northgate", split=3)
    one = live()

    found = pull(one)
    for order in found.values():
        one.confirm(confirmation(order))

    assert sorted(order_id[-2:] for order_id in placed) == ["-A", "-B", "-C"]
    assert {read(one, x).status for x in placed} == {RemoteStatus.SHIPPED}


def test_new_fields_and_values_are_taken_in_and_told(
    live: Live, sandbox: SandboxServer
) -> None:
    one = live()
    states = [
        read(one, place(sandbox, "northgate", variant=variant, seed=seed))
        for seed, variant in enumerate(("unknown_status", "unknown_enum"))
    ]

    assert states[0].status is RemoteStatus.UNKNOWN
    assert states[0].unknown_values


def test_one_bad_order_leaves_the_page_alone(
    live: Live, sandbox: SandboxServer
) -> None:
    placed = sandbox.orders("mirakl", 3, operator="northgate")
    sandbox.faults("mirakl", "poison", order_id=placed[1])

    page = live().fetch_page(Stream.OPEN, CursorState(), now=clock.now())

    assert {order.remote_id for order in page.orders} == {placed[0], placed[2]}
    assert [row.remote_id for row in page.malformed] == [placed[1]]


def test_an_unlisted_carrier_is_told_by_name_where_that_is_allowed(
    live: Live, sandbox: SandboxServer
) -> None:
    ours = {"unlisted": True, "links": "Yodel = https://y.example/{number}"}
    one, strict = live(**ours), live("homeware", **ours)
    order = read(one, place(sandbox, "northgate"))
    told = confirmation(order, carrier_code="YODEL", carrier_name="Yodel")
    other = read(strict, place(sandbox, "homeware", debit=0))
    strict.accept(acceptance(other))

    one.confirm(told)
    with pytest.raises(RejectedError) as caught:
        strict.confirm(confirmation(other, carrier_code="YODEL", carrier_name="Yodel"))

    assert read(one, order.remote_id).status is RemoteStatus.SHIPPED
    assert caught.value.code == "carrier_not_listed"


def test_a_lost_answer_is_found_by_the_repeat(
    live: Live, sandbox: SandboxServer
) -> None:
    one = live()
    order = read(one, place(sandbox, "northgate"))
    sandbox.faults("mirakl", "lost_answer", operation="OR24", count=1)

    with pytest.raises(OutcomeUnknownError):
        one.confirm(confirmation(order))
    one.confirm(confirmation(order))

    ships = [x for x in sandbox.ledger("mirakl") if x["operation"] == "ship"]
    assert len(ships) == 1


@pytest.mark.parametrize("operator", sorted(SHOPS))
def test_the_connection_test_works_with_every_operator(
    live: Live, operator: str
) -> None:
    report = live(operator).check_connection()

    assert report.ok, report.sentence
    assert "Demo Trading" in report.sentence


def test_the_connection_test_names_a_wrong_key_and_a_suspended_shop(
    live: Live, sandbox: SandboxServer
) -> None:
    one = live()
    account = replace(one.account, secrets={"api_key": "key-homeware-demo"})
    wrong = MiraklConnector(account, gateway=one.gateway, tokens=one.tokens)
    report = wrong.check_connection()
    sandbox.faults("mirakl", "suspended", operator="northgate")
    suspended = one.check_connection()

    assert report.outcome is ConnectionOutcome.BAD_KEY
    assert suspended.outcome in (
        ConnectionOutcome.STORE_INACTIVE,
        ConnectionOutcome.ROLE_MISSING,
    )
    assert "suspended" in suspended.sentence


def test_a_revoked_key_stops_the_account(live: Live, sandbox: SandboxServer) -> None:
    one = live()
    sandbox.faults("mirakl", "revoked", operator="northgate")

    with pytest.raises(UnauthorisedError) as caught:
        one.fetch_page(Stream.OPEN, CursorState(), now=clock.now())

    assert caught.value.reason == "bad_key"
