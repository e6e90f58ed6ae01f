"""Raw look-ups for superusers: nothing is written here and no file is opened."""

from __future__ import annotations

from django.contrib import admin

from reconciliation import models
from shipsync_site.lib.read_only_admin import ReadOnlyAdmin


@admin.register(models.Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ["first_day", "last_day", "state", "phase", "done", "total"]
    list_filter = ["state"]


@admin.register(models.RunStore)
class RunStoreAdmin(ReadOnlyAdmin):
    list_display = ["run", "store", "counted", "counted_by", "ours", "compared_at"]
    list_filter = ["store"]
    list_select_related = ["run", "store"]


@admin.register(models.Hit)
class HitAdmin(ReadOnlyAdmin):
    list_display = ["remote_id", "rule", "cause", "expected", "found", "first"]
    list_filter = ["rule"]
    search_fields = ["remote_id"]
    show_full_result_count = False


@admin.register(models.CensusRow)
class CensusRowAdmin(ReadOnlyAdmin):
    list_display = ["remote_id", "status", "units", "ordered_at"]
    search_fields = ["remote_id"]
    show_full_result_count = False


@admin.register(models.Finding)
class FindingAdmin(ReadOnlyAdmin):
    list_display = ["rule", "remote_id", "store", "state", "days", "last_seen"]
    list_filter = ["state", "rule", "store"]
    list_select_related = ["store"]
    search_fields = ["remote_id", "fingerprint"]
    show_full_result_count = False


@admin.register(models.Period)
class PeriodAdmin(ReadOnlyAdmin):
    list_display = ["store", "kind", "first_day", "closed_at", "reopened_at"]
    list_filter = ["kind", "store"]
    list_select_related = ["store"]


@admin.register(models.Checklist)
class ChecklistAdmin(ReadOnlyAdmin):
    list_display = ["name", "team", "cadence", "four_eyes", "active"]
    list_filter = ["team", "cadence"]


@admin.register(models.ChecklistRun)
class ChecklistRunAdmin(ReadOnlyAdmin):
    list_display = ["checklist", "day", "state", "signed_as", "second_as", "digest"]
    list_filter = ["state"]
    list_select_related = ["checklist"]


@admin.register(models.ChecklistTick)
class ChecklistTickAdmin(ReadOnlyAdmin):
    list_display = ["run", "position", "text", "ticked_at", "automatic"]
    list_select_related = ["run__checklist"]


@admin.register(models.SettlementFile)
class SettlementFileAdmin(ReadOnlyAdmin):
    list_display = ["name", "account", "source", "state", "problem_count", "digest"]
    list_filter = ["state", "source"]
    list_select_related = ["account"]
    search_fields = ["digest", "remote_ref"]


@admin.register(models.Settlement)
class SettlementAdmin(ReadOnlyAdmin):
    list_display = ["remote_id", "account", "source", "currency", "total", "remainder"]
    list_filter = ["source"]
    list_select_related = ["account"]
    search_fields = ["remote_id"]


@admin.register(models.SettlementLine)
class SettlementLineAdmin(ReadOnlyAdmin):
    list_display = ["settlement", "number", "kind", "amount", "order_ref", "rung"]
    list_filter = ["kind", "rung"]
    list_select_related = ["settlement"]
    search_fields = ["order_ref", "item_ref"]
    show_full_result_count = False


@admin.register(models.StandardReading)
class StandardReadingAdmin(ReadOnlyAdmin):
    list_display = ["store", "metric", "day", "bad", "whole"]
    list_filter = ["metric", "store"]
    list_select_related = ["store"]


@admin.register(models.ExportLog)
class ExportLogAdmin(ReadOnlyAdmin):
    list_display = ["at", "report", "by", "rows", "unmasked", "target", "problem"]
    list_filter = ["unmasked", "report"]
    list_select_related = ["by"]


@admin.register(models.ExportSchedule)
class ExportScheduleAdmin(ReadOnlyAdmin):
    list_display = ["name", "report", "owner", "active", "next_at", "last_problem"]
    list_filter = ["active"]
    list_select_related = ["owner"]
