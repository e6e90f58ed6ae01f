"""TikTok's daily statements as settlements: a page of them, then each one's rows.

Shop by shop. When a statement was paid stands on its payment only, so the payments of
a page of statements are asked for with it; ``cursor`` holds what is still to be read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from stores.connectors.tiktok import fields
from stores.connectors.tiktok.client import TikTokClient
from stores.connectors.tiktok.errors import data_of
from stores.connectors.tiktok.fields import FieldError, Json
from stores.connectors.tiktok.operations import (
    PAYMENTS,
    STATEMENT_TRANSACTIONS,
    STATEMENTS,
)
from stores.connectors.tiktok.shops import Shop, ShopBook
from stores.connectors.tiktok.statement_lines import lines_of
from stores.http import Answer
from stores.remote_money import MoneyLine, MoneyStep, SettlementHead

STATEMENT_PAGE, ROW_PAGE, PAYMENT_PAGE = "50", "50", "100"
# Payments of one page of statements: more pages than this are somebody else's.
MOST_PAYMENT_PAGES = 5
PAID = "PAID"
_DAY = timedelta(days=1)


def take(
    client: TikTokClient,
    shops: ShopBook,
    since: datetime,
    cursor: Mapping[str, Any],
    *,
    now: datetime,
) -> MoneyStep:
    """A page of statements with their payments, or a page of one statement's rows."""
    used = shops.used()
    index = int(cursor.get("shop") or 0)
    if index >= len(used):
        return MoneyStep(done=True)
    if cursor.get("statements"):
        return _rows(client, used[index], cursor)
    page = _statements(client, used[index], since, cursor, now=now)
    after: Json = {"shop": index, "token": page.token}
    if not page.token:
        after = {"shop": index + 1} if index + 1 < len(used) else {}
    if not page.found:
        return MoneyStep(cursor=after, done=not after)
    return MoneyStep(cursor={"shop": index, "statements": page.found, "after": after})


class _Page:
    """Statements as the cursor keeps them, and the token of the page that follows."""

    __slots__ = ("found", "token")

    def __init__(self, found: list[Json], token: str) -> None:
        self.found, self.token = found, token


def _statements(
    client: TikTokClient,
    shop: Shop,
    since: datetime,
    cursor: Mapping[str, Any],
    *,
    now: datetime,
) -> _Page:
    query = {
        "sort_field": "statement_time",
        "sort_order": "ASC",
        "page_size": STATEMENT_PAGE,
        "statement_time_ge": str(math.floor(since.timestamp())),
        "statement_time_lt": str(math.ceil(now.timestamp()) + 1),
    }
    if token := str(cursor.get("token") or ""):
        query["page_token"] = token
    answer = client.send(STATEMENTS, cipher=shop.cipher, query=query)
    try:
        data = data_of(answer)
        found = [
            _kept(row, f"statements[{number}].")
            for number, row in enumerate(fields.rows(data, "statements", ""))
        ]
        token = fields.text(data, "next_page_token", "")
    except FieldError as error:
        problem = f"{STATEMENTS.name}: {error}"
    else:
        paid = {row["payment"] for row in found if row["status"] == PAID}
        if paid - {""}:
            first = min(int(row["at"]) for row in found)
            payments = _payments(client, shop, paid, first)
            for row in found:
                row |= payments.get(row["payment"], {})
        return _Page(found, token)
    raise answer.unexpected(problem)


def _kept(row: Json, path: str) -> Json:
    """What the cursor keeps of a statement; raises FieldError."""
    amount = fields.money(row, "settlement_amount", path)
    if amount is None:
        raise FieldError(f"{path}settlement_amount", "is missing")
    at = fields.required_moment(row, "statement_time", path)
    paid = fields.moment(row, "payment_time", path)
    currency = fields.currency(row, "currency", path)
    if not currency:
        raise FieldError(f"{path}currency", "is missing")
    return {
        "id": fields.required_identifier(row, "id", path),
        "at": int(at.timestamp()),
        "amount": str(amount),
        "currency": currency,
        "status": fields.text(row, "payment_status", path),
        "payment": fields.identifier(row, "payment_id", path),
        **({"paid": int(paid.timestamp())} if paid else {}),
    }


