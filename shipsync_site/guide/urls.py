"""Help."""

from __future__ import annotations

from django.urls import path

from shipsync_site.guide import views

urlpatterns = [
    path("help/", views.overview, name="help"),
    path("help/cases/", views.list_kinds, name="help_kinds"),
    path("help/cases/<slug:code>/", views.kind, name="help_kind"),
    path("help/<slug:code>/", views.page, name="help_page"),
]
