"""Who exported what, and reports that go out by themselves: where each page is."""

from __future__ import annotations

from django.urls import URLPattern, path

from reconciliation.views import exports, schedules

urlpatterns: list[URLPattern] = [
    path("", exports.list_reports, name="exports"),
    path("log/", exports.list_log, name="export_log"),
    path("schedules/", schedules.list_schedules, name="schedules"),
    path("schedules/new/", schedules.create, name="schedule_create"),
    path("schedules/<int:pk>/", schedules.edit, name="schedule"),
    path("schedules/<int:pk>/send/", schedules.send, name="schedule_send"),
    path("schedules/<int:pk>/delete/", schedules.delete, name="schedule_delete"),
    path("<slug:code>/", exports.detail, name="export"),
    path("<slug:code>.csv", exports.take, name="export_csv"),
    path("<slug:code>/buyers.csv", exports.take_unmasked, name="export_unmasked"),
]
