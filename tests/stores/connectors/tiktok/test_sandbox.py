"""The connector against the simulated TikTok Shop, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shipsync_site.lib import clock
from stores import connect
from stores.connectors.base import Stream
from stores.connectors.tiktok.connector import TikTokConnector
from stores.errors import (
    OutcomeUnknownError,
    RejectedError,
    ThrottledError,
    UnauthorisedError,
)
from stores.models import Environment, RemoteAccount, RemoteCall
from stores.remote_types import (
    Block,
    CancellationAnswer,
    Choice,
    ChoiceKind,
    Confirmation,
    ConnectionOutcome,
    CursorState,
    NotOurs,
    RemoteOrder,
    RemoteStatus,
)
from tests.orders.factories import make_store
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]

pytestmark = [pytest.mark.django_db, pytest.mark.cluster]

NUMBER = "AB123456785GB"
NEXT_NUMBER = "AB123456794GB"
PACKED = "seller_reject_apply_product_has_been_packed"
OUT_OF_STOCK = "seller_cancel_reason_out_of_stock_uk"


@pytest.fixture
def account(db: None) -> RemoteAccount:
    account = RemoteAccount.objects.create(
        name="TikTok",
        environment=Environment.SANDBOX,
        marketplace="tiktok",
        seller_id="GBLC000001",
        settings={"app_key": "6demoshipsync", "service_id": "7300000000000000042"},
        secrets={
            "app_secret": "demo_secret_0123456789",
            "refresh_token": "TTR_demo_refresh",
        },
        secrets_set_at=clock.now(),
    )
    make_store(remote_account=account, remote_marketplace="GB")
    return account


@pytest.fixture
def live(
    sandbox: SandboxServer, settings: Any, account: RemoteAccount
) -> Iterator[TikTokConnector]:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    sandbox.set_clock(clock.current())
    yield reconnected(account)
    sandbox.clear_faults()


def reconnected(account: RemoteAccount) -> TikTokConnector:
    """The account's connector as another process would build it now."""
    account.refresh_from_db()
    found = connect.connector_for(account)
    assert isinstance(found, TikTokConnector)
    return found


def pull(live: TikTokConnector, cursor: CursorState | None = None) -> list[RemoteOrder]:
    cursor, more = cursor or CursorState(), True
    found: dict[str, RemoteOrder] = {}
    while more:
        page = live.fetch_page(Stream.OPEN, cursor, now=clock.now())
        assert page.malformed == ()
        found |= {order.remote_id: order for order in page.orders}
        cursor, more = page.next, page.more
    assert cursor.watermark is not None
    return list(found.values())


def placed(sandbox: SandboxServer, live: TikTokConnector, **wish: Any) -> RemoteOrder:
    """An order past its hour, as it is read."""
    (order_id,) = sandbox.orders("tiktok", 1, **{"on_hold": False, **wish})
    order = live.fetch_order(order_id)
    assert order is not None
    return order


def confirmation(order: RemoteOrder, **changes: Any) -> Confirmation:
    values: dict[str, Any] = {
        "order_remote_id": order.remote_id,
        "marketplace_id": order.marketplace_id,
        "package_ref": "1",
        "carrier_code": "Royal Mail",
        "carrier_name": "Royal Mail",
        "service": "",
        "tracking_number": NUMBER,
        "shipped_at": clock.now(),
        "lines": tuple((line.remote_id, line.quantity) for line in order.lines),
        "delivery_option": order.delivery_option,
    }
    return Confirmation(**(values | changes))


def told(live: TikTokConnector, order: RemoteOrder) -> list[tuple[str, str, int]]:
    """(number, carrier, units) of each parcel that TikTok shows."""
    found = live.fetch_order(order.remote_id)
    assert found is not None
    assert found.packages is not None
    return [
        (p.tracking_number, p.carrier, sum(units for _line, units in p.lines))
        for p in found.packages
    ]


