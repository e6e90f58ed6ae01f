"""The gate: live is refused by name for each missing thing, also by POST."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.models import ShadowComparison
from shipsync_site.lib import clock
from stores import readiness, statements
from stores.models import DECISIONS, Statement, Store, StoreState
from stores.setup import current_rules
from tests.orders.factories import make_order, make_record, make_shipment, make_store
from tests.stores.ready import connected, decided, make_ready, said

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(hours=9)


@pytest.fixture
def lead(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["lead"])
    return client


@pytest.fixture
def ready(users: dict[str, User]) -> Store:
    """A draft that lacks nothing."""
    store = make_store(state=StoreState.DRAFT, last_pull_at=None)
    make_ready(store, users["lead"])
    return store


def step(client: Client, store: Store, act: str, **data: str) -> str:
    url = reverse("stores:gate_step", args=[store.slug, act])
    page = client.post(url, data, follow=True).content.decode()
    store.refresh_from_db()
    return page


def refused(client: Client, store: Store, text: str) -> None:
    """By POST and on the page, with these words."""
    page = step(client, store, "live")
    assert f"{store.name} can&#x27;t go live yet" in page
    assert text in page.split("What is looked at")[0]
    assert text in page.split("What is looked at")[1]
    assert store.state in (StoreState.DRAFT, StoreState.SHADOW)


def test_with_nothing_missing_it_goes_live(lead: Client, ready: Store) -> None:
    page = step(lead, ready, "live")

    assert "is live; its orders are being read" in page
    assert ready.state == StoreState.LIVE


def test_an_untested_connection_keeps_it_back(lead: Client, ready: Store) -> None:
    ready.remote_account.check_outcome = ""
    ready.remote_account.save()

    refused(lead, ready, "the connection has not been tested with success yet")


def test_a_store_that_imports_the_marketplace_itself_keeps_it_back(
    lead: Client, ready: Store
) -> None:
    row = {"id": ready.shipstation_store_id, "name": "Amazon UK", "channel": "Amazon"}
    ready.shipstation_account.known_stores = [row]
    ready.shipstation_account.save()

    refused(lead, ready, "every order would be there twice")
    ready.shipstation_account.known_stores = [row | {"channel": "ShipStation"}]
    ready.shipstation_account.save()
    assert "is live" in step(lead, ready, "live")


@pytest.mark.parametrize("missing", DECISIONS)
def test_each_decision_that_is_missing_keeps_it_back(
    missing: str, lead: Client, ready: Store
) -> None:
    decided(ready, *(code for code in DECISIONS if code != missing))

    refused(lead, ready, "Nobody has decided it yet")
    assert len(readiness.results(ready)[1].findings) == 1


@pytest.mark.parametrize(
    ("subject", "label"),
    [
        ("notify_setting", "notification of the marketplace"),
        ("buyer_emails", "own e-mails to buyers"),
        ("stop_tag_known", "The stop tag on the packing bench"),
        ("checklist", "The checklist before going live"),
    ],
)
def test_what_nobody_said_or_said_too_long_ago_keeps_it_back(
    subject: str, label: str, lead: Client, ready: Store
) -> None:
    words = Statement.objects.filter(store=ready, subject=subject)
    words.update(at=clock.now() - statements.subject_of(subject).good_for)
    refused(lead, ready, label)
    words.delete()

    refused(lead, ready, label)


def test_buyers_emails_that_are_on_keep_it_back(
    lead: Client, ready: Store, users: dict[str, User]
) -> None:
    said(ready, users["lead"], buyer_emails="on")

    refused(lead, ready, "Yes: they are on")


def test_a_notification_that_is_on_contradicts_shipsync_telling(
    lead: Client, ready: Store, users: dict[str, User]
) -> None:
    said(ready, users["lead"], notify_setting="label")

    refused(lead, ready, "shipsync is to tell the marketplace, but")


def test_a_route_for_tax_numbers_needs_its_rule_and_a_printed_sample(
    lead: Client, ready: Store, users: dict[str, User]
) -> None:
    words = Statement.objects.filter(store=ready)
    words.filter(subject__in=("automation_rule", "tax_sample")).delete()

    refused(lead, ready, "automation rule for the tax number")
    statements.record(ready, "automation_rule", "set_up", "", users["lead"])
    refused(lead, ready, "The tax number on a printed sample")
    statements.record(ready, "tax_sample", "shows", "", users["lead"])
    assert "is live" in step(lead, ready, "live")


def test_a_carrier_in_use_without_a_code_keeps_it_back(
    lead: Client, ready: Store
) -> None:
    order = make_order(store=ready)
    make_record(order, store_id=ready.shipstation_store_id)
    make_shipment(order, carrier_code="dpd_local", service_code="next_day")

    refused(lead, ready, "Carrier dpd_local, next_day has no code")


def test_too_few_comparisons_and_unexplained_ones_keep_it_back(
    lead: Client, ready: Store
) -> None:
    rules = current_rules(ready)
    rules.shadow_minimum = 2
    rules.save()
    ready.state, ready.shadow_from = StoreState.SHADOW, clock.now()
    ready.save()
    refused(lead, ready, "Only 0 of 2 orders were compared in shadow")

    for _ in range(2):
        ShadowComparison.objects.create(
            order=make_order(store=ready),
            store=ready,
            outcome="differs",
            ss_order_id=1,
            fields=["shipTo.city"],
            details={},
            compared_at=clock.now(),
        )
    refused(lead, ready, "2 orders differ from what the present route created")


def test_direct_mode_waits_for_evidence(lead: Client, users: dict[str, User]) -> None:
    store = make_store(state=StoreState.SHADOW, mode="direct")
    connected(store)
    decided(store)
    said(store, users["lead"], notify_setting="label")
    rules = current_rules(store)
    rules.notify_samples = 2
    rules.save()
    refused(lead, store, "verdict unknown, for fewer than 2 were seen")

    for _ in range(2):
        order = make_order(store=store)
        make_record(order, store_id=store.shipstation_store_id)
        make_shipment(order, notified=True, created_at=clock.now() - LONG_AGO)

    assert "is live" in step(lead, store, "live")


def test_there_and_back(lead: Client, ready: Store) -> None:
    step(lead, ready, "shadow")
    assert ready.state == StoreState.SHADOW
    step(lead, ready, "draft")
    assert ready.state == StoreState.DRAFT
    step(lead, ready, "shadow")
    step(lead, ready, "live")
    assert (ready.state, ready.live_until) == (StoreState.LIVE, None)
    page = step(lead, ready, "back")
    assert ready.live_until is not None
    assert "go the other way" in page
    step(lead, ready, "draft")
    assert ready.state == StoreState.DRAFT


def test_a_moment_is_the_stores_own_time_and_nonsense_is_refused(
    lead: Client, ready: Store
) -> None:
    Store.objects.filter(pk=ready.pk).update(timezone="America/New_York")

    page = step(lead, ready, "live", moment="soon")
    assert "&#x27;soon&#x27; is no date and time" in page
    assert ready.state == StoreState.DRAFT
    step(lead, ready, "live", moment="2031-07-01T12:00")
    assert ready.live_from is not None
    assert ready.live_from.isoformat() == "2031-07-01T16:00:00+00:00"


def test_a_word_is_given_on_its_page(lead: Client, users: dict[str, User]) -> None:
    store = make_store(state=StoreState.DRAFT)
    url = reverse("stores:statement", args=[store.slug, "buyer_emails"])

    assert "Nobody has said anything" in lead.get(url).content.decode()
    assert "Not saved" in lead.post(url, {"note": "?"}).content.decode()
    lead.post(url, {"value": "off", "note": "seen in store setup"})

    word = statements.word(store, "buyer_emails")
    assert word.ready
    assert word.statement is not None
    assert (word.statement.by, word.statement.note) == (
        users["lead"],
        "seen in store setup",
    )


def test_the_checklist_is_signed_line_by_line(lead: Client) -> None:
    store = make_store(state=StoreState.DRAFT)
    url = reverse("stores:statement", args=[store.slug, "checklist"])
    lines = {f"line_{n}": "on" for n in range(1, len(statements.CHECKLIST_LINES) + 1)}

    page = lead.post(url, lines | {"line_2": ""}).content.decode()
    assert "Not ticked: see to it first." in page
    assert not statements.word(store, "checklist").stands
    lead.post(url, lines)
    assert statements.word(store, "checklist").ready


@pytest.mark.parametrize(("role", "led"), [("lead", True), ("finance", False)])
def test_only_a_lead_is_sent_to_what_only_a_lead_may_open(
    client: Client, users: dict[str, User], role: str, led: bool
) -> None:
    store = make_store(state=StoreState.DRAFT, last_pull_at=None)
    client.force_login(users[role])

    page = client.get(reverse("stores:gate", args=[store.slug])).content.decode()

    assert "nobody has looked and said so yet" in page
    said_at = reverse("stores:statement", args=[store.slug, "checklist"])
    assert (f'href="{said_at}"' in page) is led
    assert ("For a lead" in page) is not led
