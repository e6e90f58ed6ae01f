"""Stores and the rules they run under."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from shipsync_site.lib.clock_field import BusinessTimeField
from stores.connectors import connector_choices
from stores.models.account import RemoteAccount, ShipStationAccount


class StoreMode(models.TextChoices):
    """Who brings orders into ShipStation."""

    ORCHESTRATED = "orchestrated", "Orchestrated: shipsync creates the orders"
    DIRECT = "direct", "Direct: ShipStation imports, shipsync watches"


class StoreState(models.TextChoices):
    """Whether a store's orders move."""

    DRAFT = "draft", "Draft"
    SHADOW = "shadow", "Shadow: everything but sending"
    LIVE = "live", "Live"
    PAUSED = "paused", "Paused"


class Store(models.Model):
    """One seller account on one marketplace, and where its orders are shipped from.

    Written by people in forms; ``state`` also by the engine when credentials fail.
    Orders placed from ``live_from`` on and before ``live_until`` are ours to create in
    ShipStation; others belong to another route (NULL: no such bound).
    """

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    remote_account = models.ForeignKey(
        RemoteAccount, on_delete=models.PROTECT, related_name="stores"
    )
    remote_marketplace = models.CharField(max_length=60)
    shipstation_account = models.ForeignKey(
        ShipStationAccount, on_delete=models.PROTECT, related_name="stores"
    )
    shipstation_store_id = models.BigIntegerField()
    mode = models.CharField(
        max_length=20, choices=StoreMode.choices, default=StoreMode.ORCHESTRATED
    )
    state = models.CharField(
        max_length=20, choices=StoreState.choices, default=StoreState.DRAFT
    )
    pause_reason = models.CharField(max_length=300, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    timezone = models.CharField(max_length=50, default="Europe/London")
    ship_from_country = models.CharField(max_length=2, default="GB")
    last_pull_at = models.DateTimeField(null=True, blank=True)
    shadow_from = models.DateTimeField(null=True, blank=True)
    live_from = models.DateTimeField(null=True, blank=True)
    live_until = models.DateTimeField(null=True, blank=True)
    created_at = BusinessTimeField(auto_now_add=True)
    updated_at = BusinessTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["remote_account", "remote_marketplace"], name="store_once"
            )
        ]
        permissions = [
            ("configure_store", "Can configure stores and accounts"),
            ("pause_store", "Can pause and resume stores and accounts"),
            ("test_connection", "Can test connections"),
            ("sync_now", "Can start a sync now"),
            ("decide_rules", "Can decide a store's operating model and take it live"),
            ("manage_products", "Can edit products, kits and SKU aliases"),
        ]

    def __str__(self) -> str:
        return self.name


class ConfirmTiming(models.TextChoices):
    """When a dispatch is confirmed to the marketplace; never past ship-by."""

    AT_LABEL = "at_label", "As soon as the label exists"
    SHIP_DATE = "ship_date", "On the label's ship date"
    HOURS_AFTER = "hours_after", "A number of hours after the label"


class CancelRequestPolicy(models.TextChoices):
    """What a buyer's cancel request does to an order without a label."""

    ASK = "ask", "Hold, and let customer service decide"
    CANCEL = "cancel", "Hold, then cancel in ShipStation"


class CombinedPolicy(models.TextChoices):
    """What happens when ShipStation combined orders into one parcel."""

    FORBID = "forbid", "Forbid: stop the parcel until it is taken apart"
    CONFIRM_EACH = "confirm_each", "Confirm each order with the parcel's tracking"
    ASK = "ask", "Ask a person before confirming"


class AfterLabelPolicy(models.TextChoices):
    """What a cancellation does to an order that has its label."""

    ASK = "ask", "Keep its confirmation back for customer service, till near ship-by"
    SHIP = "ship", "Let it go: confirm it, and show the request to customer service"


class BuyerAnswer(models.TextChoices):
    """Who answers a buyer's request to cancel at the marketplace."""

    CONSOLE = "console", "A person here: shipsync tells the marketplace"
    SELLER_CENTRE = "seller_centre", "A person in the marketplace's own seller pages"


class TaxRoute(models.TextChoices):
    """Where a tax number goes, so that it reaches the customs data of the label."""

    NONE = "none", "Nowhere: ShipStation's own settings carry it"
    CUSTOM_FIELD_1 = "custom_field_1", "A marker in custom field 1"
    CUSTOM_FIELD_2 = "custom_field_2", "A marker in custom field 2"
    CUSTOM_FIELD_3 = "custom_field_3", "A marker in custom field 3"
    TAG = "tag", "A tag of the ShipStation account"
    V2 = "v2", "The tax identifiers of ShipStation's newer interface"


class UnknownSku(models.TextChoices):
    """What happens to an order with a SKU that is no product, kit or alias here."""

    PUSH = "push", "Send it as the marketplace names it"
    HOLD = "hold", "Ask a person before it is sent"


class CustomsCheck(models.TextChoices):
    """What happens abroad when a product's customs data is incomplete."""

    WARN = "warn", "Send it, with a remark"
    HOLD = "hold", "Ask a person before it is sent"


