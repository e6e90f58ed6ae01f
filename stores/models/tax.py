"""Where tax numbers stand, when they are needed, and what a parcel is worth in euros."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models

from shipsync_site.lib.clock_field import BusinessTimeField
from stores.connectors import connector_choices
from stores.models.store import Store


class TaxSource(models.TextChoices):
    """Where a rule finds its number."""

    CONNECTOR = "connector", "Where the marketplace's connector reads it"
    PATH = "path", "At a path of the marketplace's order"
    CONSTANT = "constant", "A number that is always the same"


class TaxRule(models.Model):
    """One rule of a store: for such parcels this scheme applies, its number is there.

    Rules are asked in the order of ``position``; the first that fits counts.
    ``countries``: ISO 3166 alpha-2, 'EU' for its members, empty for any. ``max_value``
    in euros of the goods, NULL for any. ``expected``: an order that fits and has no
    number is held. ``path`` is JMESPath over the marketplace's order as it was read.
    ``own``: the number is the seller's own registration, not the marketplace's.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="tax_rules")
    position = models.PositiveSmallIntegerField(default=0)
    scheme = models.CharField(max_length=30)
    source = models.CharField(
        max_length=20, choices=TaxSource.choices, default=TaxSource.CONNECTOR
    )
    path = models.CharField(max_length=300, blank=True)
    number = models.CharField(max_length=40, blank=True)
    own = models.BooleanField(default=False)
    countries = models.JSONField(default=list, blank=True)
    max_value = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    expected = models.BooleanField(default=True)
    issuing_country = models.CharField(max_length=2, blank=True)
    entity = models.CharField(max_length=20, default="shipper")
    active = models.BooleanField(default=True)
    created_at = BusinessTimeField(auto_now_add=True)
    updated_at = BusinessTimeField(auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.scheme} of {self.store}"


class ExchangeRate(models.Model):
    """So many units of a currency for one euro, from a day on until the next row."""

    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    per_euro = models.DecimalField(
        max_digits=14, decimal_places=6, validators=[MinValueValidator(0)]
    )
    created_at = BusinessTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["currency", "valid_from"], name="exchange_rate_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.per_euro} {self.currency} from {self.valid_from}"


class EligibleCarrier(models.Model):
    """A carrier that a marketplace takes for small parcels into a customs union.

    Kept by people: no interface lists them. ``destination``: ISO 3166 alpha-2 or 'EU'.
    ``carrier_code`` is the marketplace's own code; ``service`` '' is any.
    """

    marketplace = models.CharField(max_length=30, choices=connector_choices)
    destination = models.CharField(max_length=2)
    carrier_code = models.CharField(max_length=60)
    service = models.CharField(max_length=100, blank=True)
    created_at = BusinessTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "destination", "carrier_code", "service"],
                name="eligible_carrier_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.carrier_code} {self.service} to {self.destination}"
