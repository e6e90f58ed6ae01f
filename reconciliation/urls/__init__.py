"""Where each page is; an area's pages are in the module of its name."""

from __future__ import annotations

from django.urls import include, path

app_name = "reconciliation"
urlpatterns = [
    path("reconcile/", include("reconciliation.urls.runs")),
    path("checklists/", include("reconciliation.urls.checklists")),
    path("settlements/", include("reconciliation.urls.settlements")),
    path("standards/", include("reconciliation.urls.standards")),
    path("exports/", include("reconciliation.urls.exports")),
]