def _payments(
    client: TikTokClient, shop: Shop, wanted: Iterable[str], first: int
) -> dict[str, Json]:
    """When these payments arrived and how they were exchanged, by id."""
    left = set(wanted)
    found: dict[str, Json] = {}
    token = ""
    for _ in range(MOST_PAYMENT_PAGES):
        query = {
            "sort_field": "create_time",
            "sort_order": "ASC",
            "page_size": PAYMENT_PAGE,
            "create_time_ge": str(first - 1),
        }
        if token:
            query["page_token"] = token
        answer = client.send(PAYMENTS, cipher=shop.cipher, query=query)
        try:
            data = data_of(answer)
            for row in fields.rows(data, "payments", ""):
                payment = fields.identifier(row, "id", "payments.")
                if payment in left:
                    left.discard(payment)
                    found[payment] = _payment(row)
            token = fields.text(data, "next_page_token", "")
        except FieldError as error:
            problem = f"{PAYMENTS.name}: {error}"
        else:
            if not left or not token:
                return found
            continue
        raise answer.unexpected(problem)
    return found


def _payment(row: Json) -> Json:
    path = "payments."
    paid = fields.moment(row, "paid_time", path)
    amount = fields.obj(row, "amount", path)
    before = fields.obj(row, "settlement_amount", path)
    kept: Json = {"paid": int(paid.timestamp())} if paid else {}
    if amount.get("currency") != before.get("currency"):
        rate = fields.text(row, "exchange_rate", path)
        kept["note"] = f"{amount.get('value')} {amount.get('currency')} at {rate}"
    return kept


def _rows(client: TikTokClient, shop: Shop, cursor: Mapping[str, Any]) -> MoneyStep:
    statement, *others = cursor["statements"]
    query = {
        "sort_field": "order_create_time",
        "sort_order": "ASC",
        "page_size": ROW_PAGE,
    }
    if token := str(cursor.get("rows") or ""):
        query["page_token"] = token
    answer = client.send(
        STATEMENT_TRANSACTIONS,
        cipher=shop.cipher,
        ids={"statement_id": statement["id"]},
        query=query,
    )
    head, lines, token, problem = _read(answer, statement)
    if token and not problem:
        following = {**cursor, "rows": token}
        return MoneyStep(cursor=following, head=head, lines=lines)
    after = dict(cursor.get("after") or {})
    following = {**cursor, "statements": others, "rows": ""} if others else after
    return MoneyStep(
        cursor=following,
        done=not following,
        head=head,
        lines=lines,
        complete=True,
        problem=problem,
    )


def _read(
    answer: Answer, statement: Json
) -> tuple[SettlementHead, tuple[MoneyLine, ...], str, str]:
    """Head, lines, the next page's token, and why this page can't be read."""
    data = data_of(answer)
    posted = datetime.fromtimestamp(int(statement["at"]), UTC)
    try:
        lines = [
            line
            for number, row in enumerate(fields.rows(data, "transactions", ""))
            for line in lines_of(row, f"transactions[{number}].", posted)
        ]
        token = fields.text(data, "next_page_token", "")
        return _head(statement, data, posted), tuple(lines), token, ""
    except FieldError as error:
        problem = f"{STATEMENT_TRANSACTIONS.name}: {error}"
    return _head(statement, {}, posted), (), "", problem


def _head(statement: Json, data: Json, at: datetime) -> SettlementHead:
    """What is paid is payable_amount: the settlement with what is kept back."""
    settled = fields.money({"x": statement["amount"]}, "x", "")
    payable = fields.money(data, "payable_amount", "")
    total = settled if payable is None else payable
    if total is None:
        raise FieldError("settlement_amount", "is missing")
    status = statement["status"]
    notes = [status, statement.get("note", ""), statement["payment"]]
    # Where no payment tells the time, it is the statement's at the earliest.
    paid = datetime.fromtimestamp(int(statement.get("paid") or statement["at"]), UTC)
    return SettlementHead(
        remote_id=statement["id"],
        currency=statement["currency"],
        total=total,
        starts_at=at - _DAY,
        ends_at=at,
        deposited_at=paid if status == PAID else None,
        status=", ".join(note for note in notes if note)[:40],
    )
