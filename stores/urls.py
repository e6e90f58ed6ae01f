"""Where the pages of stores, accounts and carrier mappings are."""

from __future__ import annotations

from django.urls import path

from stores import catalogue_urls
from stores.views import (
    accounts,
    attribute_rules,
    calendars,
    carriers,
    consent,
    gate,
    hooks,
    operators,
    rates,
    rules,
    store,
    tax_guide,
    tax_rules,
    webhooks,
)

app_name = "stores"
urlpatterns = [
    *catalogue_urls.urlpatterns,
    path("hooks/<slug:account>/<str:token>/", hooks.hook, name="hook"),
    path("calendars/", calendars.overview, name="calendars"),
    path("calendars/<slug:which>/", calendars.edit, name="calendar"),
    path("calendars/<slug:which>/own/", calendars.own, name="calendar_own"),
    path("stores/", store.list_stores, name="list"),
    path("stores/new/", store.create, name="create"),
    path("stores/<slug:slug>/", store.detail, name="detail"),
    path("stores/<slug:slug>/edit/", store.edit, name="edit"),
    path("stores/<slug:slug>/rules/", rules.edit, name="rules"),
    path("stores/<slug:slug>/rules/history/", rules.history, name="rules_history"),
    path("stores/<slug:slug>/gate/", gate.gate, name="gate"),
    path("stores/<slug:slug>/gate/<slug:act>/", gate.step, name="gate_step"),
    path("stores/<slug:slug>/said/<slug:subject>/", gate.statement, name="statement"),
    path("stores/<slug:slug>/pause/", store.pause, name="pause"),
    path("stores/<slug:slug>/resume/", store.resume, name="resume"),
    path("stores/<slug:slug>/tax/", tax_rules.list_rules, name="tax_rules"),
    path("stores/<slug:slug>/tax/new/", tax_rules.create, name="tax_rule_create"),
    path("stores/<slug:slug>/tax/guide/", tax_guide.guide, name="tax_guide"),
    path("stores/<slug:slug>/tax/<int:pk>/", tax_rules.edit, name="tax_rule_edit"),
    path("stores/<slug:slug>/tax/<int:pk>/act/", tax_rules.act, name="tax_rule_act"),
    path(
        "stores/<slug:slug>/attributes/",
        attribute_rules.list_rules,
        name="attribute_rules",
    ),
    path(
        "stores/<slug:slug>/attributes/new/",
        attribute_rules.create,
        name="attribute_rule_create",
    ),
    path(
        "stores/<slug:slug>/attributes/<int:pk>/",
        attribute_rules.edit,
        name="attribute_rule_edit",
    ),
    path(
        "stores/<slug:slug>/attributes/<int:pk>/act/",
        attribute_rules.act,
        name="attribute_rule_act",
    ),
    path("rates/", rates.rates, name="rates"),
    path("carriers/eligible/", rates.eligible, name="eligible"),
    path(
        "carriers/eligible/<int:pk>/delete/",
        rates.eligible_delete,
        name="eligible_delete",
    ),
    path("accounts/new/", accounts.choose, name="account_choose"),
    path(
        "accounts/shipstation/new/",
        accounts.shipstation_create,
        name="shipstation_create",
    ),
    path(
        "accounts/marketplace/new/<slug:code>/",
        accounts.marketplace_create,
        name="marketplace_create",
    ),
    path("accounts/consent/", consent.back, name="consent"),
    path(
        "accounts/marketplace/<int:pk>/connect/", consent.start, name="account_connect"
    ),
    path("accounts/<slug:kind>/<int:pk>/", accounts.detail, name="account"),
    path("accounts/<slug:kind>/<int:pk>/edit/", accounts.edit, name="account_edit"),
    path("accounts/<slug:kind>/<int:pk>/test/", accounts.test, name="account_test"),
    path(
        "accounts/<slug:kind>/<int:pk>/webhooks/",
        webhooks.change,
        name="account_webhooks",
    ),
    path("accounts/<slug:kind>/<int:pk>/pause/", accounts.pause, name="account_pause"),
    path(
        "accounts/<slug:kind>/<int:pk>/resume/", accounts.resume, name="account_resume"
    ),
    path("accounts/<slug:kind>/<int:pk>/lists/", accounts.lists, name="account_lists"),
    path("operators/", operators.list_operators, name="operators"),
    path("operators/new/", operators.create, name="operator_create"),
    path("operators/<int:pk>/", operators.edit, name="operator_edit"),
    path("carriers/", carriers.list_mappings, name="carriers"),
    path("carriers/new/", carriers.create, name="carrier_create"),
    path("carriers/<int:pk>/", carriers.edit, name="carrier_edit"),
    path("carriers/<int:pk>/delete/", carriers.delete, name="carrier_delete"),
]
