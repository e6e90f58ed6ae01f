"""Every marketplace's count of a period's orders, against its simulation over HTTP."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shipsync_site.lib import clock
from stores import connect
from stores.connectors.amazon import order_report
from stores.connectors.amazon.census import LOOKS
from stores.connectors.base import Connector
from stores.errors import ThrottledError, UnexpectedAnswerError
from stores.models import Environment, RemoteAccount, RemoteCall
from stores.remote_money import CensusEntry, CensusStep
from tests.orders.factories import make_store
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]

CANCELLED, OPEN = "cancelled", "open"


@dataclass(frozen=True)
class Market:
    """A practice marketplace: the account there, a store's id, options of its orders."""

    code: str
    marketplace_id: str
    account: dict[str, Any]
    elsewhere: dict[str, Any] = field(default_factory=dict)
    orders: dict[str, Any] = field(default_factory=dict)


MARKETS = [
    Market(
        code="amazon",
        marketplace_id="A1F83G8C2ARO7P",
        account={
            "seller_id": "A2DEMOSELLER",
            "region": "eu",
            "settings": {"client_id": "amzn1.application-oa2-client.demo"},
            "secrets": {
                "lwa_client_secret": "demo-secret",
                "refresh_token": "Atzr|demo",
            },
        },
        elsewhere={"marketplace": "DE"},
    ),
    Market(
        code="ebay",
        marketplace_id="EBAY_GB",
        account={
            "seller_id": "demo_trading",
            "settings": {
                "client_id": "Demo-shipsync-PRD-demo",
                "ru_name": "Demo_Trading-Demoship-shipsy-demo",
            },
            "secrets": {
                "client_secret": "PRD-demo-secret",
                "refresh_token": "v^1.1#i^1#r^1#demo",
            },
        },
        elsewhere={"marketplace": "EBAY_DE"},
    ),
    Market(
        code="tiktok",
        marketplace_id="GB",
        account={
            "seller_id": "GBLC000001",
            "settings": {"app_key": "6demoshipsync"},
            "secrets": {
                "app_secret": "demo_secret_0123456789",
                "refresh_token": "TTR_demo_refresh",
            },
        },
    ),
    Market(
        code="mirakl",
        marketplace_id="northgate",
        account={
            "seller_id": "2001",
            "region": "northgate",
            "secrets": {"api_key": "key-northgate-demo"},
        },
        orders={"operator": "northgate"},
    ),
]


@pytest.fixture(autouse=True)
def _time() -> Iterator[None]:
    before = clock.current()
    yield
    clock.configure(before)


def pass_by(sandbox: SandboxServer, seconds: float) -> None:
    """Let business time pass, on both sides."""
    now = clock.current()
    clock.configure(clock.Clock(now.anchor, now.start + seconds, now.rate))
    sandbox.set_clock(clock.current())


def connected(market: Market, sandbox: SandboxServer, settings: Any) -> Connector:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    account = RemoteAccount.objects.create(
        name=market.code,
        environment=Environment.SANDBOX,
        marketplace=market.code,
        secrets_set_at=clock.now(),
        **market.account,
    )
    make_store(remote_account=account, remote_marketplace=market.marketplace_id)
    return connect.connector_for(account)


def count(
    live: Connector,
    sandbox: SandboxServer,
    market: Market,
    since: datetime,
    until: datetime,
) -> tuple[dict[str, CensusEntry], CensusStep]:
    """All steps, waiting as they say, in business time."""
    found: dict[str, CensusEntry] = {}
    cursor: dict[str, Any] = {}
    for _step in range(200):
        try:
            taken = live.census(
                market.marketplace_id, since, until, cursor, now=clock.now()
            )
        except ThrottledError as error:
            pass_by(sandbox, error.retry_after + 0.1)
            continue
        found |= {entry.remote_id: entry for entry in taken.entries}
        cursor = dict(taken.cursor)
        if taken.done:
            return found, taken
        pass_by(sandbox, taken.wait)
    raise AssertionError("the census does not end")


