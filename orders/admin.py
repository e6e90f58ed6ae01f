"""Raw look-ups for superusers: nothing is written here and no buyer is shown."""

from __future__ import annotations

from django.contrib import admin

from orders import models
from shipsync_site.lib.read_only_admin import ReadOnlyAdmin


@admin.register(models.Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["number", "store", "stage", "status", "ship_by", "next_look_at"]
    list_filter = ["stage", "store"]
    list_select_related = ["store"]
    search_fields = ["number", "remote_id", "order_key"]
    show_full_result_count = False


@admin.register(models.SyncJob)
class SyncJobAdmin(ReadOnlyAdmin):
    list_display = ["order", "peer", "operation", "dirty", "due_at", "parked"]
    list_filter = ["peer", "dirty"]
    list_select_related = ["order"]
    search_fields = ["order__number"]
    show_full_result_count = False


@admin.register(models.SyncAttempt)
class SyncAttemptAdmin(ReadOnlyAdmin):
    list_display = ["started_at", "order", "operation", "outcome", "error_code"]
    list_filter = ["outcome", "operation"]
    list_select_related = ["order"]
    search_fields = ["order__number"]
    ordering = ["-pk"]
    show_full_result_count = False


@admin.register(models.OrderEvent)
class OrderEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "order", "system", "verb", "text"]
    list_filter = ["system"]
    list_select_related = ["order"]
    search_fields = ["order__number"]
    ordering = ["-pk"]
    show_full_result_count = False


@admin.register(models.OrderException)
class OrderExceptionAdmin(ReadOnlyAdmin):
    list_display = ["kind", "summary", "team", "state", "deadline"]
    list_filter = ["state", "team", "kind"]
    search_fields = ["order__number"]


@admin.register(models.Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ["at", "order", "verb", "by_name"]
    list_select_related = ["order"]
    ordering = ["-pk"]


@admin.register(models.ShipStationOrder)
class ShipStationOrderAdmin(ReadOnlyAdmin):
    list_display = ["order_number", "ss_order_id", "status", "account", "as_of"]
    list_filter = ["status"]
    list_select_related = ["account"]
    search_fields = ["order_number", "order_key"]
    show_full_result_count = False


@admin.register(models.Shipment)
class ShipmentAdmin(ReadOnlyAdmin):
    list_display = ["tracking_number", "order_number", "carrier_code", "voided"]
    search_fields = ["tracking_number", "order_number"]
    show_full_result_count = False


@admin.register(models.Dispatch)
class DispatchAdmin(ReadOnlyAdmin):
    list_display = ["order", "package_ref", "rung", "rung_at"]
    list_filter = ["rung"]
    list_select_related = ["order"]
    search_fields = ["order__number"]


@admin.register(models.MergeLink)
class MergeLinkAdmin(ReadOnlyAdmin):
    list_display = ["absorbed_id", "primary_id", "as_of"]


@admin.register(models.ParkedRecord)
class ParkedRecordAdmin(ReadOnlyAdmin):
    list_display = ["source", "remote_id", "field", "problem", "last_seen_at"]
    list_filter = ["source"]
