"""Training."""

from __future__ import annotations

from django.urls import path

from shipsync_site.training import views

urlpatterns = [
    path("training/", views.list_lessons, name="training"),
    path("training/people/", views.people, name="training_people"),
    path("training/people/export.csv", views.export, name="training_csv"),
    path("training/<slug:code>/", views.detail, name="lesson"),
    path("training/<slug:code>/start/", views.start, name="lesson_start"),
    path("training/<slug:code>/go-on/", views.go_on, name="lesson_go_on"),
    path("training/<slug:code>/act/", views.act, name="lesson_act"),
    path("training/<slug:code>/paper/", views.paper, name="lesson_paper"),
    path("training/<slug:code>/check/", views.check, name="lesson_check"),
]
