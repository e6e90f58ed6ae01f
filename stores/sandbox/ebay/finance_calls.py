"""The calls of Finances v1: payouts and transactions, signed by British sellers.

Contract v1.9.0: an empty result is 204 without content; with payoutId or orderId the
limit is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse

from stores.sandbox.ebay import answers, quotas
from stores.sandbox.ebay.answers import ApiError
from stores.sandbox.ebay.auth import FINANCE_SCOPE
from stores.sandbox.ebay.money import SUCCEEDED, Payout, Transaction
from stores.sandbox.ebay.operations import Call, Operation, operation
from stores.sandbox.ebay.render import iso

Json = dict[str, Any]

FINANCES = "sell/finances/v1"
STATUSES = (
    *("INITIATED", "SUCCEEDED", "REVERSED", "RETRYABLE_FAILED", "TERMINAL_FAILED"),
)
MOST_SPAN = timedelta(days=90)
_FILTER = re.compile(r"(\w+):(?:\[([^\]]*)\]|\{([^}]*)\})")


def get_payouts(call: Call) -> HttpResponse:
    """``getPayouts``, the oldest first."""
    wanted = _filters(call)
    if unknown := set(wanted) - {"payoutDate", "payoutStatus"}:
        raise _bad(135004, f"filter {min(unknown)}")
    start, end = _span(wanted.get("payoutDate", ""), 135004, call.now)
    status = wanted.get("payoutStatus", "")
    if status and status not in STATUSES:
        raise _bad(135002, f"payoutStatus {status}")
    money = call.world.money
    rows = [
        payout
        for payout in money.payouts.values()
        if payout.seller_id == call.access.seller_id
        and start <= payout.made <= end
        and status in ("", payout.status)
    ]
    rows.sort(key=lambda row: (row.made, row.id))
    return _page(call, "payouts", [_payout(row) for row in rows], default=20, most=200)


def get_transactions(call: Call) -> HttpResponse:
    """``getTransactions``, the newest first."""
    money = call.world.money
    money.book_orders(call.now)
    wanted = _filters(call)
    known = {
        *("transactionDate", "transactionType", "transactionStatus"),
        *("payoutId", "orderId", "transactionId"),
    }
    if unknown := set(wanted) - known:
        raise _bad(135006, f"filter {min(unknown)}")
    start, end = _span(wanted.get("transactionDate", ""), 135006, call.now)
    whole = "payoutId" in wanted or "orderId" in wanted
    rows = [
        row
        for row in money.transactions.values()
        if row.seller_id == call.access.seller_id
        and (whole or start <= row.moment <= end)
        and wanted.get("transactionType", row.kind) == row.kind
        and wanted.get("transactionStatus", row.status) == row.status
        and wanted.get("payoutId", row.payout_id) == row.payout_id
        and wanted.get("orderId", row.order_id) == row.order_id
        and wanted.get("transactionId", row.id) == row.id
    ]
    rows.sort(key=lambda row: (row.moment, row.id), reverse=True)
    found = [_transaction(row) for row in rows]
    return _page(call, "transactions", found, default=20, most=1000)


def _payout(row: Payout) -> Json:
    body: Json = {
        "payoutId": row.id,
        "payoutStatus": row.status,
        "payoutStatusDescription": row.status.replace("_", " ").capitalize(),
        "amount": _money(row.amount, row.currency),
        "payoutDate": iso(row.made),
        "payoutInstrument": {
            "instrumentType": "BankAccount",
            "nickname": "DEMO BANK",
            "accountLastFourDigits": "0042",
        },
        "transactionCount": row.count,
    }
    if row.attempted:
        body["lastAttemptedPayoutDate"] = iso(row.attempted)
    if row.status == SUCCEEDED:
        body["bankReference"] = f"EBAY{row.id[-6:]}"
    return body


def _transaction(row: Transaction) -> Json:
    body: Json = {
        "transactionId": row.id,
        "transactionType": row.kind,
        "transactionStatus": row.status,
        "transactionDate": iso(row.moment),
        "bookingEntry": row.entry,
        "amount": _money(row.net, row.currency),
        "paymentsEntity": "eBay Commerce UK Ltd.",
    }
    if row.order_id:
        body |= {
            "orderId": row.order_id,
            "salesRecordReference": "0",
            "buyer": {"username": row.username},
        }
    if row.items:
        body |= {
            "totalFeeBasisAmount": _money(row.gross + row.collected_tax, row.currency),
            "totalFeeAmount": _money(row.fees, row.currency),
            "orderLineItems": [
                {
                    "lineItemId": item.line_id,
                    "feeBasisAmount": _money(item.basis, row.currency),
                    "marketplaceFees": [
                        {"feeType": kind, "amount": _money(pence, row.currency)}
                        for kind, pence in item.fees
                    ],
                }
                for item in row.items
            ],
        }
    if row.collected_tax:
        body["eBayCollectedTaxAmount"] = _money(row.collected_tax, row.currency)
    if row.fee_type:
        body["feeType"] = row.fee_type
    if row.memo:
        body["transactionMemo"] = row.memo
    if row.payout_id:
        body["payoutId"] = row.payout_id
    return body


def _page(
    call: Call, name: str, rows: list[Json], *, default: int, most: int
) -> HttpResponse:
    limit = _number(call, "limit", default, 1, most)
    offset = _number(call, "offset", 0, 0, 10**9)
    page = rows[offset : offset + limit]
    if not page:
        return answers.empty_response(204)
    root = call.request.build_absolute_uri(call.request.path)

    def link(start: int) -> str:
        query = call.request.GET.copy()
        query["limit"], query["offset"] = str(limit), str(start)
        return f"{root}?{query.urlencode()}"

    body: Json = {
        "href": link(offset),
        "limit": limit,
        "offset": offset,
        "total": len(rows),
        name: page,
    }
    if offset + limit < len(rows):
        body["next"] = link(offset + limit)
    if offset:
        body["prev"] = link(max(0, offset - limit))
    return answers.json_response(200, body)


def _filters(call: Call) -> dict[str, str]:
    text = call.request.GET.get("filter", "")
    found = {name: (span or value) for name, span, value in _FILTER.findall(text)}
    if text and not found:
        raise _bad(135004, f"filter {text[:60]}")
    return found


def _span(text: str, number: int, now: int) -> tuple[int, int]:
    """The moments of ``a..b``; without an end 90 days, without anything the last 90."""
    if not text:
        return now - _ms(MOST_SPAN), now
    first, dots, last = text.partition("..")
    try:
        start = datetime.fromisoformat(first)
        end = datetime.fromisoformat(last) if last else start + MOST_SPAN
    except ValueError:
        raise _bad(number, f"date {text[:60]}") from None
    if not dots or start > end or end - start > MOST_SPAN:
        raise _bad(number, f"dates {text[:60]}")
    return _moment(start), _moment(end)


def _moment(found: datetime) -> int:
    return int(found.replace(tzinfo=found.tzinfo or UTC).timestamp() * 1000)


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)


def _number(call: Call, name: str, default: int, least: int, most: int) -> int:
    text = call.request.GET.get(name, str(default))
    if not text.isdigit() or not least <= int(text) <= most:
        raise _bad(135003, f"{name} {text}")
    return int(text)


def _money(pence: int, currency: str) -> Json:
    sign, amount = ("-" if pence < 0 else ""), abs(pence)
    return {"value": f"{sign}{amount // 100}.{amount % 100:02d}", "currency": currency}


def _bad(number: int, what: str) -> ApiError:
    return ApiError(400, number, f"Invalid value: {what}", domain="API_FINANCES")


def _finance(name: str, path: str, serve: Callable[[Call], HttpResponse]) -> Operation:
    return operation(
        name,
        "GET",
        f"{FINANCES}/{path}",
        serve,
        FINANCE_SCOPE,
        resource=quotas.FINANCES,
        seller=True,
        signed=True,
    )


OPERATIONS = (
    _finance("getPayouts", "payout", get_payouts),
    _finance("getTransactions", "transaction", get_transactions),
)
