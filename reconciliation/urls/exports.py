"""Who exported what, and reports that go out by themselves: where each page is."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
