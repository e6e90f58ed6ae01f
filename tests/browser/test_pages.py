"""Every page: no console error under the real policy, no axe finding, nothing wider
than the screen; at 1400 and 390 pixels, light and dark."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User

from orders.models import Stage
from shipsync_site.lib import clock
from stores import budgets, lanes
from stores.connectors import CONNECTORS
from stores.models import CarrierMapping
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.orders.factories import (
    make_case,
    make_dispatch,
    make_event,
    make_order,
    make_record,
    make_store,
)


@pytest.fixture
def paths(users: dict[str, User]) -> list[str]:
    """A small world, and every page that can be opened in it."""
    store = make_store(slug="amazon-uk")
    make_store(
        name="Amazon DE",
        slug="amazon-de",
        state="paused",
        pause_reason="Tax number is missing",
        paused_at=clock.now() - timedelta(hours=3),
        paused_by=users["lead"],
    )
    lanes.ensure_lanes()
    budgets.ensure(store.remote_account.key, CONNECTORS.get("amazon").budget_specs)
    for number, stage in enumerate(Stage.values):
        make_order(
            store=store, stage=stage, ship_by=clock.now() + timedelta(hours=number - 2)
        )
    order = make_order(store=store, stage=Stage.DISPATCHED, lines=2)
    make_record(order)
    make_dispatch(order)
    make_event(order, "Imported from the marketplace", system="amazon")
    case = make_case(order)
    mapping = CarrierMapping.objects.create(
        marketplace="amazon", shipstation_carrier="yodel", carrier_code="Yodel"
    )
    trouble = make_case(
        kind="carrier_in_trouble",
        scope=f"account:{store.shipstation_account.key}",
        cause="royal_mail",
    )
    remote, warehouse = store.remote_account.pk, store.shipstation_account.pk
    return [
        "/",
        "/password/",
        "/stores/",
        "/stores/new/",
        f"/stores/new/?account={remote}",
        "/stores/amazon-uk/",
        "/stores/amazon-de/",
        "/stores/amazon-uk/edit/",
        "/stores/amazon-uk/rules/",
        "/stores/amazon-uk/sync/progress/",
        "/accounts/new/",
        "/accounts/shipstation/new/",
        "/accounts/marketplace/new/amazon/",
        f"/accounts/marketplace/{remote}/",
        f"/accounts/marketplace/{remote}/edit/",
        f"/accounts/shipstation/{warehouse}/",
        "/carriers/",
        "/carriers/?store=amazon-uk",
        "/carriers/new/",
        f"/carriers/{mapping.pk}/",
        "/orders/",
        "/orders/?stage=any",
        f"/orders/{order.pk}/",
        "/cases/",
        f"/cases/{case.pk}/",
        "/alerts/",
        "/alerts/places/new/",
        "/alerts/mine/",
        "/calendars/all/",
        f"/carriers/trouble/{trouble.pk}/",
        "/help/",
        "/help/day/",
        "/help/cases/carrier_unmapped/",
        "/training/",
        "/training/packer-4-pile/",
        "/training/people/",
    ]


def test_no_console_error_under_the_real_policy(
    visit: Visitor, paths: list[str]
) -> None:
    visitor = visit()
    visitor.log_in("admin")
    for path in paths:
        visitor.open(path)


def test_axe_finds_nothing_and_nothing_overflows(
    visit: Visitor, paths: list[str]
) -> None:
    visitor = visit(bypass_csp=True)
    axe = Axe()
    found: list[str] = []
    visitor.open("/login/")
    found += look(visitor, axe, "/login/")
    visitor.log_in("admin")
    for path in paths:
        visitor.open(path)
        found += look(visitor, axe, path)
    assert not found, "\n".join(found)


def test_the_admin_works_under_the_same_policy(visit: Visitor) -> None:
    visitor = visit()
    visitor.log_in("superuser")
    for path in ("/admin/", "/admin/orders/order/", "/admin/auth/user/"):
        visitor.open(path)
