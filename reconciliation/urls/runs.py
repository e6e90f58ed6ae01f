"""Runs, findings and closed periods: where each page is."""

from __future__ import annotations

from django.urls import URLPattern, path

from reconciliation.views import findings, periods, runs

urlpatterns: list[URLPattern] = [
    path("", runs.list_runs, name="runs"),
    path("start/", runs.start, name="run_start"),
    path("<int:pk>/", runs.detail, name="run"),
    path("<int:pk>/cancel/", runs.cancel, name="run_cancel"),
    path("<int:pk>/go-on/", runs.go_on, name="run_go_on"),
    path("<int:pk>/<slug:store>/<str:code>/", runs.rows, name="run_rows"),
    path("findings/", findings.list_findings, name="findings"),
    path("findings/accept/", findings.accept_many, name="findings_accept"),
    path("findings/reopen/", findings.reopen_many, name="findings_reopen"),
    path("findings/<int:pk>/", findings.detail, name="finding"),
    path("findings/<int:pk>/accept/", findings.accept, name="finding_accept"),
    path("findings/<int:pk>/reopen/", findings.reopen, name="finding_reopen"),
    path("periods/", periods.overview, name="periods"),
    path("periods/close/", periods.close, name="period_close"),
    path("periods/reopen/", periods.reopen, name="period_reopen"),
]
