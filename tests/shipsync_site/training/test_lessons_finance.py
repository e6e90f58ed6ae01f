"""Finance's lessons can be done: not yet before, then passed, as the pages do it."""

from __future__ import annotations

import pytest

from reconciliation import findings
from reconciliation.models import Finding, Settlement, SettlementFile
from reconciliation.settlements import compare, matching, reading, receiving, signing
from shipsync_site.training import running
from tests.shipsync_site.training.conftest import Train, Trainee


def settle() -> None:
    """What the pump does with what came in."""
    while reading.run_one() or compare.run_one():
        pass


def settlement(trainee: Trainee, number: int = 1) -> Settlement:
    trainee.run.refresh_from_db()
    name = trainee.run.things["settlements"][number - 1]
    return Settlement.objects.get(remote_id=name, stored_at__isnull=False)


def bring_in(trainee: Trainee) -> SettlementFile:
    """The lesson's own file, by the form's way."""
    trainee.run.refresh_from_db()
    paper = running.paper_of(trainee.run)
    account = running.shop_of(trainee.run).remote_account  # type: ignore[union-attr]
    kept = receiving.receive_file(
        account, "amazon_v2", paper.name, paper.content, trainee.user
    )
    settle()
    kept.refresh_from_db()
    return kept


@pytest.mark.parametrize("code", ["finance-1-bring-in", "finance-3-remainder"])
def test_a_file_is_brought_in(code: str, train: Train) -> None:
    trainee = train(code)
    settle()
    assert not trainee.check().passed
    assert bring_in(trainee).state == "stored"

    verdict = trainee.check()
    assert verdict.passed, verdict.sentence
    if code.endswith("remainder"):
        assert settlement(trainee).replaced_note


def test_a_settlement_is_read_and_signed(train: Train) -> None:
    trainee = train("finance-2-read-and-sign")
    settle()
    row = settlement(trainee)
    fees = -sum(x.amount for x in row.lines.filter(kind="fee"))
    assert not trainee.check(f"{fees:.2f}").passed
    signing.sign(row, trainee.user, "")
    assert not trainee.check(f"{row.total:.2f}").passed

    assert trainee.check(f"{fees:.2f}").passed


def test_lines_without_an_order_are_matched(train: Train) -> None:
    trainee = train("finance-4-match")
    line = settlement(trainee).lines.filter(rung="").order_by("number")[0]
    assert not trainee.check().passed
    found = matching.suggestions(line)[0]
    assert found.why == "its number begins the same"
    matching.match(line, trainee.user, found.order, "Begins the same", alike=True)

    assert trainee.check().passed


def test_what_was_paid_twice_is_named_and_signed(train: Train) -> None:
    trainee = train("finance-5-paid-twice")
    settle()
    second = settlement(trainee, 2)
    found = Finding.objects.get(rule="paid_twice", state="open")
    assert found.settlement == second
    assert not trainee.check(found.remote_id).passed
    with pytest.raises(signing.SignError, match="1 open finding"):
        signing.sign(second, trainee.user, " ")
    signing.sign(second, trainee.user, "Asked, set apart")

    verdict = trainee.check(found.remote_id)
    assert verdict.passed, verdict.sentence
    assert "amazon: confirm" in verdict.sentence


def test_unknown_money_is_accepted(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Trainee.later

    def later_and_settled(trainee: Trainee, *args: float, **more: int) -> None:
        later(trainee, *args, **more)  # type: ignore[arg-type]
        settle()

    monkeypatch.setattr(Trainee, "later", later_and_settled)
    trainee = train("finance-6-unknown")
    assert not trainee.check().passed
    found = Finding.objects.get(rule="fee_unknown")
    findings.accept(found, trainee.user, "Packaging charge, announced in spring")

    assert trainee.check().passed
