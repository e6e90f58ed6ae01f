"""Settlements: where each page is."""

from __future__ import annotations

from django.urls import URLPattern, path

from reconciliation.views import (
    settlement_all_lines,
    settlement_files,
    settlement_formats,
    settlement_lines,
    settlement_months,
    settlements,
)

urlpatterns: list[URLPattern] = [
    path("", settlements.list_settlements, name="settlements"),
    path("csv/", settlements.list_csv, name="settlements_csv"),
    path("lines/", settlement_all_lines.list_lines, name="settlement_lines"),
    path("lines/csv/", settlement_all_lines.export, name="settlement_lines_csv"),
    path("months/", settlement_months.months, name="settlement_months"),
    path("months/csv/", settlement_months.months_csv, name="settlement_months_csv"),
    path("reserve/<int:pk>/", settlement_months.reserve, name="settlement_reserve"),
    path("upload/", settlement_files.upload, name="settlement_upload"),
    path("formats/new/", settlement_formats.edit, name="settlement_format_new"),
    path("formats/<int:pk>/", settlement_formats.edit, name="settlement_format"),
    path("fetch/<int:pk>/", settlement_files.fetch_now, name="settlement_fetch"),
    path("files/", settlement_files.list_files, name="settlement_files"),
    path("files/<int:pk>/", settlement_files.detail, name="settlement_file"),
    path(
        "files/<int:pk>/problems/",
        settlement_files.problems_csv,
        name="settlement_file_problems",
    ),
    path("<int:pk>/", settlements.detail, name="settlement"),
    path("<int:pk>/csv/", settlements.lines_csv, name="settlement_csv"),
    path("<int:pk>/sign/", settlements.sign, name="settlement_sign"),
    path("<int:pk>/unsign/", settlements.unsign, name="settlement_unsign"),
    path("<int:pk>/compare/", settlements.compare_again, name="settlement_compare"),
    path(
        "<int:pk>/lines/<int:number>/", settlement_lines.detail, name="settlement_line"
    ),
    path(
        "<int:pk>/lines/<int:number>/match/",
        settlement_lines.match,
        name="settlement_match",
    ),
]
