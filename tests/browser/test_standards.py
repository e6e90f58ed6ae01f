"""Seller standards as people see them: wide and narrow, light and dark."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User

from orders.models import Rung, Stage
from reconciliation.models import StandardReading
from reconciliation.standards import tasks
from shipsync_site.lib import clock
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.orders.factories import (
    make_case,
    make_dispatch,
    make_order,
    make_remote_account,
    make_store,
)


@pytest.fixture
def planted(users: dict[str, User]) -> None:
    """A store with a late order, open cases and two months of readings; another without."""
    store, now = make_store(slug="amazon-uk"), clock.now()
    make_store(
        slug="tiktok-uk",
        name="TikTok Shop UK",
        remote_account=make_remote_account(marketplace="tiktok"),
        remote_marketplace="GB",
    )
    for number in range(30):
        ship_by = now - timedelta(days=2)
        order = make_order(
            store=store,
            buyer=False,
            ordered_at=now - timedelta(days=4),
            ship_by=ship_by,
            status="shipped",
            stage=Stage.DONE,
        )
        late = timedelta(hours=3 if number == 0 else -3)
        make_dispatch(order, rung=Rung.READ_BACK, accepted_at=ship_by + late)
    make_order(
        store=store,
        ordered_at=now - timedelta(days=4),
        ship_by=now - timedelta(days=1),
        status="shipped",
        stage=Stage.DONE,
    )
    for hours in (2, 30):
        order = make_order(
            store=store, ship_by=now + timedelta(hours=hours), stage=Stage.TO_PUSH
        )
        make_case(order, kind="sku_unknown")
    StandardReading.objects.bulk_create(
        StandardReading(
            store=store,
            metric="late_10d",
            day=(now - timedelta(days=ago)).date(),
            bad=3 + (ago * 7) % 10,
            whole=220 + ago % 17,
            taken_at=now - timedelta(days=ago),
        )
        for ago in range(1, 60)
        if ago not in (20, 21, 22)
    )
    tasks.take()


def test_every_page_is_fit_to_be_seen(visit: Visitor, planted: None) -> None:
    visitor, axe = visit(bypass_csp=True), Axe()
    visitor.log_in("lead")
    found = []
    for path in (
        "/standards/",
        "/standards/amazon-uk/late_10d/",
        "/standards/amazon-uk/late_10d/bad/orders/",
        "/standards/amazon-uk/late_10d/cases/",
        "/standards/tiktok-uk/tracking/",
    ):
        visitor.open(path)
        for fold in visitor.page.locator("main details").all():
            fold.evaluate("node => node.open = true")
        found += look(visitor, axe, path)

    assert found == []
    assert visitor.problems == []
