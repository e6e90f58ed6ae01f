"""Orders and cases."""

from __future__ import annotations

from django.urls import path

from orders.views import (
    address,
    bulk,
    carriers,
    case,
    case_acts,
    case_sku,
    cases,
    diagnosis,
    evidence,
    order,
    orders,
    picker,
    preview,
    shadow,
)

app_name = "orders"
urlpatterns = [
    path("orders/", orders.list_orders, name="list"),
    path("orders/export.csv", orders.export_orders, name="export"),
    path("orders/buyer/", orders.search_buyer, name="search_buyer"),
    path("orders/<int:pk>/", order.detail, name="detail"),
    path("orders/<int:pk>/reveal/", order.reveal, name="reveal"),
    path("orders/<int:pk>/look/", order.look_again, name="look_again"),
    path("orders/<int:pk>/address/", address.address, name="address"),
    path(
        "stores/<slug:slug>/diagnosis/",
        diagnosis.list_diagnoses,
        name="diagnosis_list",
    ),
    path(
        "stores/<slug:slug>/diagnosis/start/",
        diagnosis.start,
        name="diagnosis_start",
    ),
    path("diagnoses/<int:pk>/", diagnosis.detail, name="diagnosis"),
    path("diagnoses/<int:pk>/cancel/", diagnosis.cancel, name="diagnosis_cancel"),
    path("diagnoses/<int:pk>/go-on/", diagnosis.go_on, name="diagnosis_go_on"),
    path("diagnoses/<int:pk>/export.csv", diagnosis.export_csv, name="diagnosis_csv"),
    path(
        "diagnoses/<int:pk>/export.json", diagnosis.export_json, name="diagnosis_json"
    ),
    path("stores/<slug:slug>/shadow/", shadow.overview, name="shadow"),
    path("stores/<slug:slug>/shadow/explain/", shadow.explain, name="shadow_explain"),
    path("stores/<slug:slug>/shadow/export.csv", shadow.export_csv, name="shadow_csv"),
    path("orders/<int:pk>/shadow/", shadow.order, name="shadow_order"),
    path("orders/<int:pk>/shadow/reveal/", shadow.reveal, name="shadow_reveal"),
    path("stores/<slug:slug>/evidence/", evidence.evidence, name="evidence"),
    path("stores/<slug:slug>/pick/", picker.picker, name="picker"),
    path("stores/<slug:slug>/pick/try/", picker.try_path, name="try_path"),
    path("orders/<int:pk>/preview/", preview.show, name="preview"),
    path("orders/<int:pk>/preview/reveal/", preview.reveal, name="preview_reveal"),
    path("carriers/unmapped/", carriers.list_unmapped, name="carriers_unmapped"),
    path("cases/", cases.list_cases, name="cases"),
    path("cases/bulk/", bulk.prepare, name="cases_bulk"),
    path("cases/bulk/runs/", bulk.list_runs, name="bulk_runs"),
    path("cases/bulk/<int:pk>/", bulk.detail, name="bulk"),
    path("cases/bulk/<int:pk>/begin/", bulk.begin, name="bulk_begin"),
    path("cases/bulk/<int:pk>/stop/", bulk.stop, name="bulk_stop"),
    path("cases/bulk/<int:pk>/undo/", bulk.undo, name="bulk_undo"),
    path("cases/bulk/<int:pk>/export.csv", bulk.export, name="bulk_csv"),
    path("cases/export.csv", cases.export_cases, name="cases_export"),
    path("cases/<int:pk>/", case.detail, name="case"),
    path("cases/<int:pk>/sku/", case_sku.choose, name="case_sku"),
    path("cases/<int:pk>/assign/", case_acts.assign, name="case_assign"),
    path("cases/<int:pk>/hand-over/", case_acts.hand_over, name="case_hand_over"),
    path("cases/<int:pk>/reopen/", case_acts.reopen, name="case_reopen"),
    path("cases/<int:pk>/note/", case_acts.note, name="case_note"),
    path("cases/<int:pk>/resolve/", case_acts.resolve, name="case_resolve"),
]
