"""One value of a store's rules changes, nothing else: times, channels, products, gate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orders.models import ShadowComparison
from shipsync_site.lib import clock
from stores import readiness
from stores.models import Store, StoreState
from tests.orders.factories import make_order, make_record, make_shipment, make_store
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.test_customs import ABROAD, product
from tests.orders.loop.test_direct import DirectWorld
from tests.orders.loop.test_mirakl import PULL, MiraklWorld
from tests.orders.loop.test_tax import TAG, abroad, sent

HOUR, MINUTE = 3600, 60
OTHER_TAG = TAG + 1


# --- when it is told ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "told"),
    [("at_label", [1, 1, 1]), ("hours_after", [0, 1, 1]), ("ship_date", [0, 0, 1])],
)
def test_what_starts_the_time_of_a_confirmation(
    value: str, told: list[int], make_world: MakeWorld
) -> None:
    world = make_world(confirm_timing=value, confirm_hours=6)
    (remote_id,) = world.live(ship_by_hours=96)
    world.sandbox.ship(ship_date=world.today(2))

    seen = []
    for seconds in (90, 7 * HOUR, 48 * HOUR):
        world.later(seconds)
        world.later()
        seen.append(len(world.confirms(remote_id)))
    assert seen == told


# --- channels -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "accepted", "cases"), [("ask", 0, {"acceptance_due"}), ("auto", 1, set())]
)
def test_an_order_that_waits_for_a_yes_is_taken_or_asked_about(
    value: str, accepted: int, cases: set[str], make_world: MakeWorld, sandbox: Any
) -> None:
    assert make_world is not None  # it set up the sandbox
    sandbox.config(mirakl={"novelties": 0})
    world = MiraklWorld(sandbox, "homeware", {"accept_hours": 48}, acceptance=value)
    (remote_id,) = world.sell()
    world.wait()
    world.later(PULL)

    assert len(world.by_key("mirakl", "accept").get(remote_id, [])) == accepted
    assert world.cases(remote_id) == cases


@pytest.mark.parametrize(("value", "told"), [("shipstation", 0), ("shipsync", 1)])
def test_in_direct_mode_the_owner_of_telling_tells(
    value: str, told: int, make_world: MakeWorld, sandbox: Any
) -> None:
    direct = direct_world(make_world, sandbox, shipped_owner=value)
    direct.connect(notify={"mode": "never"})
    remote_id = direct.imported()
    direct.ship(remote_id)
    direct.later()
    direct.later(400)

    assert len(direct.confirms(remote_id)) == told


@pytest.mark.parametrize(
    ("value", "cases"), [(30, {"direct_never_arrived"}), (120, set())]
)
def test_in_direct_mode_the_import_has_so_many_minutes(
    value: int, cases: set[str], make_world: MakeWorld, sandbox: Any
) -> None:
    direct = direct_world(make_world, sandbox, arrives_within_minutes=value)
    direct.connect(refresh=0)
    (remote_id,) = direct.place()
    direct.step()
    direct.later(45 * MINUTE)
    direct.later()

    assert direct.cases(remote_id) == cases


@pytest.mark.parametrize(("value", "cases"), [(1, {"direct_not_told"}), (6, set())])
def test_in_direct_mode_telling_has_so_many_hours(
    value: int, cases: set[str], make_world: MakeWorld, sandbox: Any
) -> None:
    direct = direct_world(make_world, sandbox, told_within_hours=value)
    direct.connect(notify={"mode": "never"})
    remote_id = direct.imported()
    direct.ship(remote_id)
    direct.later()
    direct.later(2 * HOUR)
    direct.later()

    assert direct.cases(remote_id) == cases


def direct_world(make_world: MakeWorld, sandbox: Any, **rules: Any) -> DirectWorld:
    """``make_world`` only set up the sandbox for it."""
    assert make_world is not None
    return DirectWorld(sandbox, **rules)


# --- what is sent ---------------------------------------------------------------------


@pytest.mark.parametrize("value", [TAG, OTHER_TAG])
def test_the_tag_of_a_tax_number_is_the_one_that_was_chosen(
    value: int, make_world: MakeWorld
) -> None:
    world = make_world(tax_route="tag", tax_tag_id=value)

    assert sent(world, abroad(world))["tagIds"] == [value]


@pytest.mark.parametrize(
    ("value", "created", "cases"), [("push", 1, set()), ("hold", 0, {"sku_unknown"})]
)
def test_an_unknown_sku_is_sent_or_asked_about(
    value: str, created: int, cases: set[str], make_world: MakeWorld
) -> None:
    world = make_world(unknown_sku=value)
    (remote_id,) = world.place(sku="NOBODY-KNOWS", lines=1)
    world.settle(2)

    assert len(world.ledger("shipstation", "create")) == created
    assert world.cases(remote_id) == cases


@pytest.mark.parametrize(
    ("value", "created", "cases"),
    [("warn", 1, {"payload_warning"}), ("hold", 0, {"customs_incomplete"})],
)
def test_incomplete_customs_data_is_sent_or_asked_about(
    value: str, created: int, cases: set[str], make_world: MakeWorld
) -> None:
    world = make_world(customs_check=value)
    product(hs_code="")
    (remote_id,) = world.place(1, **ABROAD)
    world.settle(2)

    assert len(world.ledger("shipstation", "create")) == created
    assert world.cases(remote_id) == cases


# --- the gate -------------------------------------------------------------------------


def refusals(store: Store, code: str) -> list[str]:
    """What keeps it from going live, by this check of the gate."""
    found = [x for x in readiness.results(store) if x.check.code == code]
    return [x.text for result in found for x in result.findings if x.blocks]


@pytest.mark.django_db
@pytest.mark.parametrize(("value", "refused"), [(2, False), (3, True)])
def test_the_gate_wants_so_many_dispatches_before_it_knows_who_tells(
    value: int, refused: bool
) -> None:
    store = make_store(
        state=StoreState.SHADOW, mode="direct", model={"notify_samples": value}
    )
    for _ in range(2):
        order = make_order(store=store)
        make_record(order, store_id=store.shipstation_store_id)
        at = clock.now() - timedelta(hours=9)
        make_shipment(order, notified=True, created_at=at)

    said = [text for text in refusals(store, "evidence") if "verdict unknown" in text]
    assert bool(said) is refused


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ({"shadow_minimum": 2, "shadow_tolerance": 2}, ""),
        ({"shadow_minimum": 3, "shadow_tolerance": 2}, "Only 2 of 3 orders"),
        ({"shadow_minimum": 2, "shadow_tolerance": 1}, "2 orders differ"),
    ],
)
def test_the_gate_wants_so_many_comparisons_with_so_few_differences(
    rules: dict[str, int], text: str
) -> None:
    store = make_store(
        state=StoreState.SHADOW, shadow_from=clock.now(), model=dict(rules)
    )
    for _ in range(2):
        ShadowComparison.objects.create(
            order=make_order(store=store),
            store=store,
            outcome="differs",
            ss_order_id=1,
            fields=["shipTo.city"],
            details={},
            compared_at=clock.now(),
        )

    said = refusals(store, "shadow")
    assert [text in x for x in said] == ([True] if text else [])
