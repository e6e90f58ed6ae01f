"""Where peers knock: open to the world, so it says as little as it can."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from stores.connect import account_of
from stores.remote_types import WebhookRequest
from stores.webhooks import endpoints
from stores.webhooks.receive import receive

logger = logging.getLogger(__name__)

# ShipStation's messages have a few hundred bytes, eBay's a few thousand.
MAX_BODY = 64 * 1024
METHODS = ("GET", "POST")


@csrf_exempt
@login_not_required
def hook(request: HttpRequest, account: str, token: str) -> HttpResponse:
    """A message for an account; 404 for any address that is not exactly right.

    413 before a body of more than MAX_BODY bytes is read. The secret path is the proof;
    marketplaces that sign are checked by their connector.
    """
    try:
        response = _answer(request, account, token)
    except Exception:
        # Here and not in Django's own handler, which would log the secret path.
        logger.exception("a webhook of %s failed", account)
        response = HttpResponse(status=500)
    response._has_been_logged = True  # type: ignore[attr-defined]
    response["Cache-Control"] = "no-store"
    return response


def _answer(request: HttpRequest, account: str, token: str) -> HttpResponse:
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    endpoint = endpoints.find(account, token)
    if endpoint is None:
        return HttpResponse(status=404)
    if _announced(request) > MAX_BODY:
        return HttpResponse(status=413)
    try:
        owner = account_of(endpoint.account)
    except LookupError:
        return HttpResponse(status=404)
    reply = receive(
        owner,
        endpoint,
        WebhookRequest(
            method=request.method or "",
            url=_url(request, endpoint),
            headers={name.lower(): value for name, value in request.headers.items()},
            query=request.GET.dict(),
            body=request.body,
        ),
    )
    if reply.allow:
        return HttpResponseNotAllowed(reply.allow)
    return HttpResponse(
        reply.body, status=reply.status, content_type=reply.content_type
    )


def _announced(request: HttpRequest) -> int:
    """The length that the sender announced; Django reads no more than that."""
    text = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def _url(request: HttpRequest, endpoint: endpoints.WebhookEndpoint) -> str:
    try:
        return endpoints.address_of(endpoint)
    except endpoints.NoPublicAddressError:
        return request.build_absolute_uri(request.path)
