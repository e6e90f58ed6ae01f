"""Accounts: create, edit, test, pause, resume."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs
from stores import connect, lanes
from stores.choices import shelves
from stores.connectors import CONNECTORS, connector_choices
from stores.connectors.base import ConnectorType
from stores.errors import RemoteError, ThrottledError
from stores.expiries import access_changed, endings
from stores.forms.accounts import PauseForm, RemoteAccountForm, ShipStationAccountForm
from stores.models import Direction, RemoteAccount, ShipStationAccount
from stores.operators import host_of, regions_of
from stores.remote_types import ConnectionReport
from stores.setup import changes_log
from stores.views.consent import can_connect, return_address
from stores.webhooks.panel import panel_of, queue_of

KINDS: dict[str, type[RemoteAccount] | type[ShipStationAccount]] = {
    "marketplace": RemoteAccount,
    "shipstation": ShipStationAccount,
}


def connected(account: RemoteAccount) -> bool:
    """Whether everything that only a seller's consent gives is there."""
    needed = CONNECTORS.get(account.marketplace).granted_secrets
    return all((account.secrets or {}).get(name) for name in needed)


def find(kind: str, pk: int) -> RemoteAccount | ShipStationAccount:
    """The account behind an address, or 404."""
    if kind not in KINDS:
        raise Http404(f"no kind of account is called {kind}")
    return cast(
        "RemoteAccount | ShipStationAccount", get_object_or_404(KINDS[kind], pk=pk)
    )


def _shown(value: Any) -> Any:
    """A setting in words: boxes as yes and no, what was left empty as a dash."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value in (None, "") else value


def _connector(code: str) -> ConnectorType:
    if code not in CONNECTORS:
        raise Http404(f"no connector is called {code}")
    return CONNECTORS.get(code)


@require_GET
@needs("stores.configure_store")
def choose(request: HttpRequest) -> HttpResponse:
    """Which kind of account to add."""
    return render(
        request, "stores/account_choose.html", {"connectors": connector_choices()}
    )


@needs("stores.configure_store")
def shipstation_create(request: HttpRequest) -> HttpResponse:
    """A new ShipStation account."""
    return _shipstation(request, ShipStationAccount())


@needs("stores.configure_store")
def marketplace_create(request: HttpRequest, code: str) -> HttpResponse:
    """A new account at a marketplace."""
    return _marketplace(request, RemoteAccount(), _connector(code))


@needs("stores.configure_store")
def edit(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """An account's settings."""
    account = find(kind, pk)
    if isinstance(account, ShipStationAccount):
        return _shipstation(request, account)
    return _marketplace(request, account, _connector(account.marketplace))


def _shipstation(request: HttpRequest, account: ShipStationAccount) -> HttpResponse:
    form = ShipStationAccountForm(request.POST or None, instance=account)
    if request.method == "POST" and form.is_valid():
        return _saved(request, "shipstation", form.save())
    return render(
        request,
        "stores/account_form.html",
        {"form": form, "account": account, "system": "ShipStation"},
    )


def _marketplace(
    request: HttpRequest, account: RemoteAccount, connector: ConnectorType
) -> HttpResponse:
    form = RemoteAccountForm(
        data=request.POST or None, instance=account, connector=connector
    )
    if request.method == "POST" and form.is_valid():
        return _saved(request, "marketplace", form.save())
    return render(
        request,
        "stores/account_form.html",
        {
            "form": form,
            "own": form.own,
            "account": account,
            "system": connector.label,
            "documentation_url": connector.documentation_url,
        },
    )


def _saved(
    request: HttpRequest, kind: str, account: RemoteAccount | ShipStationAccount
) -> HttpResponse:
    lanes.ensure_lanes()
    if isinstance(account, RemoteAccount):
        connect.seed_carrier_defaults(CONNECTORS.get(account.marketplace))
        # A queue that was just named is listened to at once.
        lanes.nudge(account.key, Direction.LISTEN)
    messages.success(request, f"{account.name} is saved.")
    if isinstance(account, RemoteAccount) and not connected(account):
        messages.info(request, "Now press 'Connect', so that the seller can agree.")
        return redirect("stores:account", kind=kind, pk=account.pk)
    try:
        report = connect.test_connection(account)
    except RemoteError as error:
        messages.error(request, f"The connection could not be tested: {error}")
    else:
        _tell(request, account, report)
        if isinstance(account, RemoteAccount):
            access_changed.send(sender=RemoteAccount, account=account)
    return redirect("stores:account", kind=kind, pk=account.pk)


