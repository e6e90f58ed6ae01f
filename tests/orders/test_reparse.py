"""Stored answers are read again: a mended parser heals, a newer fact stands."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from orders.ingest import ingest
from orders.models import (
    CaseState,
    Order,
    OrderEvent,
    OrderException,
    ParkedRecord,
    RawBlock,
    Stage,
)
from shipsync_site.lib import clock
from stores.connectors.amazon import fields, parse, window
from stores.connectors.ebay.connector import EbayConnector
from stores.models import Store
from stores.remote_types import Block, MalformedOrder, RemoteOrder
from tests.orders.factories import make_store

pytestmark = pytest.mark.django_db


def amazon(store: Store, number: str = "203-1-1", **changes: Any) -> dict[str, Any]:
    """An order as searchOrders answers with every block."""
    at = clock.now() - timedelta(hours=1)
    raw: dict[str, Any] = {
        "orderId": number,
        "createdTime": at.isoformat(),
        "lastUpdatedTime": at.isoformat(),
        "salesChannel": {"marketplaceId": store.remote_marketplace},
        "fulfillment": {
            "fulfillmentStatus": "UNSHIPPED",
            "fulfilledBy": "MERCHANT",
            "fulfillmentServiceLevel": "STANDARD",
            "shipByWindow": {"latestDateTime": (at + timedelta(days=2)).isoformat()},
        },
        "recipient": {
            "deliveryAddress": {
                "name": "Ada Byron",
                "addressLine1": "1 Mill Lane",
                "city": "Leeds",
                "postalCode": "LS1 1AA",
                "countryCode": "GB",
            }
        },
        "orderItems": [
            {
                "orderItemId": "L1",
                "quantityOrdered": 2,
                "product": {"sellerSku": "TEA", "title": "Teapot"},
            }
        ],
    }
    return raw | changes


def read(
    store: Store, raw: dict[str, Any], as_of: datetime | None = None
) -> tuple[tuple[RemoteOrder, ...], tuple[MalformedOrder, ...]]:
    """Parse and take in, as a pull does."""
    orders, malformed = parse.parse_orders(
        [raw], asked=window.ALL_DATA, as_of=as_of or clock.now()
    )
    ingest(store.remote_account, orders, malformed)
    return orders, malformed


def broken(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A parser that can't read quantities."""

    def refuse(source: Any, name: str, path: str) -> int | None:
        raise fields.FieldError(f"{path}{name}", "is not a number")

    monkeypatch.setattr(fields, "whole", refuse)
    return monkeypatch


def test_a_mended_parser_makes_an_order_readable_and_its_case_closes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = make_store()
    with monkeypatch.context() as patch:
        broken(patch)
        read(store, amazon(store))
        case = OrderException.objects.get(kind="order_malformed")
        assert case.state == CaseState.OPEN
        call_command("reparse")
        assert "1 still unreadable" in capsys.readouterr().out
        assert not Order.objects.exists()

    call_command("reparse", "--malformed")

    assert "1 orders were new" in capsys.readouterr().out
    assert Order.objects.get().number == "203-1-1"
    case.refresh_from_db()
    assert case.state == CaseState.RESOLVED
    assert ParkedRecord.objects.get().resolved_at is not None


def test_a_dry_run_shows_it_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = make_store()
    with monkeypatch.context() as patch:
        broken(patch)
        read(store, amazon(store))
    call_command("reparse", "--dry-run")
    told = capsys.readouterr().out
    assert "203-1-1: read for the first time" in told
    assert "1 orders would be new" in told
    assert not Order.objects.exists()
    assert OrderException.objects.get().state == CaseState.OPEN
    assert ParkedRecord.objects.get().resolved_at is None


def misread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that knows no status."""
    monkeypatch.setattr(parse, "STATUSES", {})


def test_an_order_that_was_misread_is_put_right_as_of_its_reading(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = make_store()
    at = clock.now() - timedelta(hours=3)
    with monkeypatch.context() as patch:
        misread(patch)
        read(store, amazon(store), at)
    order = Order.objects.get()
    seen = order.seen_at
    assert order.status == "unknown"

    call_command("reparse", "--dry-run")
    told = capsys.readouterr().out
    assert "203-1-1: status: unknown → open" in told
    assert "Mill Lane" not in told
    order.refresh_from_db()
    assert order.status == "unknown"

    call_command("reparse", "--store", store.slug)
    order.refresh_from_db()
    assert order.status == "open"
    assert order.as_of[Block.STATUS] == at.isoformat()
    assert order.seen_at == seen
    assert RawBlock.objects.count() == 1
    assert "1 changed" in capsys.readouterr().out


def test_an_answer_that_was_read_twice_counts_as_of_its_last_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = make_store()
    raw = amazon(store)
    now = clock.now()
    with monkeypatch.context() as patch:
        misread(patch)
        read(store, copy.deepcopy(raw), now - timedelta(hours=3))
        read(store, copy.deepcopy(raw), now - timedelta(hours=1))
    call_command("reparse")
    assert Order.objects.get().status == "open"


def test_a_newer_fact_is_never_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    store = make_store()
    now = clock.now()
    with monkeypatch.context() as patch:
        misread(patch)
        read(store, amazon(store), now - timedelta(hours=3))
    cancelled = amazon(store)
    cancelled["fulfillment"] = {"fulfillmentStatus": "CANCELLED"}
    del cancelled["recipient"]
    orders, _ = parse.parse_orders(
        [cancelled], asked=window.READ_BACK_DATA, as_of=now - timedelta(hours=1)
    )
    ingest(store.remote_account, orders)
    events = OrderEvent.objects.count()

    call_command("reparse")

    order = Order.objects.get()
    assert (order.status, order.stage) == ("cancelled", Stage.CANCELLED)
    assert OrderEvent.objects.count() == events


def test_it_goes_by_store_and_date(capsys: pytest.CaptureFixture[str]) -> None:
    one, two = make_store(), make_store()
    read(one, amazon(one, "203-1-1"), clock.now() - timedelta(days=9))
    read(two, amazon(two, "203-2-2"))
    day = (clock.now() - timedelta(days=2)).date().isoformat()
    for options, wanted in (
        ([], "2 answers"),
        (["--store", one.slug], "1 answers"),
        (["--since", day], "1 answers"),
        (["--store", one.slug, "--since", day], "0 answers"),
        (["--malformed"], "0 answers"),
    ):
        call_command("reparse", *options)
        assert wanted in capsys.readouterr().out, options


def test_it_names_what_it_was_given_wrongly() -> None:
    with pytest.raises(CommandError, match=r"--store nowhere: no such store"):
        call_command("reparse", "--store", "nowhere")
    with pytest.raises(CommandError, match=r"--since yesterday: write a date"):
        call_command("reparse", "--since", "yesterday")


def test_what_an_answer_may_not_cover_is_not_claimed() -> None:
    found = EbayConnector.reparse({"orderId": 5}, block="order", as_of=clock.now())
    assert isinstance(found, MalformedOrder)
