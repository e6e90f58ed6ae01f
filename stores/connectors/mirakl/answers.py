"""Cancelling an order or a part of it on a person's word (OR29, OR30); pure.

There is no request to answer: the seller cancels. OR30 wants money, not units ('quantity
is only informative'): what is left of a line's price, shipping, taxes and fees after
earlier cancellations, by the share of the units that are cancelled now. The last unit
takes all that is left, so no rounding stays behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from stores.connectors.mirakl import cancels, fields
from stores.connectors.mirakl.errors import refusal
from stores.connectors.mirakl.fields import Json
from stores.connectors.mirakl.states import GONE, SHIPPED
from stores.remote_types import CancellationAnswer

# ISO 4217: currencies whose smallest unit is not a hundredth.
_WHOLE = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XOF", "XAF"})
_THOUSANDTH = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
EXCLUDED = "TAX_EXCLUDED"


Sent = Mapping[str, int]


def is_done(raw: Json, answer: CancellationAnswer, sent: Sent) -> bool:
    """Whether nothing is left to be cancelled; RejectedError where it is too late.

    ``sent``: units by line that are in shipments already.
    """
    state = fields.required_text(raw, "order_state", "")
    if state in GONE:
        return True
    if state in SHIPPED:
        raise refusal(
            f"The order is {state} at the operator: it can't be cancelled any more",
            field="order_state",
            code="already_shipped",
            remedy="Stop the parcel if you can, and refund in the operator's back office",
        )
    return not _wanted(raw, answer, sent)


def may_cancel_whole(raw: Json) -> None:
    """Raises RejectedError where the operator lets nobody cancel the whole order."""
    if fields.flag(raw, "can_cancel", "") is False:
        raise refusal(
            "The operator does not let the shop cancel this order as it stands",
            field="can_cancel",
            code="cancel_not_allowed",
            remedy="Choose a reason, with which its lines are cancelled one by one, or "
            "ask the operator's support",
        )


def lines_body(raw: Json, answer: CancellationAnswer, reason: str, sent: Sent) -> Json:
    """OR30's body; raises RejectedError where a reason is missing."""
    if not reason:
        raise refusal(
            "Cancelling lines needs a reason of this operator's list",
            field="reason_code",
            code="reason_missing",
            remedy="Choose one, or set a usual reason on the account",
        )
    currency = fields.text(raw, "currency_iso_code", "")
    mode = fields.text(raw, "order_tax_mode", "")
    # Where taxes are reckoned for the order as a whole, lines must not name them.
    with_taxes = not (mode == EXCLUDED and fields.rows(raw, "order_taxes", ""))
    rows = [
        _cancelation(line, path, units, left, currency, reason, with_taxes)
        for line, path, units, left in _wanted(raw, answer, sent)
    ]
    return {"cancelations": rows} | ({"order_tax_mode": mode} if mode else {})


def _wanted(
    raw: Json, answer: CancellationAnswer, sent: Sent
) -> list[tuple[Json, str, int, int]]:
    """(line, path, units to cancel, units left) of what is still there to cancel.

    What has left is money that stays; what is cancelled is a share of all that is left.
    """
    asked: dict[str, int] = {}
    for line_id, units in answer.lines:
        asked[line_id] = asked.get(line_id, 0) + units
    found = []
    for index, line in enumerate(fields.rows(raw, "order_lines", "")):
        path = f"order_lines[{index}]."
        line_id = fields.required_text(line, "order_line_id", path)
        quantity = fields.units(line, "quantity", path) or 0
        state = fields.text(line, "order_line_state", path)
        left = quantity - cancels.units_of(line, path, state, quantity, [])
        here = 0 if state in SHIPPED else max(0, left - sent.get(line_id, 0))
        units = here if answer.whole else min(asked.get(line_id, 0), here)
        if units > 0:
            found.append((line, path, units, left))
    return found


def _cancelation(
    line: Json,
    path: str,
    units: int,
    left: int,
    currency: str,
    reason: str,
    with_taxes: bool,
) -> Json:
    share = _Share(line, path, units, left, currency)
    row: Json = {
        "order_line_id": fields.required_text(line, "order_line_id", path),
        "quantity": units,
        "amount": share.money("price", "amount"),
        "shipping_amount": share.money("shipping_price", "shipping_amount"),
        "reason_code": reason,
    }
    if currency:
        row["currency_iso_code"] = currency
    names = ("taxes", "shipping_taxes", "fees") if with_taxes else ("fees",)
    for name in names:
        rows = share.coded(name)
        if rows:
            row[name] = rows
    return row


class _Share:
    """The part of a line's money that goes with some of its units."""

    def __init__(
        self, line: Json, path: str, units: int, left: int, currency: str
    ) -> None:
        self._line, self._path = line, path
        self._units, self._left = units, left
        self._step = Decimal("0.01")
        if currency in _WHOLE:
            self._step = Decimal(1)
        elif currency in _THOUSANDTH:
            self._step = Decimal("0.001")

    def money(self, name: str, cancelled_as: str) -> float:
        """The share of an amount of the line."""
        whole = fields.amount(self._line, name, self._path) or Decimal(0)
        gone = sum(
            (
                fields.amount(row, cancelled_as, f"{self._path}cancelations.")
                or Decimal(0)
                for row in self._earlier()
            ),
            Decimal(0),
        )
        return self._of(whole - gone)

    def coded(self, name: str) -> list[dict[str, Any]]:
        """The shares of taxes or fees, by their codes."""
        found: dict[str, Decimal] = {}
        for sign, source, path in (
            (1, self._line, self._path),
            *((-1, row, f"{self._path}cancelations.") for row in self._earlier()),
        ):
            for row in fields.rows(source, name, path):
                code = fields.text(row, "code", f"{path}{name}.")
                amount = fields.amount(row, "amount", f"{path}{name}.") or Decimal(0)
                found[code] = found.get(code, Decimal(0)) + sign * amount
        return [
            {"code": code, "amount": self._of(left)}
            for code, left in found.items()
            if code
        ]

    def _earlier(self) -> list[Json]:
        return fields.rows(self._line, "cancelations", self._path)

    def _of(self, left: Decimal) -> float:
        """By units, to the smallest coin; a JSON number of the same digits."""
        left = max(left, Decimal(0))
        if self._units < self._left:
            left = (left * self._units / self._left).quantize(self._step, ROUND_HALF_UP)
        return float(left)