def _tell(
    request: HttpRequest,
    account: RemoteAccount | ShipStationAccount,
    report: ConnectionReport,
) -> None:
    level = messages.SUCCESS if report.ok else messages.ERROR
    messages.add_message(request, level, f"{account.name}: {report.sentence}")


@require_GET
@needs("stores.view_store")
def detail(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """An account: its state, its last check, what uses it."""
    account = find(kind, pk)
    context: dict[str, Any] = {
        "account": account,
        "kind": kind,
        "stores": account.stores.order_by("name"),
        "pause_form": PauseForm(),
        "secrets_set": sorted(account.secrets or {}),
    }
    if isinstance(account, RemoteAccount) and account.marketplace in CONNECTORS:
        connector = CONNECTORS.get(account.marketplace)
        form = connector.settings_form()
        context["settings"] = [
            (form.fields[name].label or name, _shown(value))
            for name, value in (account.settings or {}).items()
            if name in form.fields and name not in connector.secret_fields
        ]
        regions = dict(regions_of(connector, account.region))
        chosen = any(regions) or account.region
        context["region"] = (
            regions.get(account.region, account.region) if chosen else ""
        )
        context["operator_host"] = host_of(account) if connector.operators else None
        context["endings"] = endings(account, clock.now())
        if can_connect(account):
            context["connects"] = True
            context["connected"] = connected(account)
            context["return_address"] = return_address(request)
    context["webhooks"] = panel_of(
        account, show_address=request.user.has_perm("stores.manage_webhooks")
    )
    context["queue"] = queue_of(account)
    context["has_lists"] = connect.has_lists(account)
    context["lists"] = shelves(account.key) if context["has_lists"] else []
    context["log"] = changes_log(account)
    return render(request, "stores/account_detail.html", context)


@require_POST
@needs("stores.test_connection")
def test(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """One cheap real call; its answer in a sentence."""
    account = find(kind, pk)
    _tell(request, account, connect.test_connection(account))
    return redirect("stores:account", kind=kind, pk=pk)


@require_POST
@needs("stores.test_connection")
def lists(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Read the marketplace's own lists again: carriers, reasons, fields."""
    account = find(kind, pk)
    if not isinstance(account, RemoteAccount) or not connect.has_lists(account):
        raise Http404(f"{account} has no lists")
    begun = clock.now()
    try:
        entries = connect.read_choices(account)
    except ThrottledError as error:
        hours = max(1, round(error.retry_after / 3600))
        messages.error(
            request,
            "The lists could not be read, what was known stays: the quota for them is "
            f"used up. Try again in about {hours} h.",
        )
    except RemoteError as error:
        messages.error(
            request, f"The lists could not be read, what was known stays: {error}"
        )
    else:
        messages.success(request, f"Read: {entries} entries as they are now.")
        old = [x.label for x in shelves(account.key) if x.read_at < begun]
        if old:
            messages.warning(
                request,
                f"Not all of these could be read again: {', '.join(old)}. The quota for "
                "them is used up; they stay as they were read last.",
            )
    return redirect(reverse("stores:account", args=[kind, pk]) + "#lists")


@require_POST
@needs("stores.pause_store")
def pause(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Stop all calls of an account, with a reason."""
    account = find(kind, pk)
    form = PauseForm(request.POST)
    if form.is_valid():
        connect.pause(account, form.cleaned_data["reason"], cast("User", request.user))
        messages.success(request, f"{account.name} is paused: nothing calls it.")
    else:
        messages.error(
            request,
            f"{account.name} was not paused: a reason of 1-300 letters is needed.",
        )
    return redirect("stores:account", kind=kind, pk=pk)


@require_POST
@needs("stores.pause_store")
def resume(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Let calls go again."""
    account = find(kind, pk)
    connect.resume(account, cast("User", request.user))
    messages.success(request, f"{account.name} works again; what waited goes out now.")
    return redirect("stores:account", kind=kind, pk=pk)
