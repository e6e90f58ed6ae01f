"""Webhooks of an account: switch, subscribe, a new address."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from shipsync_site.lib.permissions import needs
from stores.errors import RemoteError
from stores.models import Account, RemoteAccount, ShipStationAccount
from stores.setup import log_change
from stores.views.accounts import find
from stores.webhooks import endpoints, subscribing
from stores.webhooks.panel import receives

ACTS = {
    "on": "Webhooks switched on.",
    "off": "Webhooks switched off.",
    "subscribe": "Subscriptions looked at.",
    "address": "The webhook address was replaced.",
}


@require_POST
@needs("stores.manage_webhooks")
def change(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Do ``act``: on, off, subscribe or address; then bring the peer in line."""
    account, act = find(kind, pk), request.POST.get("act", "")
    if not receives(account):
        raise Http404(f"{account} is sent nothing")
    if act not in ACTS:
        messages.error(request, "Nothing was changed: press one of the buttons.")
        return redirect("stores:account", kind=kind, pk=pk)
    try:
        if act == "on":
            endpoints.public_url()
        _do(account, act)
    except endpoints.NoPublicAddressError as error:
        messages.error(request, f"Webhooks stay off. {error}")
    else:
        log_change(account, ACTS[act], cast("User", request.user))
        _bring_in_line(request, account, act)
    return redirect("stores:account", kind=kind, pk=pk)


def _do(account: Account, act: str) -> None:
    endpoint = endpoints.endpoint_of(account)
    if act in ("on", "off"):
        endpoints.switch(endpoint, on=act == "on")
    elif act == "address":
        endpoints.new_address(endpoint)


def _bring_in_line(request: HttpRequest, account: Account, act: str) -> None:
    """Where we can, we tell the peer ourselves; else a person enters the address."""
    said = {
        "on": f"{account} takes messages now.",
        "off": f"{account} takes no messages any more; orders are still looked for "
        "every minute.",
        "subscribe": "",
        "address": "The old address is dead. ",
    }[act]
    if not subscribing.subscribes(account):
        messages.success(
            request, said + ("Enter the new one there." if act == "address" else "")
        )
        return
    if act in ("subscribe", "address") and not endpoints.endpoint_of(account).enabled:
        messages.success(request, f"{said}Webhooks are off, so nothing is subscribed.")
        return
    system = (
        "ShipStation"
        if isinstance(account, ShipStationAccount)
        else cast("RemoteAccount", account).get_marketplace_display()
    )
    try:
        changed = subscribing.ensure(account, urgent=True)
    except (RemoteError, endpoints.NoPublicAddressError) as error:
        messages.error(
            request,
            f"{said} {system} could not be told: {error} It is tried again within "
            "half an hour.".strip(),
        )
    else:
        if changed is None:
            messages.info(
                request,
                f"{said} {system} is being told by somebody else just now; it is "
                "looked at again within half an hour.".strip(),
            )
            return
        if not isinstance(account, ShipStationAccount):
            told = f"{system} has our address now." if changed else ""
            messages.success(request, f"{said} {told}".strip())
            return
        at_peer = (
            f"{changed} subscription{'s'[: changed != 1]} changed at ShipStation."
            if changed
            else "ShipStation's list was right already."
        )
        messages.success(request, f"{said} {at_peer}".strip())
