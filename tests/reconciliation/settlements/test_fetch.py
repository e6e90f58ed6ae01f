"""Fetching in steps: nothing is lost or doubled, whatever breaks between two pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from orders.models import CaseState, OrderException
from reconciliation.models import Settlement, SettlementFetch
from reconciliation.settlements import fetch, fetching, store
from reconciliation.settlements.fetch import FetchError, request_fetch, run_one
from shipsync_site.lib import clock
from stores.errors import (
    RejectedError,
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from stores.models import AccountState, RemoteAccount
from stores.remote_money import LineKind, MoneyLine, MoneyStep, SettlementHead
from tests.orders.factories import make_remote_account, make_user

pytestmark = pytest.mark.django_db


def head(name: str, total: str = "30.00", *, paid: bool = True) -> SettlementHead:
    return SettlementHead(
        remote_id=name,
        currency="GBP",
        total=Decimal(total),
        ends_at=clock.now() - timedelta(days=40),
        deposited_at=clock.now() if paid else None,
        status="SUCCEEDED" if paid else "INITIATED",
    )


def line(amount: str, name: str) -> MoneyLine:
    return MoneyLine(kind=LineKind.SALE, amount=Decimal(amount), remote_line=name)


class Payer:
    """A connector whose settlements are a list of steps; breaks where told."""

    label = "Payer"
    settlement_source = "ebay_payout"
    settlements_settle = timedelta(days=3)

    def __init__(self) -> None:
        self.steps: list[MoneyStep] = []
        self.breaks: dict[int, Exception] = {}
        self.since: list[datetime] = []
        self.asked: list[int] = []

    def pay(self, *settlements: tuple[SettlementHead, list[list[MoneyLine]]]) -> None:
        self.steps = [
            MoneyStep(head=each, lines=tuple(page), complete=page is pages[-1])
            for each, pages in settlements
            for page in pages
        ]

    def fetch_settlements(
        self, since: datetime, cursor: Mapping[str, Any], **_: Any
    ) -> MoneyStep:
        at = int(cursor.get("at") or 0)
        if not at:
            self.since.append(since)
        self.asked.append(at)
        if at in self.breaks:
            raise self.breaks.pop(at)
        if not self.steps:
            return MoneyStep(done=True)
        done = at + 1 == len(self.steps)
        following = {} if done else {"at": at + 1}
        return replace(self.steps[at], cursor=following, done=done)


@pytest.fixture
def account() -> RemoteAccount:
    return make_remote_account(marketplace="ebay")


@pytest.fixture
def payer(account: RemoteAccount, monkeypatch: pytest.MonkeyPatch) -> Payer:
    one = Payer()
    monkeypatch.setattr(fetch, "connector_for", lambda _: one)
    one.pay(
        (head("P-1"), [[line("10.00", "a")], [line("20.00", "b")]]),
        (head("P-2", "5.00"), [[line("5.00", "c")]]),
    )
    return one


def work(account: RemoteAccount) -> SettlementFetch:
    """Steps until nothing is due, whatever the waits."""
    request_fetch(account)
    for _ in range(60):
        SettlementFetch.objects.update(lease_until=None)
        if not run_one():
            break
    return SettlementFetch.objects.get(account=account)


def stored() -> dict[str, list[Decimal]]:
    return {
        row.remote_id: [each.amount for each in row.lines.order_by("number")]
        for row in Settlement.objects.filter(stored_at__isnull=False)
    }


WHOLE = {"P-1": [Decimal(10), Decimal(20)], "P-2": [Decimal(5)]}


def test_a_fetch_is_stored_whole_and_again_changes_nothing(
    account: RemoteAccount, payer: Payer
) -> None:
    row = work(account)
    assert stored() == WHOLE
    assert (row.seen, row.news, row.problem, row.since) == (2, 2, "", None)
    first = Settlement.objects.order_by("pk").first()
    again = work(account)
    assert (again.seen, again.news) == (2, 0)
    assert Settlement.objects.order_by("pk").first() == first
    assert payer.since[0] == pytest.approx(
        clock.now() - fetching.FIRST, abs=timedelta(minutes=5)
    )
    # What may still change is read again, and no more.
    reached = row.reached
    assert reached is not None
    assert payer.since[1] == reached - payer.settlements_settle


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize(
    "problem",
    [
        TransientError("reset"),
        ThrottledError("full", retry_after=60.0),
        RuntimeError("bug"),
    ],
    ids=lambda x: type(x).__name__,
)
def test_what_breaks_between_two_pages_loses_and_doubles_nothing(
    account: RemoteAccount, payer: Payer, at: int, problem: Exception
) -> None:
    payer.breaks = {at: problem}
    row = work(account)
    assert stored() == WHOLE
    assert (row.problem, row.failures) == ("", 0)
    # It went on where it was.
    assert payer.asked == [*range(at + 1), *range(at, 3)]


@pytest.mark.parametrize("name", ["add_lines", "finish"])
def test_a_process_that_dies_while_it_stores_is_followed_by_another(
    account: RemoteAccount,
    payer: Payer,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    class Killed(BaseException):
        pass

    real = getattr(store, name)
    left = [2]

    def dies(*args: Any, **kwargs: Any) -> Any:
        left[0] -= 1
        found = real(*args, **kwargs)
        if not left[0]:
            raise Killed
        return found

    monkeypatch.setattr(store, name, dies)
    request_fetch(account)
    with pytest.raises(Killed):
        all(run_one() for _ in range(10))
    row = work(account)
    assert stored() == WHOLE
    assert row.problem == ""
    assert not Settlement.objects.filter(stored_at=None).exists()


def test_a_lease_taken_over_meanwhile_writes_nothing(
    account: RemoteAccount, payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_fetch(account)
    real = payer.fetch_settlements

    def slow(*args: Any, **kwargs: Any) -> MoneyStep:
        SettlementFetch.objects.update(lease_id="another")
        return real(*args, **kwargs)

    monkeypatch.setattr(payer, "fetch_settlements", slow)
    assert run_one()
    row = SettlementFetch.objects.get()
    assert (row.cursor, row.staging, stored()) == ({}, None, {})


def test_one_that_was_pending_is_read_again_until_it_is_paid(
    account: RemoteAccount, payer: Payer
) -> None:
    pages = [[line("30.00", "a")]]
    payer.pay((head("P-1", paid=False), pages))
    work(account)
    work(account)
    (row,) = Settlement.objects.all()
    assert row.deposited_at is None
    # Long over, yet asked for: the money has not come.
    assert row.ends_at is not None
    assert payer.since[1] < row.ends_at
    payer.pay((head("P-1"), pages))
    assert work(account).news == 1
    (again,) = Settlement.objects.all()
    assert (again.pk, again.status) == (row.pk, "SUCCEEDED")
    assert again.deposited_at is not None
    work(account)
    assert payer.since[3] > row.ends_at


@pytest.mark.parametrize(
    ("problem", "team"),
    [
        (UnauthorisedError("No scope sell.finances", reason="role_missing"), "lead"),
        (RejectedError("Signature refused (215120)"), "lead"),
    ],
)
def test_a_refusal_is_a_case_with_its_words_until_a_fetch_is_whole(
    account: RemoteAccount, payer: Payer, problem: RemoteError, team: str
) -> None:
    payer.breaks = {1: problem}
    row = work(account)
    case = OrderException.objects.get(kind="settlements_not_fetched")
    assert (case.team, case.state) == (team, CaseState.OPEN)
    assert problem.message in case.summary
    assert row.problem == problem.message
    assert (row.reached, stored()) == (None, {})
    assert not Settlement.objects.exists()
    assert row.next_at > clock.now() + timedelta(hours=23)

    assert work(account).problem == ""
    case.refresh_from_db()
    assert (case.state, stored()) == (CaseState.RESOLVED, WHOLE)


@pytest.mark.parametrize("how", ["unreadable", "unstorable"])
def test_one_settlement_that_can_not_be_taken_in_is_named_and_the_rest_comes(
    account: RemoteAccount, payer: Payer, how: str
) -> None:
    if how == "unreadable":
        payer.steps[0] = MoneyStep(
            head=head("P-1"), complete=True, problem="amount: is missing"
        )
        del payer.steps[1]
    else:
        payer.steps[0] = replace(payer.steps[0], lines=(line("0.001", "a"),))
    row = work(account)
    assert stored() == {"P-2": [Decimal(5)]}
    assert [each["id"] for each in row.left_out] == ["P-1"]
    # Not whole: the next fetch begins as early as this one.
    assert row.reached is None
    case = OrderException.objects.get(kind="settlements_not_fetched")
    assert "P-1" in case.summary
    assert case.team == "finance"
    assert not Settlement.objects.filter(stored_at=None).exists()


def test_a_paused_account_and_one_without_settlements_say_so(
    account: RemoteAccount,
) -> None:
    user = make_user()
    assert request_fetch(account, user).asked_by == user
    account.state = AccountState.PAUSED
    account.save()
    with pytest.raises(FetchError, match="paused"):
        request_fetch(account, user)
    assert not run_one()
    other = make_remote_account(marketplace="elsewhere")
    with pytest.raises(FetchError, match="by hand"):
        request_fetch(other, user)