@pytest.mark.django_db
@pytest.mark.cluster
@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.code)
def test_each_order_of_a_period_is_counted_once(
    market: Market, sandbox: SandboxServer, settings: Any, monkeypatch: Any
) -> None:
    live = connected(market, sandbox, settings)
    # eBay's pages hold 200, those of the others take two as it is.
    monkeypatch.setattr("stores.connectors.ebay.census.PAGE_SIZE", 50)
    placed: list[str] = []
    for days, many in ((3, 40), (2, 40), (1, 45)):
        placed += sandbox.orders(
            market.code, many, seed=days, order_age=days * 86400.0, **market.orders
        )
    if market.code == "ebay":
        sites = ["EBAY_GB", "EBAY_DE"]
        sandbox.config(
            ebay={"sellers": [{"id": "demo_trading", "marketplaces": sites}]}
        )
    if market.elsewhere:
        sandbox.orders(market.code, 3, order_age=86400.0, **market.elsewhere)
    sandbox.orders(market.code, 2, order_age=30 * 86400.0, **market.orders)
    sandbox.cancel(market.code, placed[0], "cancelled")
    pass_by(sandbox, 4000)
    since, until = clock.now() - timedelta(days=5), clock.now() - timedelta(hours=1)

    found, last = count(live, sandbox, market, since, until)

    assert set(found) == set(placed)
    assert last.total == len(placed)
    assert last.source
    assert found[placed[0]].status == CANCELLED
    assert {entry.status for entry in found.values()} <= {
        *(CANCELLED, OPEN, "pending", "waiting_acceptance"),
    }
    assert all(entry.units for entry in found.values() if entry.status == OPEN)
    # Cut at the very moment of an order, it is in the later part alone.
    edge = sorted(entry.ordered_at for entry in found.values() if entry.ordered_at)[60]
    before, first = count(live, sandbox, market, since, edge)
    after, second = count(live, sandbox, market, edge, until)
    assert not set(before) & set(after)
    assert {*before, *after} == set(placed)
    assert (first.total, second.total) == (len(before), len(after))
    assert any(entry.ordered_at == edge for entry in after.values())


@pytest.fixture
def amazon(sandbox: SandboxServer, settings: Any) -> Iterator[Connector]:
    yield connected(MARKETS[0], sandbox, settings)
    sandbox.clear_faults()


@pytest.mark.django_db
@pytest.mark.cluster
@pytest.mark.parametrize("packed", [True, False])
def test_amazons_report_is_waited_for(
    amazon: Connector, sandbox: SandboxServer, packed: bool
) -> None:
    sandbox.config(
        amazon={"report_queue": 40, "report_work": 400, "report_gzip": packed}
    )
    placed = sandbox.orders("amazon", 3, order_age=3600)
    since, until = clock.now() - timedelta(days=1), clock.now() - timedelta(minutes=1)
    market, waits = MARKETS[0].marketplace_id, []
    cursor: dict[str, Any] = {}

    while True:
        taken = amazon.census(market, since, until, cursor, now=clock.now())
        if taken.done:
            break
        assert taken.total is None
        assert not taken.entries
        cursor = dict(taken.cursor)
        waits.append(taken.wait)
        pass_by(sandbox, taken.wait)

    assert {entry.remote_id for entry in taken.entries} == set(placed)
    assert (waits[0], waits[-1]) == (LOOKS[0][1], LOOKS[1][1])
    calls = RemoteCall.objects.values_list("operation", flat=True)
    assert list(calls).count("createReport") == 1
    assert list(calls).count("getReportDocument") == 1


