"""Orders and cases."""

from __future__ import annotations

from django.urls import path

from orders.views import case, cases, order, orders

app_name = "orders"
urlpatterns = [
    path("orders/", orders.list_orders, name="list"),
    path("orders/export.csv", orders.export_orders, name="export"),
    path("orders/buyer/", orders.search_buyer, name="search_buyer"),
    path("orders/<int:pk>/", order.detail, name="detail"),
    path("orders/<int:pk>/reveal/", order.reveal, name="reveal"),
    path("orders/<int:pk>/look/", order.look_again, name="look_again"),
    path("cases/", cases.list_cases, name="cases"),
    path("cases/<int:pk>/", case.detail, name="case"),
    path("cases/<int:pk>/assign/", case.assign, name="case_assign"),
    path("cases/<int:pk>/note/", case.note, name="case_note"),
    path("cases/<int:pk>/resolve/", case.resolve, name="case_resolve"),
]
