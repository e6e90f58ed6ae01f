"""The form by which the columns of somebody's CSV are named."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django import forms

from reconciliation.models import LineKind, SettlementFormat
from reconciliation.settlements.mapped_layout import ANY, DELIMITERS, FIELDS, Layout
from reconciliation.settlements.mapped_sample import (
    MOST,
    Sample,
    delimiter_of,
    kinds_of,
    sample_of,
)

COLUMN, KIND = "column_", "kind_"


class FormatForm(forms.Form):
    """A format's name, how numbers and dates are written, and what each column is.

    The columns to choose from come from ``sample``; the kinds from what stands in the
    column that is chosen as kind.
    """

    name = forms.CharField(max_length=100, label="Name of this kind of file")
    delimiter = forms.ChoiceField(
        label="Between columns", choices=[*DELIMITERS.items()]
    )
    decimal_comma = forms.ChoiceField(
        label="Decimals",
        choices=[("", "Point: 1,234.50"), ("yes", "Comma: 1.234,50")],
        required=False,
    )
    day_first = forms.ChoiceField(
        label="Dates",
        choices=[("yes", "Day first: 31/12/2026"), ("", "Month first: 12/31/2026")],
        required=False,
        help_text="2026-12-31 is read either way.",
    )
    currency = forms.CharField(
        max_length=3,
        required=False,
        label="Currency",
        help_text="Three letters, where no column says it.",
    )
    negated = forms.BooleanField(
        required=False,
        label="Amounts are from the buyer's side: turn their sign",
    )
    total_column = forms.ChoiceField(
        required=False,
        label="Column that marks the deposit",
        help_text="Where one row of the file is the deposit itself.",
    )
    total_value = forms.CharField(
        required=False, max_length=100, label="What stands there in that row"
    )
    total_negated = forms.BooleanField(
        required=False, label="That row has the deposit with the sign turned"
    )
    sample = forms.CharField(max_length=MOST * 2, widget=forms.HiddenInput)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, sample: str = "", **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        text = (data or {}).get("sample") or sample
        given = (data or {}).get("delimiter") or self.initial.get("delimiter")
        self.cut: Sample = sample_of(
            text, given if given in DELIMITERS else delimiter_of(text)
        )
        columns = [("", "Not in the file"), *((x, x) for x in self.cut.header if x)]
        for name, label in FIELDS.items():
            self.fields[COLUMN + name] = forms.ChoiceField(
                required=False, label=label, choices=_with(columns, self._old(name))
            )
        total: Any = self.fields["total_column"]
        total.choices = _with(columns, self.initial.get("total_column", ""))
        self._add_kinds()

    def _old(self, name: str) -> str:
        return str(self.initial.get(COLUMN + name) or "")

    def _value(self, name: str) -> str:
        return str((self.data if self.is_bound else self.initial).get(name) or "")

    def _add_kinds(self) -> None:
        chosen = {x: self._value(COLUMN + x) for x in ("kind", "raw_kind")}
        known: dict[str, str] = dict(self.initial.get("kinds") or {})
        words = [*dict.fromkeys([*self.cut.values(kinds_of(chosen)), *known])]
        if kinds_of(chosen) or known:
            words = [x for x in words if x != ANY] + [ANY]
        self.words = {
            f"{KIND}{sha256(word.encode()).hexdigest()[:12]}": word for word in words
        }
        for name, word in self.words.items():
            self.fields[name] = forms.ChoiceField(
                required=False,
                label="Everything else" if word == ANY else word,
                choices=[("", "Something else"), *LineKind.choices],
                initial=known.get(word, ""),
            )

    @property
    def column_fields(self) -> list[forms.BoundField]:
        """The choices of columns."""
        return [self[COLUMN + name] for name in FIELDS]

    @property
    def kind_fields(self) -> list[forms.BoundField]:
        """Our kind for each of the file's words."""
        return [self[name] for name in self.words]

    def clean(self) -> dict[str, Any]:
        """An amount has to stand somewhere, in one column or in two."""
        data = super().clean() or {}
        amount, credit, debit = (
            data.get(COLUMN + x) for x in ("amount", "credit", "debit")
        )
        if not amount and not (credit and debit):
            self.add_error(
                f"{COLUMN}amount",
                "Say in which column the amount stands, or those of credit and debit.",
            )
        if amount and (credit or debit):
            self.add_error(
                f"{COLUMN}amount", "Choose one column, or credit and debit, not both."
            )
        if bool(data.get("total_column")) != bool(data.get("total_value")):
            self.add_error(
                "total_value", "Say both: the column, and what stands there."
            )
        return data

    def columns(self) -> dict[str, Any]:
        """As SettlementFormat.columns keeps it."""
        data = self.cleaned_data
        found: dict[str, Any] = {
            name: data[COLUMN + name] for name in FIELDS if data.get(COLUMN + name)
        }
        kinds = {word: data[name] for name, word in self.words.items() if data[name]}
        if kinds:
            found["kinds"] = kinds
        if data["total_column"]:
            found["total"] = {
                "column": data["total_column"],
                "value": data["total_value"],
                "negated": data["total_negated"],
            }
        if data["negated"]:
            found["negated"] = True
        return found

    def put(self, row: SettlementFormat) -> SettlementFormat:
        """The row as the form says it; not saved."""
        data = self.cleaned_data
        row.name, row.delimiter = data["name"], data["delimiter"]
        row.decimal_comma = data["decimal_comma"] == "yes"
        row.day_first = data["day_first"] == "yes"
        row.currency = data["currency"].upper()
        row.columns = self.columns()
        return row

    def layout(self) -> Layout:
        """How a file would be read."""
        return Layout.of(self.put(SettlementFormat()))


def _with(columns: list[tuple[str, str]], old: str) -> list[tuple[str, str]]:
    """The choices, with what was chosen before though the sample lacks it."""
    known = {code for code, _label in columns}
    return columns if old in known else [*columns, (old, f"{old} (not in the sample)")]


def initial_of(row: SettlementFormat) -> dict[str, Any]:
    """A stored format as the form shows it."""
    kept = dict(row.columns)
    total = kept.pop("total", None) or {}
    kinds = kept.pop("kinds", None) or {}
    return {
        "name": row.name,
        "delimiter": row.delimiter,
        "decimal_comma": "yes" if row.decimal_comma else "",
        "day_first": "yes" if row.day_first else "",
        "currency": row.currency,
        "negated": bool(kept.pop("negated", False)),
        "total_column": total.get("column", ""),
        "total_value": total.get("value", ""),
        "total_negated": bool(total.get("negated")),
        "kinds": kinds,
        **{COLUMN + name: column for name, column in kept.items()},
    }
