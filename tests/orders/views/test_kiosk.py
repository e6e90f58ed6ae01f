"""The packing bench's pages: a screen with its key, a packer, and no buyer anywhere."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders import kiosks
from orders.models import (
    Decision,
    FollowUp,
    KioskDevice,
    Order,
    OrderEvent,
    OrderException,
    ShortPick,
)
from orders.reconsider import reconsider
from orders.views.kiosk import COOKIE
from shipsync_site.lib import clock
from tests.orders import factories
from tests.orders.test_bench import packed

pytestmark = pytest.mark.django_db
SCREEN = reverse("orders:screen")


@pytest.fixture
def device() -> KioskDevice:
    return kiosks.add("Bench 2", 15, factories.make_user("boss"))[0]


@pytest.fixture
def screen(device: KioskDevice) -> Client:
    """A browser that was paired."""
    client = Client()
    code = kiosks.new_code(device)
    answer = client.post(reverse("orders:pair"), {"code": code})
    assert answer.status_code == 302
    assert answer.url == SCREEN  # type: ignore[attr-defined]
    return client


def scan(client: Client, text: str) -> Any:
    return client.post(SCREEN, {"scan": text})


def wanted_back() -> Order:
    """A labelled order that was cancelled, and that CS wants back from the bench."""
    order = packed()
    factories.make_shipment(order, tracking_number="JD014600000000000001")
    order.records.update(status="shipped")
    Order.objects.filter(pk=order.pk).update(status="cancelled")
    reconsider([order.pk])
    case = order.cases.get(kind="cancelled_after_label")
    Decision.objects.create(
        order=order,
        case=case,
        verb="intercept",
        cause=case.cause,
        reason="take it off",
        by_name="cs",
        at=clock.now(),
    )
    reconsider([order.pk])
    return order


def test_the_key_stands_in_a_cookie_that_scripts_never_see(screen: Client) -> None:
    cookie = screen.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/bench/"
    assert screen.get(SCREEN).status_code == 200


def test_without_a_key_a_screen_is_led_to_the_pairing() -> None:
    for name in ("screen", "screen_report", "screen_short", "screen_found"):
        answer = Client().post(reverse(f"orders:{name}"), {"scan": "203-1"})
        assert answer.status_code == 302
        assert answer.url == reverse("orders:pair")  # type: ignore[attr-defined]


def test_a_revoked_screen_sees_nothing_from_the_next_request_on(
    screen: Client, device: KioskDevice, users: dict[str, User], client: Client
) -> None:
    client.force_login(users["lead"])
    client.post(reverse("orders:kiosk_revoke", args=[device.pk]))

    assert screen.get(SCREEN).status_code == 302
    assert scan(screen, packed().number).status_code == 302


def test_a_wrong_code_pairs_nothing() -> None:
    client = Client()
    answer = client.post(reverse("orders:pair"), {"code": "WRONG234"})
    assert answer.status_code == 422
    assert COOKIE not in client.cookies
    for _try in range(kiosks.MISSES_OF_ONE):
        answer = client.post(reverse("orders:pair"), {"code": "WRONG234"})
    assert answer.status_code == 429


@pytest.mark.parametrize("light", ["go", "stop", "unknown"])
def test_the_whole_screen_says_it_in_colour_icon_and_word(
    screen: Client, light: str
) -> None:
    order = packed()
    if light == "stop":
        Order.objects.update(status="cancelled")
    elif light == "unknown":
        Order.objects.update(status="pending")

    text = scan(screen, order.number).content.decode()

    assert f"bench-{light}" in text
    assert light.upper() in text
    assert "known as of" in text


def test_no_buyer_data_is_ever_on_it(screen: Client) -> None:
    order = wanted_back()
    sealed = [*factories.RECIPIENT.values(), "ada.byron", "James"]
    words = [x for x in sealed if isinstance(x, str) and len(x) > 2]

    pages = [
        screen.get(SCREEN),
        scan(screen, order.number),
        scan(screen, "Ada Byron"),
        scan(screen, "SW1Y 4JH"),
        screen.post(
            reverse("orders:screen_report"), {"order": order.pk, "what": "left"}
        ),
    ]

    for page in pages:
        text = page.content.decode()
        # What was typed in is shown as it was typed.
        for word in words:
            assert word not in text or word in ("Ada Byron", "SW1Y 4JH"), word
        for context in page.context or []:
            assert "buyer" not in context.flatten()
    assert "orders" in pages[2].context
    assert pages[2].context["orders"] == []


def test_what_is_wanted_back_stands_on_every_bench_with_its_tracking(
    screen: Client,
) -> None:
    order = wanted_back()
    assert FollowUp.objects.get(order=order, kind="intercept").state == "open"

    text = screen.get(SCREEN).content.decode()
    assert "JD014600000000000001" in text
    said = scan(screen, "JD014600000000000001")
    assert said.context["answer"].light == "stop"
    assert "Stopped: it is here" in said.content.decode()
    # The order's story tells that the bench knew.
    assert OrderEvent.objects.filter(order=order, verb="bench_stop").count() == 1
    scan(screen, "JD014600000000000001")
    assert OrderEvent.objects.filter(order=order, verb="bench_stop").count() == 1


@pytest.mark.parametrize(
    ("what", "state", "cases"),
    [
        ("stopped", "done", {"label_to_void", "goods_to_stock"}),
        ("left", "failed", {"return_expected"}),
    ],
)
def test_the_bench_answers_the_case(
    screen: Client, what: str, state: str, cases: set[str]
) -> None:
    order = wanted_back()

    said = screen.post(
        reverse("orders:screen_report"),
        {"order": order.pk, "what": what, "scan": order.number},
    )

    assert said.status_code == 200
    assert "Noted:" in said.content.decode()
    task = FollowUp.objects.get(order=order, kind="intercept")
    assert task.state == state
    standing = OrderException.objects.filter(order=order, state="open")
    assert set(standing.values_list("kind", flat=True)) == cases
    word = Decision.objects.latest("pk")
    assert (word.by, word.by_name) == (None, "Bench 2")
    # A second screen that answers too is told that it was done.
    again = screen.post(
        reverse("orders:screen_report"),
        {"order": order.pk, "what": what, "scan": order.number},
    )
    assert again.status_code == 422
    assert "answered meanwhile" in again.content.decode()
    assert Decision.objects.latest("pk") == word


def test_a_short_pick_in_two_taps_holds_the_order_and_says_what_it_costs(
    screen: Client,
) -> None:
    order = packed(lines=[{"sku": "TEAPOT", "quantity": 3, "unit_price": "10.00"}])
    factories.make_order(store=order.store, lines=[{"sku": "TEAPOT"}])
    fields = {"order": order.pk, "scan": order.number, "sku": "TEAPOT", "units": 2}

    page = scan(screen, order.number).content.decode()
    assert 'name="units" value="3"' in page
    assert 'name="units" value="4"' not in page
    said = screen.post(reverse("orders:screen_short"), fields)
    screen.post(reverse("orders:screen_short"), fields)

    assert said.context["answer"].light == "stop"
    assert ShortPick.objects.get().units == 2
    case = order.cases.get(kind="not_on_shelf")
    assert case.team == "ops"
    assert case.deadline == order.ship_by
    assert "2 × TEAPOT" in case.summary
    assert "worth 20.00 GBP" in case.summary
    assert "1 other open order wants the same" in case.summary
    assert order.jobs.get(peer="shipstation").operation == "hold"

    screen.post(
        reverse("orders:screen_found"), {"order": order.pk, "scan": order.number}
    )
    case.refresh_from_db()
    assert case.state == "resolved"
    assert ShortPick.objects.get().cleared_at is not None
    assert scan(screen, order.number).context["answer"].light == "go"


@pytest.mark.parametrize("units", ["0", "4", "x", ""])
def test_no_more_is_missing_than_is_wanted(screen: Client, units: str) -> None:
    order = packed(lines=[{"sku": "TEAPOT", "quantity": 3}])
    said = screen.post(
        reverse("orders:screen_short"),
        {"order": order.pk, "scan": order.number, "sku": "TEAPOT", "units": units},
    )
    assert said.status_code == 422
    assert not ShortPick.objects.exists()


def test_a_packer_has_the_same_page(client: Client, users: dict[str, User]) -> None:
    order = wanted_back()
    client.force_login(users["packer"])

    said = client.post(reverse("orders:bench"), {"scan": order.number})
    assert said.context["answer"].light == "stop"
    client.post(
        reverse("orders:bench_report"),
        {"order": order.pk, "what": "stopped", "scan": order.number},
    )
    assert Decision.objects.latest("pk").by == users["packer"]


def test_a_lead_adds_a_screen_and_sees_its_code_once(
    client: Client, users: dict[str, User]
) -> None:
    client.force_login(users["lead"])
    page = client.post(
        reverse("orders:kiosks"), {"name": "Bench 1", "max_age_minutes": 20}
    )
    code = page.context["code"].replace(" ", "")

    assert code in page.content.decode().replace(" ", "")
    assert code not in client.get(reverse("orders:kiosks")).content.decode()
    paired = Client().post(reverse("orders:pair"), {"code": code})
    assert paired.status_code == 302
    again = client.post(
        reverse("orders:kiosks"), {"name": "Bench 1", "max_age_minutes": 20}
    )
    assert again.status_code == 422
