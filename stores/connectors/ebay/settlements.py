"""eBay's payouts as settlements: a page of payouts, then each one's transactions.

``cursor`` holds the payouts of the page that are still to be read, where in the present
one we are, and the currency in which it is counted: that of its transactions, which may
be another than the bank's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from stores.connectors.ebay import fields
from stores.connectors.ebay.fields import FieldError, Json
from stores.connectors.ebay.finances import Finances, rows_of
from stores.connectors.ebay.payout_lines import Money, lines_of, money
from stores.remote_money import MoneyLine, MoneyStep, SettlementHead

PAYOUT_PAGE, TRANSACTION_PAGE = 50, 200
# A span that begins earlier ends at most 90 days later.
MOST_SPAN = timedelta(days=89)
PAID = "SUCCEEDED"
# The money came back, or never left: its transactions go into a later payout.
LOST = frozenset({"REVERSED", "TERMINAL_FAILED"})


def take(
    finances: Finances,
    since: datetime,
    cursor: Mapping[str, Any],
    *,
    now: datetime,
) -> MoneyStep:
    """One call: a page of payouts, or a page of one payout's transactions."""
    if cursor.get("payouts"):
        return _transactions(finances, cursor)
    start = datetime.fromisoformat(str(cursor.get("from") or since.isoformat()))
    end = min(start + MOST_SPAN, now)
    offset = int(cursor.get("offset") or 0)
    answer = finances.payouts(
        {
            "filter": f"payoutDate:[{_text(start)}..{_text(end)}]",
            "limit": str(PAYOUT_PAGE),
            "offset": str(offset),
        }
    )
    rows, more = rows_of(answer, "payouts")
    try:
        found = [_kept(row, f"payouts[{index}].") for index, row in enumerate(rows)]
    except FieldError as error:
        problem = f"getPayouts: {error}"
    else:
        after: Json = {"from": start.isoformat(), "offset": offset + len(rows)}
        if not (more and rows):
            after = {"from": end.isoformat()} if end < now else {}
        if not found:
            return MoneyStep(cursor=after, done=not after)
        return MoneyStep(cursor={"payouts": found, "after": after})
    raise answer.unexpected(problem)


def _transactions(finances: Finances, cursor: Mapping[str, Any]) -> MoneyStep:
    payout, *others = cursor["payouts"]
    offset = int(cursor.get("at") or 0)
    answer = finances.transactions(
        {
            "filter": f"payoutId:{{{payout['payoutId']}}}",
            "limit": str(TRANSACTION_PAGE),
            "offset": str(offset),
        }
    )
    rows, more = rows_of(answer, "transactions")
    currency = str(cursor.get("currency") or _currency(payout, rows))
    head = _head(payout, currency, any_lines=bool(offset or rows))
    lines, problem = _read(rows, currency)
    if more and rows and not problem:
        following = {**cursor, "at": offset + len(rows), "currency": currency}
        return MoneyStep(cursor=following, head=head, lines=lines)
    after = dict(cursor.get("after") or {})
    following = {"payouts": others, "after": after} if others else after
    return MoneyStep(
        cursor=following,
        done=not following,
        head=head,
        lines=lines,
        complete=True,
        problem=problem,
    )


def _read(rows: list[Json], currency: str) -> tuple[tuple[MoneyLine, ...], str]:
    """The lines of a page, or why they can't be read."""
    try:
        return tuple(
            line
            for index, row in enumerate(rows)
            for line in lines_of(row, f"transactions[{index}].", currency)
        ), ""
    except FieldError as error:
        return (), f"getTransactions: {error}"


def _kept(row: Json, path: str) -> Json:
    """What the cursor keeps of a payout; raises FieldError."""
    fields.required_text(row, "payoutId", path)
    if fields.money(row, "amount", path) is None:
        raise FieldError(f"{path}amount", "is missing")
    fields.required_moment(row, "payoutDate", path)
    fields.required_text(row, "payoutStatus", path)
    names = ("payoutId", "amount", "payoutDate", "payoutStatus", "bankReference")
    return {name: row[name] for name in names if row.get(name)}


def _currency(payout: Json, rows: list[Json]) -> str:
    """The payout's own, or the one it was exchanged from where its rows are in that."""
    amount = payout["amount"]
    first = rows[0].get("amount") if rows else None
    given = first.get("currency") if isinstance(first, dict) else None
    before = amount.get("convertedFromCurrency")
    return str(before if given and given == before else amount["currency"])


def _head(payout: Json, currency: str, *, any_lines: bool) -> SettlementHead:
    status = fields.text(payout, "payoutStatus", "")
    at = fields.required_moment(payout, "payoutDate", "")
    total = money(payout, "amount", "", currency) or Money(value=Decimal(0))
    notes = [status, total.note, fields.text(payout, "bankReference", "")]
    nothing = status in LOST and not any_lines
    return SettlementHead(
        remote_id=fields.required_text(payout, "payoutId", ""),
        currency=currency,
        total=Decimal(0) if nothing else total.value,
        ends_at=at,
        deposited_at=at if status == PAID else None,
        status=", ".join(note for note in notes if note)[:40],
    )


def _text(moment: datetime) -> str:
    return (
        moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
