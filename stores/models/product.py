"""What is sold: products with their customs data, kits, aliases, attribute rules."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models

from shipsync_site.lib.clock_field import BusinessTimeField
from shipsync_site.lib.sealed import SealedJSONField
from stores.models.store import Store


class Product(models.Model):
    """One SKU of the merchant. Weight in grams; ``customs_value`` of one unit."""

    sku = models.CharField(max_length=100, unique=True)
    title = models.CharField(max_length=300, blank=True)
    customs_description = models.CharField(max_length=100, blank=True)
    hs_code = models.CharField(max_length=12, blank=True)
    origin_country = models.CharField(max_length=2, blank=True)
    weight_grams = models.PositiveIntegerField(null=True, blank=True)
    customs_value = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    currency = models.CharField(max_length=3, blank=True)
    gtin = models.CharField(max_length=14, blank=True, db_index=True)
    asin = models.CharField(max_length=10, blank=True, db_index=True)
    updated_at = BusinessTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.sku


class Kit(models.Model):
    """A SKU that is sold as one and packed as its components."""

    sku = models.CharField(max_length=100, unique=True)
    title = models.CharField(max_length=300, blank=True)
    updated_at = BusinessTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.sku


class KitComponent(models.Model):
    """So many units of a SKU in one kit; ``share`` of its price, NULL by quantity."""

    kit = models.ForeignKey(Kit, on_delete=models.CASCADE, related_name="components")
    sku = models.CharField(max_length=100)
    quantity = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    share = models.DecimalField(
        max_digits=7,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["kit", "sku"], name="kit_component_once")
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"


class AliasBasis(models.TextChoices):
    """Why an alias may stand for all orders."""

    IDENTIFIER = "identifier", "Both carry the same GTIN or ASIN"
    SECOND_PERSON = "second_person", "A second person has agreed"


class SkuAlias(models.Model):
    """A marketplace's SKU and the product or kit it stands for.

    ``store`` NULL is every store. In force once ``approved_at`` is set.
    """

    store = models.ForeignKey(
        Store, null=True, blank=True, on_delete=models.CASCADE, related_name="aliases"
    )
    alias = models.CharField(max_length=100)
    sku = models.CharField(max_length=100)
    basis = models.CharField(max_length=20, choices=AliasBasis.choices, blank=True)
    created_at = BusinessTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "alias"],
                name="sku_alias_store_once",
                condition=models.Q(store__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["alias"],
                name="sku_alias_once",
                condition=models.Q(store__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alias} → {self.sku}"


class AttributeTarget(models.TextChoices):
    """What of a ShipStation order an attribute rule may fill."""

    CUSTOM_FIELD_1 = "custom_field_1", "Custom field 1"
    CUSTOM_FIELD_2 = "custom_field_2", "Custom field 2"
    CUSTOM_FIELD_3 = "custom_field_3", "Custom field 3"
    NOTES = "notes", "A line of the notes for the warehouse"
    GIFT = "gift", "Marked as a gift"
    GIFT_MESSAGE = "gift_message", "Gift message"
    SERVICE = "service", "Requested shipping service"
    WAREHOUSE = "warehouse", "Warehouse (its number in ShipStation)"


class AttributeRule(models.Model):
    """Something of the marketplace's order, or a text, to a field in ShipStation.

    ``path`` and ``when`` are JMESPath over the order as it was read; ``when`` '' is
    always. ``text`` stands where there is no path. The first rule of a target that
    gives a value counts; notes take every one.
    """

    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="attribute_rules"
    )
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=100)
    target = models.CharField(max_length=20, choices=AttributeTarget.choices)
    path = models.CharField(max_length=300, blank=True)
    text = models.CharField(max_length=100, blank=True)
    when = models.CharField(max_length=300, blank=True)
    active = models.BooleanField(default=True)
    created_at = BusinessTimeField(auto_now_add=True)
    updated_at = BusinessTimeField(auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class ImportKind(models.TextChoices):
    """What a CSV file can bring."""

    PRODUCTS = "products", "Products"
    KITS = "kits", "Kits"
    ALIASES = "aliases", "SKU aliases"


class ImportState(models.TextChoices):
    """How far an uploaded file came."""

    PREVIEW = "preview", "Looked at, nothing changed"
    APPLYING = "applying", "Being applied"
    APPLIED = "applied", "Applied"
    UNDOING = "undoing", "Being undone"
    UNDONE = "undone", "Undone"


class ImportBatch(models.Model):
    """One uploaded file: what it would change, what it changed, and the way back.

    ``rows`` is the file as read and what each record would become, ``errors`` (line,
    column, value, message) what is wrong with it, ``before`` what stood there, by the
    record's key. ``position`` counts the records of ``rows`` that were applied, or
    taken back again; ``skipped`` (key, message) are those that others had changed.
    """

    kind = models.CharField(max_length=20, choices=ImportKind.choices)
    state = models.CharField(
        max_length=20, choices=ImportState.choices, default=ImportState.PREVIEW
    )
    file_name = models.CharField(max_length=200)
    rows = SealedJSONField()
    errors = models.JSONField(default=list, blank=True)
    before = SealedJSONField()
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    skipped = models.JSONField(default=list, blank=True)
    created_at = BusinessTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    def __str__(self) -> str:
        return self.file_name