@pytest.mark.django_db
@pytest.mark.cluster
def test_what_amazon_cannot_report_is_said_in_words(
    amazon: Connector, sandbox: SandboxServer
) -> None:
    since, until = clock.now() - timedelta(days=1), clock.now() - timedelta(minutes=1)

    sandbox.faults("amazon", "report_fatal", count=1)
    with pytest.raises(UnexpectedAnswerError, match=r"could not make .*\(FATAL\)"):
        count(amazon, sandbox, MARKETS[0], since, until)
    found, last = count(amazon, sandbox, MARKETS[0], since, until)
    sandbox.faults("amazon", "report_stuck", count=1)
    with pytest.raises(UnexpectedAnswerError, match=r"not made .* in 12 hours"):
        count(amazon, sandbox, MARKETS[0], since, until)

    assert (found, last.total) == ({}, 0)
    assert "cancelled by Amazon: no orders" in last.source
    assert len(last.source) <= 100


HEADER = (
    "amazon-order-id\tpurchase-date\torder-status\tquantity\titem-status\tsales-channel"
    "\tfulfillment-channel"
)
PERIOD = {
    "since": datetime(2026, 11, 1, tzinfo=UTC),
    "until": datetime(2026, 11, 2, tzinfo=UTC),
}


def report(*rows: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *rows, ""]).encode()


def row(order_id: str, at: str = "2026-11-01T10:00:00+00:00", **more: str) -> str:
    cells = {
        "status": "Shipped",
        "quantity": "1",
        "item": "Shipped",
        "channel": "Amazon.co.uk",
        "shipper": "Merchant",
        **more,
    }
    return "\t".join([order_id, at, *cells.values()])


def test_an_order_report_is_read_by_its_columns() -> None:
    content = report(
        row("1", status="Shipped - Delivered to Buyer", quantity="2"),
        row("1", quantity="3"),
        row("2", status="Unshipped"),
        row("3", status="Cancelled", quantity="0", item="Cancelled"),
        row("4", status="Shipping"),
        row("5", status="Pending - Waiting for Pick Up"),
        row("6", status="Something new"),
        row("7", at="2026-11-01T00:00:00+00:00"),
        row("8", at="2026-11-01T23:59:59+00:00"),
        row("9", at="2026-11-02T00:00:00+00:00"),
        row("10", at="2026-10-31T23:59:59+00:00"),
        row("11", at="2026-11-02T01:30:00+02:00"),
        row("S02-1", channel="Non-Amazon UK"),
        row("12", shipper="Amazon"),
    )

    found = order_report.read(gzip.compress(content), packed=True, **PERIOD)

    assert {entry.remote_id: (entry.status, entry.units) for entry in found} == {
        "1": ("shipped", 5),
        "2": (OPEN, 1),
        "3": (CANCELLED, None),
        "4": ("partly_shipped", 1),
        "5": ("pending", 1),
        "6": ("", 1),
        "7": ("shipped", 1),
        "8": ("shipped", 1),
        "11": ("shipped", 1),
        "12": ("shipped", 1),
    }
    assert {x.remote_id: x.not_ours for x in found if x.not_ours} == {
        "12": "fulfilled_by_marketplace"
    }
    shuffled = report(
        "Shipped\t2026-11-01T10:00:00Z\t1",
        header="\ufefforder-status\tpurchase-date\tAMAZON-ORDER-ID",
    )
    (entry,) = order_report.read(shuffled, packed=False, **PERIOD)
    assert (entry.remote_id, entry.status, entry.units) == ("1", "shipped", None)


@pytest.mark.parametrize(
    ("content", "packed", "said"),
    [
        (b"", False, "column amazon-order-id is missing"),
        (report(header="amazon-order-id\tsku"), False, "column purchase-date"),
        (report(row("1", at="yesterday")), False, "line 2: purchase-date"),
        (report(row("1"), row("")), False, "line 3: amazon-order-id is empty"),
        (gzip.compress(report(row("1")))[:-9], True, "breaks off in the middle"),
        (b"no gzip", True, "can't be unpacked"),
    ],
)
def test_a_broken_order_report_is_refused_whole(
    content: bytes, packed: bool, said: str
) -> None:
    with pytest.raises(order_report.ReportError, match=said):
        order_report.read(content, packed=packed, **PERIOD)
