"""What each marketplace counts, order by order: a table, and the rows it must find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from orders.models import Decision, Order, OrderException, Rung, Stage
from reconciliation.standards import at_risk
from reconciliation.standards.counting import counted, window_of
from reconciliation.standards.limits import standard_of, standards_of
from shipsync_site.lib import clock
from stores.connectors import CONNECTORS
from stores.models import Store
from stores.remote_standards import Counts, Standard
from tests.orders.factories import (
    make_case,
    make_dispatch,
    make_order,
    make_remote_account,
    make_shipment,
    make_store,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLACES = {
    "amazon": "A1F83G8C2ARO7P",
    "ebay": "EBAY_GB",
    "tiktok": "GB",
    "mirakl": "northgate",
}
Make = Callable[..., Order]


def store_at(marketplace: str) -> Store:
    account = make_remote_account(marketplace=marketplace)
    return make_store(
        remote_account=account, remote_marketplace=PLACES[marketplace], name=marketplace
    )


def rate(store: Store, code: str) -> Standard:
    found = standard_of(store, code)
    assert found is not None
    return found


def names(store: Store, code: str) -> dict[str, set[str]]:
    """Which orders a rate counts: as a whole, as bad, and as unclear."""
    standard = rate(store, code)
    rows = counted(standard, store, window_of(standard, store, clock.now()))
    path = "order__number" if standard.counts is Counts.TRACKED else "number"
    return {
        "whole": set(rows.whole.values_list(path, flat=True)),
        "bad": set(rows.bad.values_list(path, flat=True)),
        "unclear": set(
            () if rows.unclear is None else rows.unclear.values_list(path, flat=True)
        ),
    }


def told(order: Order, at: datetime | None, **fields: Any) -> None:
    """The parcel of an order, of which the marketplace was told then."""
    shipment = make_shipment(order, created_at=order.ordered_at + HOUR)
    rung = Rung.SHIPPED if at is None else Rung.ACCEPTED
    fields = {"accepted_at": at, "sent_at": at, "rung": rung, **fields}
    make_dispatch(order, shipment=shipment, **fields)


@pytest.mark.parametrize(
    ("marketplace", "code", "days"),
    [
        ("amazon", "late_10d", 10),
        ("amazon", "late_30d", 30),
        ("ebay", "late", 365),
        ("tiktok", "late", 30),
        ("mirakl", "late", 30),
    ],
)
def test_late_dispatch(marketplace: str, code: str, days: int) -> None:
    store, now = store_at(marketplace), clock.now()
    due = now - 2 * DAY

    def place(name: str, ship_by: datetime = due, **fields: Any) -> Order:
        defaults: dict[str, Any] = {
            "status": "shipped",
            "stage": Stage.DONE,
            "ordered_at": ship_by - 2 * DAY,
        }
        return make_order(
            store=store, number=name, ship_by=ship_by, **(defaults | fields)
        )

    told(place("in time"), due)
    told(place("late"), due + HOUR)
    place("never told", status="open", stage=Stage.IN_SHIPSTATION)
    told(place("rest never told", status="partly_shipped", stage=Stage.HELD), due)
    place("pending", status="pending", stage=Stage.WAITING)
    place("cancelled", status="cancelled", stage=Stage.CANCELLED)
    place("theirs", not_ours="fulfilled_by_marketplace")
    place("shipped elsewhere")
    told(place("too old", now - timedelta(days=days + 1)), now)
    told(place("oldest", now - timedelta(days=days) + HOUR), now)
    place("to come", now + DAY, status="open", stage=Stage.IN_SHIPSTATION)
    # A number corrected after ship-by: the parcel itself was told in time.
    corrected = place("corrected")
    told(corrected, due - HOUR, rung=Rung.WITHDRAWN, package_ref=1)
    told(corrected, due + HOUR, package_ref=1)
    # Told by ShipStation's own connection: its label's time is what we have.
    told(place("seen in time"), None, shipped_at=due - HOUR)
    told(place("seen late"), None, shipped_at=due + DAY)
    labelled = place("labelled late")
    make_dispatch(
        labelled,
        shipment=make_shipment(labelled, created_at=due + HOUR),
        rung=Rung.SHIPPED,
        accepted_at=None,
        shipped_at=due + DAY,
    )
    other = make_store(remote_account=store.remote_account, remote_marketplace="other")
    make_order(store=other, ship_by=due, ordered_at=due - DAY, number="another store's")

    found = names(store, code)

    assert found["bad"] == {
        *("late", "never told", "rest never told", "oldest", "labelled late"),
    }
    assert found["whole"] == found["bad"] | {
        *("in time", "corrected", "shipped elsewhere", "seen in time", "seen late"),
    }
    assert found["unclear"] == {"shipped elsewhere", "seen late"}


@pytest.mark.parametrize(
    ("marketplace", "code", "days", "innocent", "guilty", "gives_up"),
    [
        ("amazon", "cancel_7d", 7, "BuyerCanceled", "NoInventory", timedelta(days=7)),
        ("ebay", "defects", 365, "BUYER_ASKED_CANCEL", "OUT_OF_STOCK", None),
        ("tiktok", "cancel", 30, None, "seller_cancel_reason_x", timedelta(0)),
        ("mirakl", "cancel", 30, None, "OUT_OF_STOCK", None),
    ],
)
def test_cancellations_by_the_seller(
    marketplace: str,
    code: str,
    days: int,
    innocent: str | None,
    guilty: str,
    gives_up: timedelta | None,
) -> None:
    store, now = store_at(marketplace), clock.now()

    def place(name: str, *, choice: str | None = None, **fields: Any) -> Order:
        defaults: dict[str, Any] = {
            "status": "cancelled",
            "raw_status": "CANCELLED",
            "stage": Stage.CANCELLED,
            "ordered_at": now - DAY,
            "ship_by": now + DAY,
            "remote_updated_at": now - HOUR,
        }
        order = make_order(store=store, number=name, **(defaults | fields))
        if choice is not None:
            Decision.objects.create(
                order=order,
                verb="cancel_market",
                cause="c",
                choice=choice,
                reason="",
                by_name="ops",
                at=now,
            )
        return order

    place("ours", choice=guilty)
    place("no reason given", choice="")
    if innocent:
        place("the buyer's, by our reason", choice=innocent)
    asked = place("the buyer asked", choice="")
    asked.lines.update(cancel_requested=True)
    case = place("the buyer asked, by its case", choice="")
    make_case(case, kind="cancel_requested", state="resolved")
    both = place("asked, but out of stock", choice=guilty)
    both.lines.update(cancel_requested=True)
    place("nobody knows")
    place("refused", raw_status="REFUSED")
    place("open", status="open", stage=Stage.WAITING)
    place("pending", status="pending", stage=Stage.WAITING)
    place("theirs", choice=guilty, not_ours="fulfilled_by_marketplace")
    place("too old", choice=guilty, ordered_at=now - timedelta(days=days, hours=1))
    place("oldest", choice=guilty, ordered_at=now - timedelta(days=days) + HOUR)
    shift = gives_up or timedelta(0)
    place("given up", ship_by=now - shift - 2 * HOUR)
    shipped = place("shipped, then cancelled", ship_by=now - shift - 2 * HOUR)
    told(shipped, now - 3 * HOUR)

    found = names(store, code)

    by_itself = {"given up"} if gives_up is not None else set()
    assert found["bad"] == {
        *("ours", "no reason given", "asked, but out of stock", "oldest", *by_itself),
    }
    assert "pending" not in found["whole"]
    assert {"open", "refused", "the buyer asked"} <= found["whole"]
    doubtful = {"nobody knows", "shipped, then cancelled", "given up"}
    assert found["unclear"] == doubtful - by_itself


def test_mirakls_refusals_are_a_rate_of_their_own() -> None:
    store, now = store_at("mirakl"), clock.now()
    for name, raw in (("taken", "SHIPPING"), ("refused", "REFUSED, reason TIMEOUT")):
        make_order(store=store, number=name, raw_status=raw, ordered_at=now - DAY)

    found = names(store, "refused")

    assert (found["whole"], found["bad"]) == ({"taken", "refused"}, {"refused"})


@pytest.mark.parametrize(
    ("marketplace", "code", "other"),
    [
        ("amazon", "tracking_30d", True),
        ("ebay", "tracking", True),
        ("tiktok", "tracking", False),
        ("mirakl", "tracking", False),
    ],
)
def test_parcels_with_a_number(marketplace: str, code: str, other: bool) -> None:
    store, now = store_at(marketplace), clock.now()

    def parcel(
        name: str, *, number: str = "JD1", at: Any = now - DAY, **more: Any
    ) -> None:
        order = make_order(
            store=store,
            number=name,
            ordered_at=now - 3 * DAY,
            raw_status=more.pop("raw_status", "SHIPPED"),
        )
        make_dispatch(
            order,
            shipment=make_shipment(order, tracking_number=number),
            **{
                "rung": Rung.ACCEPTED,
                "accepted_at": at,
                "sent_tracking": number,
                "sent_carrier": "Royal Mail",
                **more,
            },
        )

    parcel("good")
    parcel("no number", number="")
    parcel("other", sent_carrier="Other")
    parcel("not followed", raw_status="SHIPPED, tracking INVALID")
    parcel("refused", rung=Rung.REFUSED)
    parcel("withdrawn", rung=Rung.WITHDRAWN)
    parcel("too old", at=now - timedelta(days=400))
    # Told by ShipStation's own connection: we sent nothing.
    parcel("theirs", at=None, sent_tracking="", rung=Rung.SHIPPED, shipped_at=now - DAY)

    found = names(store, code)

    assert found["whole"] == {"good", "no number", "other", "not followed", "theirs"}
    assert found["bad"] == {"no number", "not followed", *(("other",) if other else ())}


def test_a_busy_ebay_store_is_judged_over_three_months() -> None:
    store, now = store_at("ebay"), clock.now()
    standard = rate(store, "defects")
    assert window_of(standard, store, now).days == 365

    first = make_order(store=store, buyer=False, ordered_at=now - DAY)
    Order.objects.bulk_create(
        Order(
            store=store,
            remote_id=f"r{number}",
            number=f"r{number}",
            order_key=f"k{number}",
            status="open",
            raw_status="",
            ordered_at=now - DAY,
            remote_updated_at=now,
            imported_at=now,
            seen_at=now,
        )
        for number in range(399)
    )

    assert window_of(standard, store, now).days == 91
    first.delete()
    assert window_of(standard, store, now).days == 365


def test_which_cases_would_make_it_worse() -> None:
    store, now = store_at("amazon"), clock.now()

    def case(kind: str, ship_by: datetime, **fields: Any) -> OrderException:
        defaults: dict[str, Any] = {"stage": Stage.TO_PUSH}
        order = make_order(store=store, ship_by=ship_by, **(defaults | fields))
        return make_case(order, kind=kind)

    soon = case("sku_unknown", now + HOUR)
    later = case("push_refused", now + DAY)
    case("payload_warning", now + HOUR)  # stops nothing
    case("sku_unknown", now + HOUR, stage=Stage.DONE)
    case("sku_unknown", now + HOUR, status="pending", stage=Stage.WAITING)
    overdue = case("sku_unknown", now - HOUR)
    missing = case("not_on_shelf", now + DAY)
    numberless = case("tracking_missing", now + DAY, stage=Stage.DISPATCHED)
    make_case(make_order(ship_by=now + HOUR), kind="sku_unknown")

    def worse(code: str) -> list[int]:
        return [row.pk for row in at_risk.cases(rate(store, code), store, now)]

    assert worse("late_10d")[:2] == [soon.pk, later.pk]
    assert set(worse("late_10d")) == {soon.pk, later.pk, missing.pk, numberless.pk}
    assert worse("cancel_7d") == [overdue.pk, missing.pk]
    assert worse("tracking_30d") == [numberless.pk]


def test_every_marketplace_has_standards_with_a_source() -> None:
    for connector in CONNECTORS:
        if connector.code not in PLACES:
            continue
        store = store_at(connector.code)
        codes = [standard.code for standard in standards_of(store)]
        assert len(codes) == len(set(codes)) >= 3
        for standard in standards_of(store):
            assert len(standard.code) <= 25  # a month goes behind it in a case's cause
            assert all((standard.bad, standard.whole, standard.source))
            # Each is one the queries know, over an empty store.
            assert names(store, standard.code)["bad"] == set()
