"""What was sold and shipped is paid, fetched, and comes to the deposit to the penny."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from orders.models import Order
from reconciliation.models import (
    LineKind,
    Settlement,
    SettlementLine,
)
from reconciliation.settlements import fetch, reading
from stores.models import RemoteAccount
from tests.orders.loop.test_ebay import EbayWorld
from tests.orders.loop.test_mirakl import MiraklWorld
from tests.orders.loop.test_tiktok import TikTokWorld
from tests.orders.loop.world import World
from tests.sandbox_server import SandboxServer, almost_stand_still

DAY = 86_400


@pytest.fixture(autouse=True)
def wired(
    sandbox: SandboxServer, transactional_db: None, settings: Any
) -> Iterator[None]:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    almost_stand_still(sandbox)
    sandbox.config(amazon={"two_minutes": 0}, mirakl={"novelties": 0})
    yield
    sandbox.clear_faults()


def pay_out(world: World, channel: str, **options: Any) -> dict[str, Any]:
    answer: dict[str, Any] = world.sandbox.post(
        "payouts", {"channel": channel, **options}
    )
    assert answer["not_planted"] == [], answer
    return answer


def fetched(account: RemoteAccount) -> list[Settlement]:
    """The account's settlements after a fetch that came to its end."""
    row = fetch.work_off(account)
    assert (row.problem, row.since) == ("", None)
    while reading.run_one():
        pass
    return list(Settlement.objects.filter(stored_at__isnull=False).order_by("pk"))


def kinds(settlement: Settlement) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line in settlement.lines.all():
        found[line.kind] = found.get(line.kind, Decimal(0)) + line.amount
    return found


def shipped(world: Any, count: int = 2) -> None:
    """Orders of the world's marketplace, dispatched and confirmed there."""
    for _ in range(count):
        world.sold()
    world.sandbox.ship(carrier="dpd")
    world.later()
    world.later(1000)


def test_ebay_pays_net_of_fees_once_the_scope_is_granted_and_later_for_good(
    sandbox: SandboxServer,
) -> None:
    world = EbayWorld(sandbox)
    shipped(world)
    waiting = world.sold()
    answer = pay_out(world, "ebay", pay=False, oddities=["remainder"])
    (made,) = answer["settlements"]
    sandbox.faults("ebay", "finance_scope_missing")
    row = fetch.work_off(world.ebay)
    assert "sell.finances" in row.problem
    case = world.case("settlements_not_fetched")
    assert case.team == "lead"
    assert "invalid_scope" in case.summary
    assert not Settlement.objects.exists()
    # orders go on: their token is another one
    assert RemoteAccount.objects.get(pk=world.ebay.pk).state == "active"

    sandbox.clear_faults("ebay")
    (settlement,) = fetched(world.ebay)
    assert "settlements_not_fetched" not in world.cases()
    assert settlement.remote_id == made["id"]
    assert settlement.total == Decimal(str(made["amount"]))
    assert (settlement.remainder, settlement.deposited_at) == (Decimal("0.01"), None)
    assert settlement.status == "INITIATED"
    found = kinds(settlement)
    sold = [x.total or 0 for x in Order.objects.exclude(remote_id=waiting)]
    assert found[LineKind.SALE] == sum(sold)
    assert found[LineKind.FEE] < 0
    assert settlement.unmatched_count == 0
    # what is not dispatched is on hold, and in no payout
    assert not settlement.lines.filter(order_ref=waiting).exists()

    world.forward(2 * DAY)
    (again,) = fetched(world.ebay)
    assert again.pk == settlement.pk
    assert again.deposited_at is not None
    assert again.status.startswith("SUCCEEDED")
    assert again.line_count == settlement.line_count


def test_tiktoks_statement_has_every_order_with_its_parts(
    sandbox: SandboxServer,
) -> None:
    world = TikTokWorld(sandbox)
    shipped(world)
    (made,) = pay_out(world, "tiktok", pay=False, oddities=["unknown_words"])[
        "settlements"
    ]
    (settlement,) = fetched(world.tiktok)
    assert settlement.total == settlement.lines_total == Decimal(str(made["amount"]))
    assert settlement.status.startswith("PROCESSING")
    assert settlement.deposited_at is None
    found = kinds(settlement)
    assert found[LineKind.SALE] > 0 > found[LineKind.FEE]
    (odd,) = settlement.lines.filter(kind=LineKind.OTHER)
    assert (odd.raw_type, odd.amount) == ("STARDUST_LEVY", Decimal("-0.37"))
    assert settlement.unmatched_count == 0

    world.forward(2 * DAY)
    (again,) = fetched(world.tiktok)
    assert (again.pk, again.status.split(",")[0]) == (settlement.pk, "PAID")
    assert again.deposited_at is not None


def test_mirakls_cycle_has_all_rows_but_the_transfer_itself(
    sandbox: SandboxServer,
) -> None:
    world = MiraklWorld(sandbox)
    world.sold()
    world.sandbox.ship(carrier="dpd")
    world.wait(3)
    made = [
        row
        for row in pay_out(world, "mirakl")["settlements"]
        if row["operator"] == "northgate"
    ]
    (settlement,) = fetched(world.mirakl)
    assert [row["id"] for row in made] == [settlement.remote_id]
    assert settlement.total == settlement.lines_total == Decimal(str(made[0]["amount"]))
    assert settlement.status.startswith("PAID")
    assert settlement.deposited_at is not None
    found = kinds(settlement)
    assert {LineKind.SALE, LineKind.FEE, LineKind.FEE_TAX} <= set(found)
    assert LineKind.TRANSFER not in found


def test_amazons_report_is_found_by_itself_and_a_refund_comes_in_a_later_file(
    sandbox: SandboxServer,
) -> None:
    world = World(sandbox)
    ids = world.live(2)
    world.sandbox.ship(carrier="dpd")
    world.later()
    world.later(1000)
    (first,) = pay_out(world, "amazon")["settlements"]
    sandbox.post("refund", {"channel": "amazon", "order_id": ids[0]})
    (second,) = pay_out(world, "amazon")["settlements"]
    before, after = fetched(world.amazon)
    assert [before.remote_id, after.remote_id] == [first["id"], second["id"]]
    assert [before.remainder, after.remainder] == [0, 0]
    assert before.total == Decimal(str(first["amount"]))
    reserve = SettlementLine.objects.filter(kind=LineKind.RESERVE)
    by_file = {row.settlement_id: row.amount for row in reserve}
    # what the first kept back, the second sets free
    assert by_file[before.pk] == -by_file[after.pk]
    (refund,) = after.lines.filter(
        kind=LineKind.REFUND, raw_description="Principal", order_ref=ids[0]
    )[:1]
    assert refund.order is not None
    # nothing is fetched twice
    calls = world.calls("getReportDocument")
    assert len(fetched(world.amazon)) == 2
    assert world.calls("getReportDocument") == calls
