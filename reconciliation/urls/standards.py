"""Seller standards: where each page is."""

from __future__ import annotations

from django.urls import URLPattern, path

from reconciliation.views import standards

_ONE = "<slug:slug>/<slug:code>/"
urlpatterns: list[URLPattern] = [
    path("", standards.overview, name="standards"),
    path("count/", standards.count, name="standards_count"),
    path(_ONE, standards.detail, name="standard"),
    path(f"{_ONE}limit/", standards.limit, name="standard_limit"),
    path(f"{_ONE}cases/", standards.cases, name="standard_cases"),
    path(f"{_ONE}<slug:which>/orders/", standards.orders, name="standard_orders"),
    path(
        f"{_ONE}<slug:which>/orders.csv",
        standards.orders_csv,
        name="standard_orders_csv",
    ),
]