def test_every_order_is_read_over_several_pages(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    ids = sandbox.orders("tiktok", 120, on_hold=False)

    found = pull(live)

    assert sorted(order.remote_id for order in found) == sorted(ids)
    assert all(order.recipient and order.lines for order in found)
    assert {order.status for order in found} == {RemoteStatus.OPEN}


def test_an_order_is_confirmed_and_read_back_by_the_list(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    sandbox.orders("tiktok", 1, on_hold=False, quantity=3, lines=1)
    (order,) = pull(live)
    (line,) = order.lines
    assert (line.quantity, line.quantity_fulfilled) == (3, 0)

    live.confirm(confirmation(order))
    live.confirm(confirmation(order))

    (order,) = pull(live)
    assert order.status is RemoteStatus.SHIPPED
    assert order.raw_status == "AWAITING_COLLECTION"
    (package,) = order.packages or ()
    assert (package.tracking_number, package.carrier) == (NUMBER, "Royal Mail")
    assert package.lines == ((line.remote_id, 3),)
    marked = RemoteCall.objects.filter(operation="markPackageAsShipped")
    assert marked.count() == 1


def test_the_hour_after_payment_is_pending_and_without_an_address(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    held = placed(sandbox, live, on_hold=True)

    assert held.status is RemoteStatus.PENDING
    assert held.raw_status == "ON_HOLD"
    assert held.recipient is None
    assert not {Block.RECIPIENT, Block.BUYER} & held.blocks
    with pytest.raises(RejectedError) as caught:
        live.confirm(confirmation(held))
    assert caught.value.code == "on_hold"

    moved = clock.current()
    clock.configure(clock.Clock(moved.anchor, moved.start + 3700, moved.rate))
    sandbox.set_clock(clock.current())
    released = live.fetch_order(held.remote_id)
    assert released is not None
    assert released.status is RemoteStatus.OPEN
    assert released.recipient is not None
    assert {Block.RECIPIENT, Block.BUYER} <= released.blocks


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("TIKTOK_SHIPPING", NotOurs.MARKETPLACE_LABEL),
        ("FULFILLED_BY_TIKTOK", NotOurs.FULFILLED_BY_MARKETPLACE),
    ],
)
def test_what_tiktok_ships_is_not_ours_and_its_address_unknown(
    live: TikTokConnector, sandbox: SandboxServer, kind: str, why: str
) -> None:
    order = placed(sandbox, live, kind=kind)

    assert order.not_ours == why
    assert order.recipient is None


@pytest.mark.parametrize(
    ("wish", "program"),
    [
        ({"kind": "SAMPLE"}, "SAMPLE"),
        ({"kind": "REPLACEMENT"}, "REPLACEMENT"),
        ({"kind": "EXCHANGE"}, "EXCHANGE"),
        ({"kind": "COLLECTION_POINT"}, "COLLECTION_POINT"),
        ({"gift": True}, "GIFT"),
        ({"bundle": True}, "BUNDLE"),
    ],
)
def test_special_orders_are_ours_and_say_what_they_are(
    live: TikTokConnector, sandbox: SandboxServer, wish: dict[str, Any], program: str
) -> None:
    order = placed(sandbox, live, **wish)

    assert order.not_ours == ""
    assert order.status is RemoteStatus.OPEN
    assert program in order.programs
    assert order.unknown_values == ()


def test_an_order_abroad_waits_until_a_person_lets_the_country_in(
    live: TikTokConnector, sandbox: SandboxServer, account: RemoteAccount
) -> None:
    order = placed(sandbox, live, country="IE")
    assert order.status is RemoteStatus.UNKNOWN
    ((field, text),) = order.unknown_values
    assert field == "recipient_address.region_code"
    assert "Also ships to" in text

    account.refresh_from_db()
    account.settings["ships_to"] = "IE"
    account.save()
    again = reconnected(account).fetch_order(order.remote_id)

    assert again is not None
    assert again.status is RemoteStatus.OPEN
    assert again.unknown_values == ()


def test_units_are_told_by_line_and_quantity_over_two_parcels(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    order = placed(sandbox, live, quantity=3, lines=1)
    (line,) = order.lines

    live.confirm(confirmation(order, lines=((line.remote_id, 1),)))
    partly = live.fetch_order(order.remote_id)
    assert partly is not None
    assert partly.status is RemoteStatus.PARTLY_SHIPPED
    assert partly.lines[0].quantity_fulfilled == 1
    live.confirm(
        confirmation(
            order,
            package_ref="2",
            tracking_number=NEXT_NUMBER,
            lines=((line.remote_id, 2),),
        )
    )

    assert told(live, order) == [
        (NUMBER, "Royal Mail", 1),
        (NEXT_NUMBER, "Royal Mail", 2),
    ]


def test_a_cancelled_unit_keeps_the_lines_name_and_is_not_told(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    order = placed(sandbox, live, quantity=3, lines=1)
    (before,) = order.lines
    sandbox.cancel("tiktok", order.remote_id, "line", line_id=before.remote_id)

    after = live.fetch_order(order.remote_id)
    assert after is not None
    (line,) = after.lines
    assert line.remote_id == before.remote_id
    assert (line.quantity, line.quantity_cancelled) == (3, 1)
    with pytest.raises(RejectedError) as caught:
        live.confirm(confirmation(order))
    assert caught.value.code == "too_many_units"
    live.confirm(confirmation(order, lines=((line.remote_id, 2),)))
    assert told(live, order) == [(NUMBER, "Royal Mail", 2)]


def test_a_number_is_corrected_once_and_then_refused_clearly(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    order = placed(sandbox, live)
    live.confirm(confirmation(order))

    live.confirm(confirmation(order, tracking_number=NEXT_NUMBER, replaces=(NUMBER,)))
    assert [number for number, _carrier, _units in told(live, order)] == [NEXT_NUMBER]
    with pytest.raises(RejectedError) as caught:
        live.confirm(
            confirmation(
                order, tracking_number="AB123456803GB", replaces=(NEXT_NUMBER,)
            )
        )

    assert caught.value.code == "correction_spent"
    assert "once" in caught.value.message


def test_one_of_several_parcels_is_corrected_by_its_package(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    order = placed(sandbox, live, quantity=2, lines=1)
    (line,) = order.lines
    for number in (NUMBER, NEXT_NUMBER):
        live.confirm(
            confirmation(order, tracking_number=number, lines=((line.remote_id, 1),))
        )

    live.confirm(
        confirmation(
            order,
            tracking_number="AB123456803GB",
            lines=((line.remote_id, 1),),
            replaces=(NEXT_NUMBER,),
        )
    )

    numbers = [number for number, _carrier, _units in told(live, order)]
    assert sorted(numbers) == [NUMBER, "AB123456803GB"]


def test_a_parcel_that_somebody_else_told_is_never_overwritten(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    order = placed(sandbox, live)
    live.confirm(confirmation(order))

    with pytest.raises(RejectedError) as caught:
        live.confirm(confirmation(order, tracking_number=NEXT_NUMBER))

    assert caught.value.code == "already_fulfilled"
    assert NUMBER in caught.value.message
    assert [number for number, _carrier, _units in told(live, order)] == [NUMBER]


def test_one_number_is_told_for_orders_of_one_recipient_only(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    ids = sandbox.orders("tiktok", 2, on_hold=False, same_buyer=True)
    for order_id in ids:
        order = live.fetch_order(order_id)
        assert order is not None
        live.confirm(confirmation(order))
        assert [number for number, _carrier, _units in told(live, order)] == [NUMBER]

    stranger = placed(sandbox, live, seed=99)
    with pytest.raises(RejectedError) as caught:
        live.confirm(confirmation(stranger))
    assert caught.value.code == "tracking_used_elsewhere"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        (
            {"carrier_code": "Pigeon Post", "carrier_name": ""},
            "bad_carrier",
            "carrierCode",
        ),
        (
            {"carrier_code": "70826999999999", "carrier_name": ""},
            "bad_carrier",
            "carrierCode",
        ),
        ({"carrier_code": "DPD"}, "bad_tracking_or_carrier", "trackingNumber"),
        ({"tracking_number": "ÄÖ 1234"}, "not_sent", "trackingNumber"),
        ({"tracking_number": ""}, "not_sent", "trackingNumber"),
        ({"lines": ()}, "not_sent", "lines"),
        ({"lines": (("4711", 1),)}, "not_sent", "lines"),
        ({"order_remote_id": "5765000"}, "order_unknown", "orderId"),
    ],
)
def test_a_refused_confirmation_has_a_code_and_a_field(
    live: TikTokConnector,
    sandbox: SandboxServer,
    changes: dict[str, Any],
    code: str,
    field: str,
) -> None:
    order = placed(sandbox, live)

    with pytest.raises(RejectedError) as caught:
        live.confirm(confirmation(order, **changes))

    assert (caught.value.code, caught.value.field) == (code, field)
    assert told(live, order) == []


def test_a_pinned_provider_is_taken_by_its_id(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    order = placed(sandbox, live)
    provider = next(x for x in live.fetch_choices() if x.label == "Parcel2Go")
    assert provider.scope == order.delivery_option

    live.confirm(
        confirmation(order, carrier_code=provider.code, tracking_number="P2G-1234.5")
    )

    assert told(live, order)[0][:2] == ("P2G-1234.5", "Parcel2Go")


def test_providers_are_asked_for_once_a_day(
    live: TikTokConnector, sandbox: SandboxServer, account: RemoteAccount
) -> None:
    for number in (NUMBER, NEXT_NUMBER):
        order = placed(sandbox, live, seed=int(number[2:11]))
        reconnected(account).confirm(confirmation(order, tracking_number=number))

    calls = RemoteCall.objects.filter(operation="getShippingProviders")
    assert calls.count() == 1


def test_a_confirmation_whose_answer_was_lost_is_repeated_without_harm(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    order = placed(sandbox, live)
    sandbox.faults("tiktok", "lost_answer", count=1, operation="markPackageAsShipped")

    with pytest.raises(OutcomeUnknownError):
        live.confirm(confirmation(order))
    live.confirm(confirmation(order))

    assert [number for number, _carrier, _units in told(live, order)] == [NUMBER]


def test_a_request_is_read_with_reason_and_deadline_and_its_end(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    order = placed(sandbox, live)
    watermark = clock.now() + timedelta(minutes=10)
    later = clock.current()
    clock.configure(clock.Clock(later.anchor, later.start + 1200, later.rate))
    sandbox.set_clock(clock.current())
    sandbox.cancel("tiktok", order.remote_id, "request")

    (asked,) = pull(live, CursorState(watermark=watermark))
    assert all(line.cancel_requested for line in asked.lines)
    assert all(line.cancel_reason for line in asked.lines)
    assert asked.cancel_answer_by is not None
    assert asked.cancel_answer_by > clock.now()
    with pytest.raises(RejectedError) as caught:
        live.confirm(confirmation(order))
    assert caught.value.code == "cancel_request_open"

    sandbox.cancel("tiktok", order.remote_id, "withdrawn")
    (free,) = pull(live, CursorState(watermark=watermark))
    assert not any(line.cancel_requested for line in free.lines)
    assert free.cancel_answer_by is None
    assert free.status is RemoteStatus.OPEN


def answer(order: RemoteOrder, **changes: Any) -> CancellationAnswer:
    values: dict[str, Any] = {
        "order_remote_id": order.remote_id,
        "marketplace_id": order.marketplace_id,
        "accept": True,
        "lines": tuple((line.remote_id, line.quantity) for line in order.lines),
        "whole": True,
        "reason": "",
        "reference": "a" * 40,
    }
    return CancellationAnswer(**(values | changes))


def status_of(live: TikTokConnector, order: RemoteOrder) -> RemoteStatus:
    found = live.fetch_order(order.remote_id)
    assert found is not None
    return found.status


def test_a_request_is_approved_and_the_answer_may_be_repeated(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    order = placed(sandbox, live)
    sandbox.cancel("tiktok", order.remote_id, "request")

    live.answer_cancellation(answer(order))
    live.answer_cancellation(answer(order))

    assert status_of(live, order) is RemoteStatus.CANCELLED


def test_a_request_is_rejected_with_a_reason_that_is_legal_for_it(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    order = placed(sandbox, live)
    sandbox.cancel("tiktok", order.remote_id, "request")

    pull(live)
    # Before anybody decides, the legal ones are at hand, and no other.
    legal = live.choices.get(ChoiceKind.REJECT_REASON, order.remote_id) or ()
    assert PACKED in {choice.code for choice in legal}
    assert not any("delivered" in choice.code for choice in legal)
    with pytest.raises(RejectedError) as caught:
        live.answer_cancellation(answer(order, accept=False))
    assert (caught.value.code, caught.value.field) == ("bad_reason", "reason")
    for _ in range(2):
        live.answer_cancellation(answer(order, accept=False, reason=PACKED))

    again = live.fetch_order(order.remote_id)
    assert again is not None
    assert not any(line.cancel_requested for line in again.lines)
    live.confirm(confirmation(order))


def test_the_seller_cancels_an_order_or_single_units_out_of_stock(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    whole = placed(sandbox, live)
    for _ in range(2):
        live.answer_cancellation(answer(whole, reason=OUT_OF_STOCK))
    assert status_of(live, whole) is RemoteStatus.CANCELLED

    order = placed(sandbox, live, quantity=2, lines=1, gift=True, seed=3)
    first, second = order.lines
    for _ in range(2):
        live.answer_cancellation(
            answer(
                order,
                lines=((first.remote_id, first.quantity),),
                whole=False,
                reason=OUT_OF_STOCK,
            )
        )
    after = live.fetch_order(order.remote_id)
    assert after is not None
    assert {line.remote_id: line.quantity_cancelled for line in after.lines} == {
        first.remote_id: 2,
        second.remote_id: 0,
    }


def test_a_lost_answer_to_a_cancellation_is_looked_at_before_it_is_repeated(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    order = placed(sandbox, live)
    sandbox.faults("tiktok", "lost_answer", count=1, operation="cancelOrder")

    with pytest.raises(OutcomeUnknownError):
        live.answer_cancellation(answer(order, reason=OUT_OF_STOCK))
    live.answer_cancellation(answer(order, reason=OUT_OF_STOCK))

    assert RemoteCall.objects.filter(operation="cancelOrder").count() == 1


def test_nothing_is_rejected_where_nothing_was_asked(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    order = placed(sandbox, live)

    with pytest.raises(RejectedError) as caught:
        live.answer_cancellation(answer(order, accept=False, reason=PACKED))

    assert caught.value.code == "already_decided"


def test_what_is_shipped_is_not_cancelled_any_more(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    order = placed(sandbox, live)
    live.confirm(confirmation(order))

    with pytest.raises(RejectedError) as caught:
        live.answer_cancellation(answer(order, reason=OUT_OF_STOCK))

    assert caught.value.code in ("already_shipped", "bad_reason")
    assert status_of(live, order) is RemoteStatus.SHIPPED


def test_the_rotating_token_goes_on_from_process_to_process(
    live: TikTokConnector, sandbox: SandboxServer, account: RemoteAccount
) -> None:
    sandbox.config(tiktok={"rotation": "at_once"})
    first = account.secrets["refresh_token"]
    stale = live
    pull(live)
    account.refresh_from_db()
    assert account.secrets["refresh_token"] not in ("", first)

    later = clock.current()
    clock.configure(clock.Clock(later.anchor, later.start + 8 * 86_400, later.rate))
    sandbox.set_clock(clock.current())
    # Built before the rotation, it must not use the token that it was built with.
    pull(stale)
    pull(reconnected(account))

    refreshes = RemoteCall.objects.filter(operation="refreshAccessToken")
    assert [call.outcome for call in refreshes] == ["ok", "ok"]
    assert account.settings["authorisation_ends_at"]


def test_a_seller_who_withdraws_is_noticed(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    assert live.check_connection().ok
    sandbox.faults("tiktok", "revoked")

    with pytest.raises(UnauthorisedError) as caught:
        pull(live)

    assert caught.value.reason == ConnectionOutcome.REVOKED
    assert live.check_connection().outcome is ConnectionOutcome.REVOKED


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("scope_missing", ConnectionOutcome.ROLE_MISSING),
        ("app_disabled", ConnectionOutcome.BAD_KEY),
        ("burst", ConnectionOutcome.THROTTLED),
        ("gateway", ConnectionOutcome.UNREACHABLE),
        ("internal", ConnectionOutcome.UNREACHABLE),
    ],
)
def test_each_finding_of_a_connection_test_has_its_outcome(
    live: TikTokConnector, sandbox: SandboxServer, fault: str, outcome: str
) -> None:
    sandbox.faults("tiktok", fault)

    report = live.check_connection()

    assert report.outcome == outcome
    assert report.sentence.endswith(".")


def test_the_connection_test_names_the_shops(
    live: TikTokConnector, account: RemoteAccount
) -> None:
    report = live.check_connection()
    assert report.ok
    assert "Demo Trading UK (GB, GBLC000001)" in report.sentence

    account.seller_id = "GBSOMEBODYELSE"
    account.save()
    other = reconnected(account).check_connection()
    assert other.outcome is ConnectionOutcome.BAD_KEY
    assert "GBLC000001" in other.sentence


def test_too_many_calls_wait_a_moment(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    pull(live)
    sandbox.faults("tiktok", "burst", count=1)

    with pytest.raises(ThrottledError) as caught:
        pull(live)

    assert not caught.value.ours
    assert 0 < caught.value.retry_after <= 5


def test_our_address_is_told_for_each_topic_once(
    live: TikTokConnector, sandbox: SandboxServer
) -> None:
    url = f"{sandbox.url}/control/health"
    live.subscribe(url)
    told_at_first = RemoteCall.objects.filter(operation="updateShopWebhook").count()
    live.subscribe(url)
    again = RemoteCall.objects.filter(operation="updateShopWebhook").count()
    live.subscribe(f"{url}?moved")

    moved = RemoteCall.objects.filter(operation="updateShopWebhook").count()
    assert (told_at_first, again, moved) == (6, 6, 12)


def test_choices_hold_providers_by_delivery_option_and_usual_reasons(
    live: TikTokConnector,
) -> None:
    found = live.fetch_choices()

    def of(kind: ChoiceKind) -> list[Choice]:
        return [choice for choice in found if choice.kind is kind]

    carriers = of(ChoiceKind.CARRIER)
    assert {"Royal Mail", "Hermes/EVRI"} <= {choice.label for choice in carriers}
    assert len({choice.scope for choice in carriers}) == 2
    assert OUT_OF_STOCK in {choice.code for choice in of(ChoiceKind.CANCEL_REASON)}
    assert of(ChoiceKind.REJECT_REASON) == []
