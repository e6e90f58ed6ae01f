"""Figures of the pages and files of settlements are money, to the cent, on any database."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from reconciliation.models import LineKind, Settlement, SettlementFetch
from reconciliation.settlements.rules.whole import reserves
from shipsync_site.lib import clock
from tests.orders.factories import make_remote_account, make_user
from tests.reconciliation.factories import make_settlement

pytestmark = pytest.mark.django_db


def _sale(amount: str) -> dict[str, Any]:
    return {"kind": LineKind.SALE, "amount": amount}


def _reserve(amount: str) -> dict[str, Any]:
    return {"kind": LineKind.RESERVE, "amount": amount}


def _as_finance() -> Client:
    client = Client()
    client.force_login(make_user(is_superuser=True))
    return client


def test_a_long_sum_is_written_to_the_cent_in_the_file_for_the_books() -> None:
    settlement = make_settlement(lines=[_sale("7.10") for _ in range(999)], ago=2)
    month = f"{settlement.deposited_at:%Y-%m}"
    answer: Any = _as_finance().get("/settlements/months/csv/", {"month": month})
    rows = b"".join(answer.streaming_content).decode().splitlines()
    assert rows[1].endswith(",Sale,999,7092.90")


def test_a_reserve_of_many_lines_nets_to_the_cent() -> None:
    account = make_remote_account()
    make_settlement(account, [_reserve("-7.10") for _ in range(999)], ago=30)
    make_settlement(account, [_reserve("7092.90")], ago=16)
    found = reserves(account)["GBP"]
    assert found[0].kept == found[1].freed == Decimal("7092.90")
    assert found[1].drift == 0


def test_what_a_fetch_brought_is_not_told_before_its_end() -> None:
    account = make_remote_account()
    row = SettlementFetch.objects.create(
        account=account,
        next_at=clock.now(),
        finished_at=clock.now(),
        seen=8,
        news=2,
    )
    client = _as_finance()
    assert "2 of 8" in client.get("/settlements/files/").content.decode()
    row.since, row.seen, row.news = clock.now(), 0, 0
    row.save()
    page = client.get("/settlements/files/").content.decode()
    assert "Being fetched" in page
    assert "0 of 0" not in page


def test_an_accepted_finding_is_not_called_agreement() -> None:
    settlement = make_settlement(lines=[_sale("7.10")])
    Settlement.objects.update(compared_at=clock.now())
    client = _as_finance()
    page = client.get(f"/settlements/{settlement.pk}/").content.decode()
    link = f"/reconcile/findings/?settlement={settlement.pk}&amp;state=accepted"
    assert "agrees with" not in page
    assert link in page
    listed = client.get(link.replace("&amp;", "&")).content.decode()
    assert "Unknown filter" not in listed
