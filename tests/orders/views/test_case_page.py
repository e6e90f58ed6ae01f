"""The case page: what is suggested and what it sends, repairs, all sides, who knew when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders import fresh, triage
from orders.exception_kinds import KINDS, kind_choices
from orders.models import (
    CaseState,
    Decision,
    Order,
    OrderEvent,
    OrderException,
    SyncAttempt,
    WayTally,
)
from orders.reconsider import reconsider
from shipsync_site.lib import clock
from stores.choices import keep_all
from stores.connectors.amazon.cancel import CHOICES
from stores.models import CarrierMapping
from tests.orders import factories

pytestmark = pytest.mark.django_db


def url(case: OrderException, name: str = "case") -> str:
    return reverse(f"orders:{name}", args=[case.pk])


def text(response: Any) -> str:
    found: str = response.content.decode()
    return found


@pytest.fixture
def ops(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["ops"])
    return client


@pytest.fixture
def cs(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["cs"])
    return client


def asked(**fields: Any) -> OrderException:
    """A buyer asks to cancel an order that is held in ShipStation."""
    now = clock.now()
    order = factories.make_order(stage="held", cancel_seq=1, **fields)
    order.lines.update(cancel_requested=True, cancel_reason="ordered by mistake")
    factories.make_record(order, status="on_hold", raw_status="on_hold")
    factories.make_event(
        order,
        "The buyer asks to cancel: ordered by mistake",
        verb="cancel_requested",
        system="amazon",
        at=now - timedelta(minutes=30),
        happened=now - timedelta(minutes=32),
    )
    reconsider([order.pk])
    return OrderException.objects.get(order=order, kind="cancel_requested")


def test_what_people_take_is_the_first_and_says_how_often(ops: Client) -> None:
    WayTally.objects.create(
        kind="confirm_refused", way="accept", taken=14, offered=16, last_by_name="mia"
    )
    WayTally.objects.create(kind="confirm_refused", way="retry", taken=2, offered=16)
    page = text(ops.get(url(factories.make_case(kind="confirm_refused"))))

    first, _, rest = page.partition('id="way-accept"')[2].partition('id="way-retry"')
    assert "taken 14 of 16 times when offered, last by mia" in first
    assert rest


def test_the_suggested_way_shows_what_it_sends(cs: Client) -> None:
    WayTally.objects.create(
        kind="cancel_requested", way="cancel", taken=5, offered=5, last_by_name="mia"
    )
    page = text(cs.get(url(asked())))

    act = page.partition('id="way-cancel"')[2].partition("way-")[0]
    assert "Sends, in this order:" in page
    assert "/orders/createorders" in page
    assert act


def test_what_a_way_would_send_is_asked_for_and_masked(cs: Client) -> None:
    case = asked()
    answer = cs.get(url(case, "case_ahead"), {"way": "cancel"})
    part = cs.get(
        url(case, "case_ahead"), {"way": "cancel"}, headers={"HX-Request": "true"}
    )

    assert "&quot;orderStatus&quot;: &quot;cancelled&quot;" in text(answer)
    assert "Ada" not in text(answer)
    assert "<html" in text(answer)
    assert "<html" not in text(part)


def test_a_way_that_is_not_offered_shows_nothing(cs: Client) -> None:
    page = text(cs.get(url(asked(), "case_ahead"), {"way": "no_such"}))
    assert "not offered any more" in page


def test_the_buyers_reason_stands_chosen(cs: Client) -> None:
    case = asked()
    assert case.store is not None
    keep_all(case.store.remote_account.key, CHOICES)
    page = text(cs.get(url(case)))

    assert 'value="BuyerCanceled" selected' in page


def test_an_open_page_hears_that_its_case_changed(
    ops: Client, users: dict[str, User]
) -> None:
    case = factories.make_case()
    seen = {"version": case.version}
    assert ops.get(url(case, "case_changed"), seen).status_code == 204

    triage.assign(case, users["lead"], users["lead"], case.version)
    said = text(ops.get(url(case, "case_changed"), seen))

    assert "lead was faster: &#x27;Case taken&#x27;" in said
    assert "<form" not in said


def test_a_word_pressed_twice_is_done_once_and_no_conflict(cs: Client) -> None:
    case = asked()
    form = {"version": case.version, "resolution": "cancel"}
    first = cs.post(url(case, "case_resolve"), form)
    second = cs.post(url(case, "case_resolve"), form, follow=True)

    assert first.status_code == 302
    assert second.status_code == 200
    assert "it was done once" in text(second)
    assert Decision.objects.count() == 1


def test_the_page_polls_with_its_version_while_it_is_open(ops: Client) -> None:
    case = factories.make_case()
    assert f"{url(case, 'case_changed')}?version=1" in text(ops.get(url(case)))
    OrderException.objects.update(state=CaseState.RESOLVED, resolved_at=clock.now())
    assert "case-changed" not in text(ops.get(url(case)))


# --- the two repairs ---


def test_old_facts_make_the_fresh_read_the_first_choice(ops: Client) -> None:
    old = factories.make_order(
        as_of={"status": (clock.now() - timedelta(hours=1)).isoformat()}
    )
    page = text(ops.get(url(factories.make_case(old, kind="push_refused"))))
    fresh = page.partition('id="repairs"')[2]

    assert "Amazon was read" in fresh
    assert 'btn-primary" type="submit">' in fresh.partition("Again with what")[0]


def test_fetching_fresh_is_asked_once_however_often_it_is_pressed(
    ops: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fresh, "reconsider", lambda ids: None)
    case = factories.make_case(kind="push_refused")
    for _press in range(2):
        assert ops.post(url(case, "case_fetch")).status_code == 302

    assert OrderEvent.objects.filter(verb="fresh_asked").count() == 1
    assert Order.objects.get().fresh_asked_at is not None
    assert "Being read anew" in text(ops.get(url(case)))


def test_again_takes_the_kinds_own_retry_and_a_second_press_does_no_harm(
    ops: Client,
) -> None:
    order = factories.make_order()
    case = factories.make_case(order, kind="push_refused")
    factories.make_attempt(order, outcome="refused", operation="push")
    ops.post(url(case, "case_again"), {"version": case.version})
    second = ops.post(url(case, "case_again"), {"version": case.version}, follow=True)

    assert second.status_code == 200
    assert "decided already" in text(second)
    assert SyncAttempt.objects.get().retried_at is not None
    assert OrderException.objects.get().resolution == "retry"


def test_cs_sees_the_repairs_and_whom_to_ask(cs: Client) -> None:
    page = text(cs.get(url(factories.make_case(kind="push_refused"))))
    assert "only ops and leads repeat calls" in page


# --- the carrier's code ---


def unmapped() -> OrderException:
    order = factories.make_order(stage="dispatched")
    factories.make_record(order, status="shipped", raw_status="shipped")
    shipment = factories.make_shipment(order, carrier_code="dpd_local")
    factories.make_dispatch(order, shipment=shipment)
    return factories.make_case(
        order, context={"carrier": "dpd_local", "service": "dpd_local_next"}
    )


def test_the_fix_says_what_it_does_to_how_many_and_shows_the_call(ops: Client) -> None:
    page = text(ops.get(url(unmapped())))

    assert "Map dpd_local to Amazon DPD and confirm 1 parcel" in page
    assert "&quot;carrierCode&quot;: &quot;DPD&quot;" in page
    assert "I have checked" in page


def test_mapping_from_the_case_maps_once(ops: Client) -> None:
    case = unmapped()
    form = {"version": case.version, "code": "DPD"}
    first = ops.post(url(case, "case_map"), form, follow=True)
    second = ops.post(url(case, "case_map"), form, follow=True)

    mapping = CarrierMapping.objects.get()
    assert (mapping.shipstation_carrier, mapping.carrier_code) == ("dpd_local", "DPD")
    assert mapping.store == case.store
    assert "Mapped dpd_local to DPD" in text(first)
    assert "mapped to DPD already" in text(second)
    tally = WayTally.objects.get(way="map_carrier", sort="")
    assert (tally.taken, tally.last_by_name) == (1, "ops")


def test_another_code_than_the_proposed_is_not_taken(ops: Client) -> None:
    case = unmapped()
    answer = ops.post(url(case, "case_map"), {"version": case.version, "code": "UPS"})

    assert answer.status_code == 422
    assert not CarrierMapping.objects.exists()


def test_a_carrier_that_nothing_speaks_for_is_left_to_the_form(ops: Client) -> None:
    order = factories.make_order(stage="dispatched")
    case = factories.make_case(order, context={"carrier": "snail_mail"})
    page = text(ops.get(url(case)))

    assert "carrier=snail_mail" in page
    assert 'name="code"' not in page


# --- all sides ---


def test_the_address_is_masked_until_asked_for_and_the_asking_is_kept(
    cs: Client,
) -> None:
    order = factories.make_order(stage="in_shipstation")
    ship_to = factories.ship_to(factories.RECIPIENT) | {"street1": "14 Elsewhere Road"}
    factories.make_record(order, body={"shipTo": ship_to})
    case = factories.make_case(order, kind="overdue")
    masked = text(cs.get(url(case)))
    shown = cs.post(url(case, "case_reveal"))

    assert "Elsewhere" not in masked
    assert "Whose word counts" in masked
    assert "14 Elsewhere Road" in text(shown)
    assert shown["Cache-Control"] == "no-store"
    assert OrderEvent.objects.filter(verb="buyer_revealed", order=order).count() == 1


def test_only_differing_rows_stand_open(ops: Client) -> None:
    order = factories.make_order(stage="in_shipstation")
    factories.make_record(order, status="on_hold", raw_status="on_hold")
    page = text(ops.get(url(factories.make_case(order, kind="overdue"))))
    open_rows = page.partition('id="sides"')[2].partition("<details")[0]

    assert "Status<span" in open_rows
    assert "Country<span" not in open_rows


# --- who knew when ---


def test_a_cancellations_case_tells_who_knew_when(cs: Client) -> None:
    page = text(cs.get(url(asked())))

    assert "Who knew when" in page
    assert "Hold confirmed by re-read" in page


def test_the_orders_page_tells_it_too(cs: Client) -> None:
    order = asked().order
    assert order is not None
    assert "Who knew when" in text(cs.get(reverse("orders:detail", args=[order.pk])))


def test_another_case_does_not(ops: Client) -> None:
    assert "Who knew when" not in text(ops.get(url(factories.make_case())))


@pytest.mark.parametrize("form", ["csv", "text"])
def test_who_knew_when_as_a_file_without_what_people_typed(
    cs: Client, users: dict[str, User], form: str
) -> None:
    case = asked()
    assert case.order is not None
    triage.resolve(case, "ship_anyway", users["cs"], "Ada phoned me", case.version)
    answer = cs.get(reverse(f"orders:knew_when_{form}", args=[case.order.pk]))
    found = (
        b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
        if answer.streaming
        else text(answer)
    )

    assert case.order.number in found
    assert "Marketplace said" in found
    assert "Ship anyway, by cs" in found
    assert "Ada" not in found
    assert "attachment" in answer["Content-Disposition"]


# --- the runbook ---


@pytest.mark.parametrize("code", [code for code, _label in kind_choices()][::12])
def test_the_whole_runbook_stands_beside_the_case(ops: Client, code: str) -> None:
    kind = KINDS.get(code)
    page = text(ops.get(url(factories.make_case(kind=code))))

    for heading in ("What happened", "Look first", "Then", "Closes by itself"):
        assert f"<dt>{heading}</dt>" in page
    for said, heading in (
        (kind.buyer_sees, "What the buyer sees"),
        (kind.tells, "Who tells whom"),
        (kind.proof, "What proves it closed"),
    ):
        assert bool(said) == (f"<dt>{heading}</dt>" in page)
