"""Mirakl's billing cycles as settlements: SBC11, then each cycle's rows by TL02.

Sheet section 9: the rows of a cycle but its PAYMENT add up to what is transferred to the
seller; PAYMENT is that transfer itself, with a minus. A PAYMENT that pays another sum is
a line of its own: by so much more or less than the cycle says was paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from stores.connectors.mirakl import fields
from stores.connectors.mirakl.client import MiraklClient
from stores.connectors.mirakl.fields import FieldError, Json
from stores.connectors.mirakl.settlement_lines import PAYMENT, line_of
from stores.http import Answer
from stores.remote_money import LineKind, MoneyLine, MoneyStep, SettlementHead

CYCLE_PAGE, ROW_PAGE = "100", "400"
PAID = "PAID"


def take(client: MiraklClient, since: datetime, cursor: Mapping[str, Any]) -> MoneyStep:
    """One call: a page of cycles, or a page of one cycle's rows."""
    if cursor.get("cycles"):
        return _rows(client, cursor)
    params = {"start_date": _text(since), "limit": CYCLE_PAGE}
    token = str(cursor.get("token") or "")
    if token:
        params["page_token"] = token
    answer = client.billing_cycles(params)
    rows, following = _page(answer)
    try:
        found = [
            _kept(row, f"data[{number}].")
            for number, row in enumerate(rows)
            # An operator whose SBC11 knows no start_date gives every cycle.
            if fields.required_moment(row, "date_created", f"data[{number}].") >= since
        ]
    except FieldError as error:
        problem = f"SBC11: {error}"
    else:
        after: Json = {"token": following} if following else {}
        if not found:
            return MoneyStep(cursor=after, done=not after)
        return MoneyStep(cursor={"cycles": found, "after": after})
    raise answer.unexpected(problem)


def _rows(client: MiraklClient, cursor: Mapping[str, Any]) -> MoneyStep:
    cycle, *others = cursor["cycles"]
    params = {
        "seller_billing_cycle_id": cycle["id"],
        "limit": ROW_PAGE,
        "sort": "dateCreated",
        "order": "asc",
    }
    if token := str(cursor.get("rows") or ""):
        params["page_token"] = token
    answer = client.transaction_log(params)
    rows, following = _page(answer)
    head = _head(cycle)
    lines, problem = _read(rows, head.currency)
    payments = [line for line in lines if line.raw_type == PAYMENT]
    paid = Decimal(str(cursor.get("paid") or 0))
    paid += sum((line.amount for line in payments), Decimal(0))
    lines = [line for line in lines if line.raw_type != PAYMENT]
    if following and not problem:
        place = {**cursor, "rows": following, "paid": str(paid)}
        return MoneyStep(cursor=place, head=head, lines=tuple(lines))
    if paid and paid != -head.total and not problem:
        lines.append(_other_payment(head, paid))
    after = dict(cursor.get("after") or {})
    place = {"cycles": others, "after": after} if others else after
    return MoneyStep(
        cursor=place,
        done=not place,
        head=head,
        lines=tuple(lines),
        complete=True,
        problem=problem,
    )


def _other_payment(head: SettlementHead, paid: Decimal) -> MoneyLine:
    return MoneyLine(
        kind=LineKind.TRANSFER,
        amount=paid + head.total,
        raw_type=PAYMENT,
        raw_description=f"paid {-paid}, and the cycle says {head.total}",
        posted_at=head.deposited_at,
    )


def _page(answer: Answer) -> tuple[list[Json], str]:
    """The rows of a page and the token of the next, '' for the last."""
    body = answer.json()
    if not isinstance(body, dict) or "data" not in body:
        raise answer.unexpected("Mirakl answered without data")
    try:
        rows = fields.rows(body, "data", "")
        return rows, fields.text(body, "next_page_token", "")
    except FieldError as error:
        problem = f"Mirakl: {error}"
    raise answer.unexpected(problem)


def _read(rows: list[Json], currency: str) -> tuple[list[MoneyLine], str]:
    """The lines of a page, or why they can't be read."""
    try:
        return [
            line_of(row, f"data[{number}].", currency)
            for number, row in enumerate(rows)
        ], ""
    except FieldError as error:
        return [], f"TL02: {error}"


def _kept(row: Json, path: str) -> Json:
    """What the cursor keeps of a cycle; raises FieldError."""
    amount = fields.amount(row, "amount_transferred_to_seller", path)
    if amount is None:
        raise FieldError(f"{path}amount_transferred_to_seller", "is missing")
    pay_out = fields.obj(row, "pay_out", path)
    inner = f"{path}pay_out."
    fields.moment(pay_out, "transaction_date", inner)
    return {
        "id": fields.required_text(row, "id", path),
        "amount": str(amount),
        "currency": fields.required_text(row, "currency_iso_code", path),
        "made": fields.required_text(row, "date_created", path),
        "state": fields.text(pay_out, "state", inner),
        "why": fields.text(pay_out, "failure_reason", inner),
        "reference": fields.text(pay_out, "reference", inner),
        "paid": fields.text(pay_out, "transaction_date", inner),
    }


def _head(cycle: Json) -> SettlementHead:
    made = fields.required_moment(cycle, "made", "")
    # Where no time of the pay-out is told, it is the cycle's at the earliest.
    paid = fields.moment(cycle, "paid", "") or made
    notes = [cycle["state"], cycle["why"], cycle["reference"]]
    return SettlementHead(
        remote_id=cycle["id"],
        currency=cycle["currency"],
        total=Decimal(cycle["amount"]),
        ends_at=made,
        deposited_at=paid if cycle["state"] == PAID else None,
        status=", ".join(note for note in notes if note)[:40],
    )


def _text(moment: datetime) -> str:
    return (
        moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
