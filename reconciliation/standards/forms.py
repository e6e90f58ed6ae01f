"""A store's own limit, entered in per cent as marketplaces write it."""

from __future__ import annotations

from decimal import Decimal

from django import forms


class LimitForm(forms.Form):
    """The limit and why it is not the marketplace's."""

    percent = forms.DecimalField(
        label="Limit in %",
        min_value=Decimal(0),
        max_value=Decimal(100),
        decimal_places=3,
        max_digits=6,
        help_text="As the marketplace writes it: 4 for '4 %', 95 for 'at least 95 %'.",
    )
    note = forms.CharField(
        label="Why",
        max_length=300,
        help_text="Where the figure is from: others judge the store by it.",
    )

    @property
    def share(self) -> Decimal:
        """The limit as a share."""
        percent: Decimal = self.cleaned_data["percent"]
        return percent / 100
