"""Stores: list, page, create, edit, go live, pause, resume."""

from __future__ import annotations

import itertools
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs
from stores import connect, decisions, setup, transitions
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.expiries import endings
from stores.forms.accounts import PauseForm
from stores.forms.store import ModeChangeForm, StoreForm
from stores.models import (
    OperatingModel,
    RemoteAccount,
    ShipStationAccount,
    Store,
    StoreState,
)
from stores.periods import SILENT


def find(slug: str) -> Store:
    """The store behind an address with its accounts, or 404."""
    return get_object_or_404(
        Store.objects.select_related("remote_account", "shipstation_account"), slug=slug
    )


@require_GET
@needs("stores.view_store")
def list_stores(request: HttpRequest) -> HttpResponse:
    """All stores and the accounts that they use."""
    stores = list(
        Store.objects.select_related("remote_account", "shipstation_account").order_by(
            "name"
        )
    )
    return render(
        request,
        "stores/list.html",
        {
            "stores": stores,
            "live": sum(store.state == StoreState.LIVE for store in stores),
            "paused": [store for store in stores if store.state == StoreState.PAUSED],
            "remote_accounts": _with_endings(),
            "has_operators": any(connector.operators for connector in CONNECTORS),
            "shipstation_accounts": ShipStationAccount.objects.order_by("name"),
        },
    )


def _with_endings() -> list[RemoteAccount]:
    """The marketplace accounts, each with what of its access ends next."""
    now = clock.now()
    accounts = list(RemoteAccount.objects.order_by("name"))
    for account in accounts:
        account.next_ending = next(iter(endings(account, now)), None)  # type: ignore[attr-defined]
    return accounts


@require_GET
@needs("stores.view_store")
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One store: state, accounts, rules in force, older versions."""
    store = get_object_or_404(
        Store.objects.select_related(
            "remote_account", "shipstation_account"
        ).prefetch_related(
            Prefetch(
                "operating_models",
                OperatingModel.objects.select_related("created_by").order_by(
                    "-version"
                ),
            )
        ),
        slug=slug,
    )
    models = list(store.operating_models.all())
    history = [
        (newer, setup.rule_changes(older, newer))
        for newer, older in itertools.pairwise(models)
    ]
    rules = models[0] if models else setup.current_rules(store)
    return render(
        request,
        "stores/detail.html",
        {
            "store": store,
            "marketplace": _marketplace(store),
            "accepts": store.remote_account.marketplace in CONNECTORS
            and Capability.ACCEPT_ORDERS
            in CONNECTORS.get(store.remote_account.marketplace).capabilities,
            "rules": rules,
            "undecided": len(list(decisions.undecided(rules))),
            "history": history,
            "first": models[-1] if models else None,
            "missing": setup.missing_for_live(store)
            if store.state == StoreState.DRAFT
            else [],
            "log": setup.changes_log(store),
            "pause_form": PauseForm(),
        },
    )


def _marketplace(store: Store) -> str:
    code = store.remote_account.marketplace
    names = dict(CONNECTORS.get(code).marketplaces) if code in CONNECTORS else {}
    return names.get(store.remote_marketplace, store.remote_marketplace)


@needs("stores.configure_store")
def create(request: HttpRequest) -> HttpResponse:
    """A new store; first its marketplace account is chosen (``?account=``)."""
    accounts = list(RemoteAccount.objects.order_by("name"))
    chosen = request.GET.get("account", "")
    account = next((row for row in accounts if str(row.pk) == chosen), None)
    if account is None and len(accounts) == 1:
        account = accounts[0]
    if account is None:
        return render(request, "stores/store_choose.html", {"accounts": accounts})
    initial = {}
    only = ShipStationAccount.objects.order_by("pk")[:2]
    if len(only) == 1:
        initial["shipstation_account"] = only[0]
    form = StoreForm(request.POST or None, remote_account=account, initial=initial)
    if request.method == "POST" and form.is_valid():
        store = form.save(commit=False)
        setup.create_store(store, cast("User", request.user))
        messages.success(
            request, f"{store.name} is a draft. Check its rules, then let it go live."
        )
        return redirect("stores:detail", slug=store.slug)
    return render(
        request,
        "stores/store_form.html",
        {"form": form, "account": account, "store": None},
    )


@needs("stores.configure_store")
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """A store's settings."""
    store = find(slug)
    form = StoreForm(
        request.POST or None, instance=store, remote_account=store.remote_account
    )
    why: ModeChangeForm | None = None
    asked = request.method == "POST" and form.is_valid()
    if asked and "mode" in form.changed_data and store.state not in SILENT:
        why = ModeChangeForm(request.POST if "reason" in request.POST else None)
    if asked and (why is None or why.is_valid()):
        reason = why.cleaned_data["reason"] if why else ""
        user = cast("User", request.user)
        try:
            if why is None:
                orders = setup.save_store(
                    form.save(commit=False), form.changes(), user, reason
                )
            else:
                orders = transitions.save_in_new_mode(
                    form.save(commit=False), form.changes(), user, reason
                )
        except setup.NotReadyError as error:
            messages.error(request, f"{store.name} keeps its mode: {error}.")
            return redirect("stores:edit", slug=slug)
        looked = f" {orders} open orders are looked at again." if orders > 1 else ""
        messages.success(request, f"{store.name} is saved.{looked}")
        return redirect("stores:detail", slug=store.slug)
    return render(
        request,
        "stores/store_form.html",
        {
            "form": form,
            "account": store.remote_account,
            "store": store,
            "why": why,
            "changes": form.changes() if why else [],
            "impact": setup.impact([store.pk]) if why else None,
        },
    )


@require_POST
@needs("stores.pause_store")
def pause(request: HttpRequest, slug: str) -> HttpResponse:
    """Stop a store's orders, with a reason."""
    store = find(slug)
    form = PauseForm(request.POST)
    if form.is_valid():
        connect.pause(store, form.cleaned_data["reason"], cast("User", request.user))
        messages.success(
            request, f"{store.name} is paused: its orders stay where they are."
        )
    else:
        messages.error(
            request,
            f"{store.name} was not paused: a reason of 1-300 letters is needed.",
        )
    return redirect("stores:detail", slug=slug)


@require_POST
@needs("stores.pause_store")
def resume(request: HttpRequest, slug: str) -> HttpResponse:
    """Let a paused store's orders move again."""
    store = find(slug)
    connect.resume(store, cast("User", request.user))
    messages.success(request, f"{store.name} is live again; what waited goes out now.")
    return redirect("stores:detail", slug=slug)
