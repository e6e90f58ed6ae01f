"""A transaction of eBay's Finances as lines of a settlement; pure.

``amount`` is net of fees: a sale's line is what was sold, each fee stands below it, and
together they come to the net. Of a refund the fees are given back. What eBay collects
as tax (eBayCollectedTaxAmount) never reaches the seller and is no line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from stores.connectors.ebay import fields
from stores.connectors.ebay.fields import FieldError, Json
from stores.remote_money import LineKind, MoneyLine

# TransactionTypeEnum: (what the seller gets, what is taken).
_TYPES = {
    "SALE": (LineKind.SALE, LineKind.SALE),
    "REFUND": (LineKind.REFUND, LineKind.REFUND),
    "CREDIT": (LineKind.ADJUSTMENT, LineKind.ADJUSTMENT),
    "ADJUSTMENT": (LineKind.ADJUSTMENT, LineKind.ADJUSTMENT),
    "DISPUTE": (LineKind.DISPUTE, LineKind.DISPUTE),
    "SHIPPING_LABEL": (LineKind.LABEL_CREDIT, LineKind.LABEL),
    "TRANSFER": (LineKind.TRANSFER, LineKind.TRANSFER),
    "WITHDRAWAL": (LineKind.TRANSFER, LineKind.TRANSFER),
    "NON_SALE_CHARGE": (LineKind.REFUND_FEE, LineKind.FEE),
}
_PENALTIES = frozenset({"BELOW_STANDARD_FEE", "HIGH_ITEM_NOT_AS_DESCRIBED_FEE"})
_WITHHELD = ("TAX_DEDUCTION", "WITHHOLDING")
_HELD = frozenset({"FUNDS_ON_HOLD", "FUNDS_PROCESSING", "FAILED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount in the payout's currency; ``note`` is how it was exchanged."""

    value: Decimal
    note: str = ""


def lines_of(row: Json, path: str, currency: str) -> list[MoneyLine]:
    """What one transaction is made of; the lines add up to its net amount.

    Raises FieldError, also for an amount in another currency than the payout's.
    """
    raw = fields.required_text(row, "transactionType", path)
    sign = -1 if _is_debit(row, path) else 1
    net = money(row, "amount", path, currency)
    if net is None:
        raise FieldError(f"{path}amount", "is missing")
    parts = _Parts(row, path, currency, sign)
    whole = sign * net.value - sum((x.amount for x in parts.lines), Decimal(0))
    charge = fields.text(row, "feeType", path)
    kind = _kind(raw, charge, gains=sign > 0)
    notes = [
        fields.text(row, "transactionMemo", path),
        _held(fields.text(row, "transactionStatus", path)),
        net.note,
    ]
    head = parts.line(
        kind,
        whole,
        raw_kind=charge or fields.text(row, "bookingEntry", path),
        raw_description=_joined(notes),
        item_ref=parts.only_item,
    )
    return [head, *parts.lines]


def money(source: Json, name: str, path: str, currency: str) -> Money | None:
    """An amount in this currency: as it is, or as it was before eBay exchanged it."""
    found = fields.money(source, name, path)
    if found is None:
        return None
    value, given = found
    inner = fields.obj(source, name, path)
    before = fields.text(inner, "convertedFromCurrency", f"{path}{name}.")
    rate = fields.text(inner, "exchangeRate", f"{path}{name}.")
    original = {"value": inner.get("convertedFromValue"), "currency": before}
    if given == currency:
        note = f"{original['value']} {before} at {rate}" if before else ""
        return Money(value=value, note=note)
    if before == currency:
        exchanged = fields.money({name: original}, name, path)
        if exchanged is not None:
            return Money(value=exchanged[0], note=f"{value} {given} at {rate}")
    raise FieldError(
        f"{path}{name}", f"is in {given}, and the payout is counted in {currency}"
    )


def fee_kind(raw: str, *, given_back: bool = False) -> LineKind:
    """FeeTypeEnum in our words: what is not known here is a fee all the same."""
    if any(word in raw for word in _WITHHELD):
        return LineKind.WITHHELD_TAX
    if given_back:
        return LineKind.REFUND_FEE
    if raw in _PENALTIES:
        return LineKind.PENALTY
    if raw in ("AD_FEE", "PREMIUM_AD_FEES") or raw.startswith("PROMOTED"):
        return LineKind.ADVERTISING
    if "SUBSCRIPTION" in raw:
        return LineKind.SUBSCRIPTION
    return LineKind.FEE


