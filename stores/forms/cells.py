"""A form's field that reads what is typed as a column of an import does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from stores.imports.cells import BadCellError, Column


class CellField(forms.CharField):
    """A field with a column's label, help and rules: '12,50' is '12.50' here too.

    ``loose``: nothing may stand there, and is then '' whatever the column says.
    """

    def __init__(self, column: Column, *, loose: bool = False) -> None:
        self.column, self.loose = column, loose
        super().__init__(
            label=column.label,
            help_text=column.help,
            required=column.required and not loose,
        )

    def to_python(self, value: Any) -> Any:
        """The value as our rows hold it."""
        text = super().to_python(value)
        if not text and (self.required or self.loose):
            return text
        try:
            return self.column.read(str(text))
        except BadCellError as error:
            raise ValidationError(str(error)) from None

    def run_validators(self, value: Any) -> None:
        """The column's reader has said all there is to say."""
        if isinstance(value, str):
            super().run_validators(value)

    def prepare_value(self, value: Any) -> Any:
        """Amounts as they are typed."""
        return f"{value:f}" if isinstance(value, Decimal) else value