class AcceptancePolicy(models.TextChoices):
    """Who takes orders that wait for the seller's yes."""

    ASK = "ask", "A person decides about each order"
    AUTO = "auto", "shipsync accepts each order at once"


class ShippedOwner(models.TextChoices):
    """Who tells the marketplace that an order of ShipStation's own store has left."""

    SHIPSTATION = "shipstation", "ShipStation's own connection tells it"
    SHIPSYNC = "shipsync", "shipsync tells it"


# The four decisions of a store, by the code that OperatingModel.decided lists.
DECISIONS = ("cancellations", "tax", "shipped", "combined")

# ShipStation imports by its own refresh, whose plan no interface shows. Two hours are
# two of the hourly refreshes that merchants see, so that one that was missed is no case.
ARRIVES_WITHIN = 120
# The default setting tells with the label; others wait for the scan or the evening. A
# late one is told again by the margin before ship-by, whatever is set here.
TOLD_WITHIN = 6


class OperatingModel(models.Model):
    """The rules of one store, one row per version; the highest version is in force.

    Never changed once written: a change is a new version with its author and ``note``.
    ``decided`` lists which of DECISIONS a person has made, in this version or before.
    """

    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="operating_models"
    )
    version = models.PositiveIntegerField()
    confirm_timing = models.CharField(
        max_length=20, choices=ConfirmTiming.choices, default=ConfirmTiming.AT_LABEL
    )
    confirm_hours = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(168)]
    )
    confirm_margin_minutes = models.PositiveSmallIntegerField(default=60)
    release_window_minutes = models.PositiveSmallIntegerField(default=0)
    cancel_request = models.CharField(
        max_length=20,
        choices=CancelRequestPolicy.choices,
        default=CancelRequestPolicy.ASK,
    )
    combined = models.CharField(
        max_length=20,
        choices=CombinedPolicy.choices,
        default=CombinedPolicy.ASK,
    )
    acceptance = models.CharField(
        max_length=20,
        choices=AcceptancePolicy.choices,
        default=AcceptancePolicy.ASK,
    )
    # Direct mode alone: what ShipStation's own connection of the store is asked for.
    shipped_owner = models.CharField(
        max_length=20,
        choices=ShippedOwner.choices,
        default=ShippedOwner.SHIPSTATION,
    )
    arrives_within_minutes = models.PositiveSmallIntegerField(
        default=ARRIVES_WITHIN,
        validators=[MinValueValidator(10), MaxValueValidator(2880)],
    )
    told_within_hours = models.PositiveSmallIntegerField(
        default=TOLD_WITHIN, validators=[MinValueValidator(1), MaxValueValidator(168)]
    )
    # Above this, in the order's own currency, a second person has to say yes too.
    four_eyes_above = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    after_label = models.CharField(
        max_length=20, choices=AfterLabelPolicy.choices, default=AfterLabelPolicy.ASK
    )
    answered_by = models.CharField(
        max_length=20, choices=BuyerAnswer.choices, default=BuyerAnswer.CONSOLE
    )
    tax_route = models.CharField(
        max_length=20, choices=TaxRoute.choices, default=TaxRoute.CUSTOM_FIELD_1
    )
    tax_tag_id = models.PositiveIntegerField(null=True, blank=True)
    unknown_sku = models.CharField(
        max_length=20, choices=UnknownSku.choices, default=UnknownSku.PUSH
    )
    customs_check = models.CharField(
        max_length=20, choices=CustomsCheck.choices, default=CustomsCheck.WARN
    )
    # How many dispatches must have been seen before 'who tells' counts as known.
    notify_samples = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(1)]
    )
    # The shadow: so many orders compared, with at most so many unexplained. 0: there is
    # no other route to compare with.
    shadow_minimum = models.PositiveSmallIntegerField(default=10)
    shadow_tolerance = models.PositiveSmallIntegerField(default=0)
    decided = models.JSONField(default=list, blank=True)
    note = models.CharField(max_length=300, blank=True)
    created_at = BusinessTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "version"], name="operating_model_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.store} v{self.version}"


class CarrierMapping(models.Model):
    """Which code a marketplace wants for a ShipStation carrier (and service).

    ``shipstation_service`` '' is any service; ``store`` NULL is every store of the
    marketplace. The most specific row wins. Defaults come from the connector.
    """

    marketplace = models.CharField(max_length=30, choices=connector_choices)
    store = models.ForeignKey(
        Store,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="carrier_mappings",
    )
    shipstation_carrier = models.CharField(max_length=60)
    shipstation_service = models.CharField(max_length=100, blank=True)
    carrier_code = models.CharField(max_length=60)
    carrier_name = models.CharField(max_length=100, blank=True)
    service = models.CharField(max_length=100, blank=True)
    is_default = models.BooleanField(default=False)
    updated_at = BusinessTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "shipstation_carrier", "shipstation_service"],
                name="carrier_mapping_store_once",
                condition=models.Q(store__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["marketplace", "shipstation_carrier", "shipstation_service"],
                name="carrier_mapping_once",
                condition=models.Q(store__isnull=True),
            ),
        ]
        permissions = [("map_carriers", "Can map carriers")]

    def __str__(self) -> str:
        return f"{self.shipstation_carrier} → {self.carrier_code}"
