"""A lead maps a carrier nobody mapped, and watches the confirmations go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from orders.models import Rung
from shipsync_site.lib import clock
from stores.models import CarrierMapping
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.orders.factories import make_dispatch, make_order, make_store


@pytest.fixture
def waiting() -> None:
    """Two parcels of a carrier nobody mapped, one of another."""
    store = make_store(slug="amazon-uk")
    for number, carrier in enumerate(("snail_mail", "snail_mail", "pigeon")):
        dispatch = make_dispatch(make_order(store=store), rung=Rung.DUE)
        dispatch.shipment.carrier_code = carrier
        dispatch.shipment.service_code = f"{carrier}_fast"
        dispatch.shipment.created_at = clock.now() - timedelta(hours=3 - number)
        dispatch.shipment.save()


@pytest.mark.usefixtures("waiting")
def test_a_lead_maps_a_carrier_where_it_stands(visit: Visitor) -> None:
    page = visit().log_in("lead")
    page.get_by_role("link", name="Stores", exact=True).click()
    page.goto(page.url.replace("/stores/", "/carriers/"))
    page.get_by_role("link", name="Seen, not mapped").click()
    assert page.get_by_text("3 parcels wait").is_visible()
    row = page.get_by_role("row").filter(has_text="snail_mail")
    row.get_by_placeholder("Amazon's code").fill("Royal Mail")
    row.get_by_role("button", name="Map").click()
    assert page.get_by_text("2 parcels that wait now will be confirmed").is_visible()
    page.get_by_role("button", name="Save and confirm 2 parcels").click()
    page.get_by_text("Saved: snail_mail → Royal Mail").wait_for()
    page.get_by_role("link", name="Seen, not mapped").click()
    assert page.get_by_text("1 parcel waits").is_visible()
    assert page.get_by_role("row").filter(has_text="snail_mail").count() == 0
    mapping = CarrierMapping.objects.get(shipstation_carrier="snail_mail")
    assert (mapping.carrier_code, mapping.is_default) == ("Royal Mail", False)


@pytest.mark.usefixtures("waiting")
def test_the_list_of_unmapped_carriers_can_be_read_by_all(visit: Visitor) -> None:
    visitor = visit(bypass_csp=True)
    visitor.log_in("lead")
    visitor.open("/carriers/unmapped/")
    assert not look(visitor, Axe(), "/carriers/unmapped/")
