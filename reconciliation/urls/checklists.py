"""Checklists: where each page is."""

from __future__ import annotations

from django.urls import URLPattern, path

from reconciliation.views import (
    checklist_acts,
    checklist_define,
    checklist_past,
    checklists,
)

urlpatterns: list[URLPattern] = [
    path("", checklists.today, name="checklists"),
    path("past/", checklist_past.calendar, name="checklist_calendar"),
    path("past/items.csv", checklist_past.month_csv, name="checklist_month_csv"),
    path("lists/", checklist_define.lists, name="checklist_lists"),
    path("lists/new/", checklist_define.create, name="checklist_create"),
    path("lists/<int:pk>/", checklist_define.edit, name="checklist_define"),
    path("lists/<int:pk>/switch/", checklist_define.switch, name="checklist_switch"),
    path("lists/<int:pk>/delete/", checklist_define.delete, name="checklist_delete"),
    path("lists/<int:pk>/begin/", checklist_acts.make, name="checklist_make"),
    path("runs/<int:pk>/", checklists.run, name="checklist_run"),
    path("runs/<int:pk>/changed/", checklists.changed, name="checklist_changed"),
    path("runs/<int:pk>/print/", checklists.print_view, name="checklist_print"),
    path("runs/<int:pk>/items.csv", checklist_past.run_csv, name="checklist_csv"),
    path("runs/<int:pk>/look/", checklist_acts.look, name="checklist_look"),
    path("runs/<int:pk>/sign/", checklist_acts.sign, name="checklist_sign"),
    path("runs/<int:pk>/back/", checklist_acts.send_back, name="checklist_back"),
    path(
        "runs/<int:pk>/items/<int:tick_pk>/", checklist_acts.tick, name="checklist_tick"
    ),
]