class _Parts:
    """The fees of a transaction as lines, by the order line that they are for."""

    def __init__(self, row: Json, path: str, currency: str, sign: int) -> None:
        self._row, self._path, self._currency = row, path, currency
        self._sign = sign
        self._raw = fields.text(row, "transactionType", path)
        self._id = fields.text(row, "transactionId", path)
        self._order = fields.text(row, "orderId", path)
        self._at = _posted(row, path)
        self.lines: list[MoneyLine] = []
        items = fields.rows(row, "orderLineItems", path)
        self.only_item = ""
        for index, item in enumerate(items):
            inner = f"{path}orderLineItems[{index}]."
            item_id = fields.text(item, "lineItemId", inner)
            if len(items) == 1:
                self.only_item = item_id
            self._read(item, inner, item_id, "marketplaceFees")
            self._read(item, inner, item_id, "donations")
        self._rest()

    def line(
        self,
        kind: LineKind,
        amount: Decimal,
        *,
        raw_kind: str,
        raw_description: str = "",
        item_ref: str = "",
    ) -> MoneyLine:
        return MoneyLine(
            kind=kind,
            amount=amount,
            raw_type=self._raw,
            raw_kind=raw_kind,
            raw_description=raw_description[:200],
            posted_at=self._at,
            order_ref=self._order,
            item_ref=item_ref,
            remote_line=self._id,
            adjustment_ref=self._adjustment(),
        )

    def _read(self, item: Json, path: str, item_id: str, name: str) -> None:
        for index, fee in enumerate(fields.rows(item, name, path)):
            inner = f"{path}{name}[{index}]."
            amount = money(fee, "amount", inner, self._currency)
            if amount is None or not amount.value:
                continue
            raw = fields.text(fee, "feeType", inner)
            kind = fee_kind(raw, given_back=self._sign < 0)
            if name == "donations":
                kind = LineKind.ADJUSTMENT
            memo = _joined([fields.text(fee, "feeMemo", inner), amount.note])
            self.lines.append(
                self.line(
                    kind,
                    -self._sign * amount.value,
                    raw_kind=raw or name,
                    raw_description=memo,
                    item_ref=item_id,
                )
            )

    def _rest(self) -> None:
        """What totalFeeAmount holds beyond the fees that are named."""
        total = money(self._row, "totalFeeAmount", self._path, self._currency)
        if total is None or fields.text(self._row, "feeType", self._path):
            return
        named = sum((line.amount for line in self.lines), Decimal(0))
        rest = -self._sign * total.value - named
        if rest:
            kind = LineKind.REFUND_FEE if self._sign < 0 else LineKind.FEE
            note = "fees that eBay does not break down"
            line = self.line(
                kind, rest, raw_kind="totalFeeAmount", raw_description=note
            )
            self.lines.append(line)

    def _adjustment(self) -> str:
        if self._raw not in ("REFUND", "DISPUTE"):
            return ""
        path = f"{self._path}references."
        for row in fields.rows(self._row, "references", self._path):
            if found := fields.text(row, "referenceId", path):
                return found
        return self._id


def _is_debit(row: Json, path: str) -> bool:
    entry = fields.required_text(row, "bookingEntry", path)
    if entry not in ("CREDIT", "DEBIT"):
        raise FieldError(f"{path}bookingEntry", f"is neither CREDIT nor DEBIT: {entry}")
    return entry == "DEBIT"


def _kind(raw: str, charge: str, *, gains: bool) -> LineKind:
    if raw == "NON_SALE_CHARGE" and charge:
        return fee_kind(charge, given_back=gains)
    other = LineKind.OTHER
    return _TYPES.get(raw, (other, other))[0 if gains else 1]


def _posted(row: Json, path: str) -> datetime | None:
    return fields.moment(row, "transactionDate", path)


def _held(status: str) -> str:
    """A state of the money that says more than that it is paid out."""
    return status if status in _HELD else ""


def _joined(notes: list[str]) -> str:
    return " · ".join(note for note in notes if note)[:200]
