"""What is previewed is what is sent."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from orders import preview
from orders.facts import Operation
from orders.models import Dispatch, Order, OrderEvent
from orders.selectors import order_detail
from shipsync_site.lib.digest import json_digest
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.world import World, staff


def read(remote_id: str) -> Order:
    return order_detail(Order.objects.all()).get(remote_id=remote_id)


def test_the_first_body_is_the_one_that_is_sent(world: World) -> None:
    (remote_id,) = world.place()
    world.step("pull", "mirror")
    shown = preview.sent(read(remote_id), reveal=True)
    assert shown.due is not None
    assert shown.due.operation is Operation.PUSH

    world.step("push")

    (created,) = world.ledger("shipstation", "create")
    assert created["body_digest"] == json_digest(shown.payload.body)


def test_a_release_window_is_previewed_on_hold(make_world: MakeWorld) -> None:
    world = make_world(release_window_minutes=60)
    (remote_id,) = world.place(order_age=300)
    world.step("pull", "mirror")
    shown = preview.sent(read(remote_id), reveal=True)
    world.step("push")

    (created,) = world.ledger("shipstation", "create")
    assert shown.body["orderStatus"] == "on_hold"
    assert created["body_digest"] == json_digest(shown.payload.body)


def test_the_confirmation_is_the_one_that_is_sent(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.ship(carrier="dpd")
    world.later(90, "dispatches")
    (row,) = preview.confirmed(read(remote_id))
    assert row.mapping is not None
    assert (row.mapping.carrier_code, row.mapping.is_default) == ("DPD", True)
    assert (row.told, row.problem, row.doubt) == (False, "", "")
    assert row.due_at is not None

    world.step("confirm")

    (told,) = world.confirms(remote_id)
    detail = row.raw["packageDetail"]
    assert told["carrierCode"] == detail["carrierCode"]
    assert told["trackingNumber"] == detail["trackingNumber"]
    assert told["items"] == {
        x["orderItemId"]: x["quantity"] for x in detail["orderItems"]
    }
    (after,) = preview.confirmed(read(remote_id))
    assert after.told


def test_an_unmapped_carrier_is_previewed_as_one(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.ship(carrier="snail_mail")
    world.later()
    (row,) = preview.confirmed(read(remote_id))

    assert (row.confirmation, row.mapping, row.due_at) == (None, None, None)
    assert "No carrier code for snail_mail" in row.problem


def test_a_number_of_another_shape_is_doubted_and_told(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.ship(carrier="royal_mail", tracking="AB123456780GB")
    world.later(60, "dispatches")
    (row,) = preview.confirmed(read(remote_id))
    assert "check digit" in row.doubt
    assert row.problem == ""
    world.later()

    assert [x["trackingNumber"] for x in world.confirms(remote_id)] == ["AB123456780GB"]


def test_the_buyer_is_masked_until_asked_for_and_asking_is_kept(world: World) -> None:
    (remote_id,) = world.live()
    order = read(remote_id)
    client = Client()
    client.force_login(staff())
    masked = client.get(reverse("orders:preview", args=[order.pk])).content.decode()
    shown = client.post(reverse("orders:preview_reveal", args=[order.pk]))

    recipient = order.buyer.recipient
    assert recipient["line1"] not in masked
    assert recipient["name"] not in masked
    assert recipient["line1"] in shown.content.decode().replace("&#x27;", "'")
    assert shown["Cache-Control"] == "no-store"
    assert OrderEvent.objects.filter(order=order, verb="buyer_revealed").count() == 1


def test_looking_changes_nothing(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.ship(carrier="dpd")
    world.later()
    rows = list(Order.objects.values()), list(Dispatch.objects.values())
    sequence, call = world.sandbox.ledger()[-1]["sequence"], world.last_call()
    client = Client()
    client.force_login(staff())
    url = reverse("orders:preview", args=[read(remote_id).pk])
    assert client.get(url).status_code == 200

    assert (list(Order.objects.values()), list(Dispatch.objects.values())) == rows
    assert world.sandbox.ledger()[-1]["sequence"] == sequence
    assert world.last_call() == call
