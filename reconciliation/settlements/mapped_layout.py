"""How a person's CSV is laid out, and what they typed beside it; plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from reconciliation.models import SettlementFormat
from stores.flat_values import Order
from stores.remote_money import LineKind

# Our fields, as people read them. An amount stands in one column, or in two.
FIELDS = {
    "amount": "Amount",
    "credit": "Paid to us (credit)",
    "debit": "Taken from us (debit)",
    "kind": "Kind",
    "raw_kind": "Second kind",
    "raw_description": "Description",
    "posted_at": "Date",
    "order_ref": "Order number",
    "item_ref": "Line id",
    "sku": "SKU",
    "quantity": "Quantity",
    "remote_line": "Id of this entry",
    "adjustment_ref": "Refund id",
    "marketplace": "Marketplace",
    "currency": "Currency",
    "settlement": "Settlement id",
}
AMOUNTS = ("amount", "credit", "debit")
DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar"}
# Stands for every kind that is not named.
ANY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a SettlementFormat says.

    ``columns`` maps our fields to header names, ``kinds`` what stands in the kind's
    column ('kind' or 'kind / second kind', ANY for the rest) to our kinds. The row whose
    ``total_column`` holds ``total_value`` is the deposit, with its sign turned where
    ``total_negated``. ``negated``: amounts are from the buyer's side.
    """

    columns: Mapping[str, str]
    kinds: Mapping[str, LineKind] = field(default_factory=dict)
    total_column: str = ""
    total_value: str = ""
    total_negated: bool = False
    negated: bool = False
    point: str = "."
    order: Order = Order.DAY_FIRST
    delimiter: str = ","
    currency: str = ""

    @classmethod
    def of(cls, form: SettlementFormat) -> Layout:
        """From the row; what it says of columns that we do not know is left out."""
        kept = dict(form.columns)
        total = kept.pop("total", None) or {}
        kinds = kept.pop("kinds", None) or {}
        negated = bool(kept.pop("negated", False))
        return cls(
            columns={x: str(kept[x]) for x in FIELDS if kept.get(x)},
            kinds={
                folded(name): LineKind(kind)
                for name, kind in kinds.items()
                if kind in LineKind.values
            },
            total_column=str(total.get("column") or ""),
            total_value=folded(str(total.get("value") or "")),
            total_negated=bool(total.get("negated")),
            negated=negated,
            point="," if form.decimal_comma else ".",
            order=Order.DAY_FIRST if form.day_first else Order.MONTH_FIRST,
            delimiter=form.delimiter or ",",
            currency=form.currency,
        )

    @property
    def named(self) -> list[str]:
        """The header names that have to be there."""
        names = [*self.columns.values(), self.total_column]
        return list(dict.fromkeys(filter(None, names)))

    def kind_of(self, kind: str, second: str) -> LineKind:
        """Our word for what stands there; OTHER where the person named none."""
        for name in (folded(f"{kind} / {second}"), folded(kind), ANY):
            if name in self.kinds:
                return self.kinds[name]
        return LineKind.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a person typed beside the file; '' and None where the file says it."""

    remote_id: str = ""
    total: Decimal | None = None
    deposited_at: datetime | None = None
    currency: str = ""

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Given:
        """From the JSON that a file keeps."""
        total, at = kept.get("total"), kept.get("deposited_at")
        return cls(
            remote_id=str(kept.get("remote_id") or ""),
            total=Decimal(str(total)) if total not in (None, "") else None,
            deposited_at=datetime.fromisoformat(at) if at else None,
            currency=str(kept.get("currency") or ""),
        )

    def kept(self) -> dict[str, str]:
        """As the JSON that a file keeps."""
        return {
            "remote_id": self.remote_id,
            "total": "" if self.total is None else str(self.total),
            "deposited_at": self.deposited_at.isoformat() if self.deposited_at else "",
            "currency": self.currency,
        }


def folded(text: str) -> str:
    """A text as it is compared: without case and blanks around."""
    return " ".join(text.split()).casefold()
