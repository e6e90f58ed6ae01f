"""Raw look-ups for superusers: nothing is written here and no secret is shown."""

from __future__ import annotations

from django.contrib import admin

from shipsync_site.lib.read_only_admin import ReadOnlyAdmin
from stores import models


@admin.register(models.ShipStationAccount)
class ShipStationAccountAdmin(ReadOnlyAdmin):
    list_display = ["name", "environment", "state", "check_outcome", "checked_at"]
    list_filter = ["state", "environment"]


@admin.register(models.RemoteAccount)
class RemoteAccountAdmin(ReadOnlyAdmin):
    list_display = ["name", "marketplace", "seller_id", "region", "state"]
    list_filter = ["marketplace", "state"]


@admin.register(models.Store)
class StoreAdmin(ReadOnlyAdmin):
    list_display = ["name", "slug", "state", "mode", "last_pull_at"]
    list_filter = ["state", "mode"]


@admin.register(models.OperatingModel)
class OperatingModelAdmin(ReadOnlyAdmin):
    list_display = ["store", "version", "created_at", "created_by"]
    list_filter = ["store"]


@admin.register(models.Operator)
class OperatorAdmin(ReadOnlyAdmin):
    list_display = ["label", "marketplace", "code", "host", "active"]
    list_filter = ["marketplace", "active"]


@admin.register(models.Choice)
class ChoiceAdmin(ReadOnlyAdmin):
    list_display = ["account", "kind", "scope", "code", "label", "standard", "read_at"]
    list_filter = ["kind"]
    search_fields = ["code", "label"]


@admin.register(models.ChoiceList)
class ChoiceListAdmin(ReadOnlyAdmin):
    list_display = ["account", "kind", "scope", "read_at"]


@admin.register(models.CarrierMapping)
class CarrierMappingAdmin(ReadOnlyAdmin):
    list_display = ["shipstation_carrier", "carrier_code", "marketplace", "store"]
    list_filter = ["marketplace"]


@admin.register(models.Budget)
class BudgetAdmin(ReadOnlyAdmin):
    list_display = ["account", "group", "tokens", "capacity", "rate", "period"]


@admin.register(models.Lane)
class LaneAdmin(ReadOnlyAdmin):
    list_display = ["account", "direction", "due_at", "lease_until", "last_ok_at"]
    list_filter = ["direction"]


@admin.register(models.Cursor)
class CursorAdmin(ReadOnlyAdmin):
    list_display = ["account", "stream", "watermark", "completed_at"]


@admin.register(models.RemoteCall)
class RemoteCallAdmin(ReadOnlyAdmin):
    list_display = ["started_at", "account", "operation", "status", "outcome"]
    list_filter = ["outcome", "operation"]
    search_fields = ["request_id", "error_code"]
    ordering = ["-pk"]
    show_full_result_count = False


@admin.register(models.Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ["cluster", "started_at", "beat_at"]


@admin.register(models.WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    list_display = ["account", "enabled", "last_received_at", "ensured_at", "problem"]


@admin.register(models.WebhookReceipt)
class WebhookReceiptAdmin(ReadOnlyAdmin):
    list_display = ["last_at", "source", "topic", "outcome", "repeats", "size"]
    list_filter = ["source", "outcome"]
    ordering = ["-pk"]
    show_full_result_count = False
