"""Connecting a marketplace account: to its consent page and back."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from shipsync_site.lib.permissions import needs
from stores import consent
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.errors import RemoteError
from stores.models import RemoteAccount
from stores.webhooks.endpoints import NoPublicAddressError, public_url


def can_connect(account: RemoteAccount) -> bool:
    """Whether this marketplace lets a seller agree in the browser."""
    code = account.marketplace
    return (
        code in CONNECTORS and Capability.CONSENT in CONNECTORS.get(code).capabilities
    )


def return_address(request: HttpRequest) -> str:
    """Where the marketplace sends the browser back to; to be registered there."""
    try:
        return f"{public_url()}{reverse('stores:consent')}"
    except NoPublicAddressError:
        return request.build_absolute_uri(reverse("stores:consent"))


@require_POST
@needs("stores.renew_consent")
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the person to the marketplace's consent page.

    By a page that goes on by itself, not by a redirect: a browser holds the whole chain
    of redirects behind a form to ``form-action``, and marketplaces lead on through hosts
    of theirs that nobody can list.
    """
    account = get_object_or_404(RemoteAccount, pk=pk)
    if not can_connect(account):
        raise Http404(f"{account.get_marketplace_display()} has no consent page")
    try:
        address = consent.begin(request.session, account, return_address(request))
    except RemoteError as error:
        messages.error(request, f"{account.name} can't be connected: {error.message}")
        return redirect("stores:account", kind="marketplace", pk=pk)
    marketplace = account.get_marketplace_display()
    return render(
        request,
        "stores/consent_onward.html",
        {"address": address, "marketplace": marketplace},
    )


@require_GET
@needs("stores.renew_consent")
def back(request: HttpRequest) -> HttpResponse:
    """Take what the marketplace sent the browser back with; the outcome in a sentence."""
    answer = request.GET.dict()
    try:
        account = consent.returned(request.session, answer.pop("state", ""))
    except consent.ConsentError as error:
        messages.error(request, str(error))
        return redirect("stores:list")
    try:
        outcome = consent.redeem(
            account,
            answer,
            redirect_uri=return_address(request),
            user=cast("User", request.user),
        )
    except RemoteError as error:
        messages.error(request, f"{account.name} is not connected: {error.message}")
    else:
        _tell(request, outcome)
    # Away from an address that holds a code.
    return redirect("stores:account", kind="marketplace", pk=account.pk)


def _tell(request: HttpRequest, outcome: consent.Outcome) -> None:
    name, report = outcome.account.name, outcome.report
    if report is None:
        messages.warning(
            request,
            f"{name} is connected, but the connection could not be tested: "
            f"{outcome.problem}",
        )
    elif not report.ok:
        messages.error(
            request,
            f"{name}: the seller agreed, but the test failed. {report.sentence}",
        )
    else:
        again = " It was paused and works again." if outcome.resumed else ""
        messages.success(request, f"{name} is connected. {report.sentence}{again}")
