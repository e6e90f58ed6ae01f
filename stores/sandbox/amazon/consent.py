"""Seller Central's consent page: who signs in, agrees and is sent back.

SP-API documentation, 'Website Authorization Workflow' (August 2026). A draft
application is only found with ``version=beta``. What Amazon does when the seller does
not agree is not documented; here the way back carries the state and nothing else.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join

from stores.sandbox.amazon.auth import App
from stores.sandbox.amazon.world import World

PATH = "apps/authorize/consent"


def page(world: World, request: HttpRequest, now: float) -> HttpResponse:
    """The page (GET), or the seller's answer to it (POST: seller_id, decision)."""
    asked = request.GET.dict()
    app = _application(world, asked)
    if app is None:
        return _html(
            "This application cannot be authorised",
            "<p>MD1000: the application id is unknown, or the application is a draft "
            "and the address lacks version=beta.</p>",
            status=400,
        )
    back = asked.get("redirect_uri") or (app.redirect_uris or [""])[0]
    if not back or (app.redirect_uris and back not in app.redirect_uris):
        return _html(
            "This application cannot be authorised",
            "<p>MD5101: the redirect address is not registered for the application.</p>",
            status=400,
        )
    state = {"state": asked["state"]} if "state" in asked else {}
    if request.method == "POST" and request.POST.get("decision") == "confirm":
        seller_id = str(request.POST.get("seller_id", ""))
        if seller_id not in world.auth.sellers:
            return _html("Sign in first", "<p>There is no such seller.</p>", status=400)
        code = world.auth.authorise(
            {"seller_id": seller_id, "client_id": app.client_id}, now
        )
        world.record("consent", seller_id, client_id=app.client_id)
        return _away(
            back,
            {**state, "selling_partner_id": seller_id, "spapi_oauth_code": code},
        )
    if request.method == "POST":
        world.record("consent_declined", app.client_id)
        return _away(back, state)
    return _ask(world, app)


def _application(world: World, asked: dict[str, str]) -> App | None:
    for app in world.auth.apps.values():
        if app.application_id == asked.get("application_id"):
            found = not app.draft or asked.get("version") == "beta"
            return app if found else None
    return None


def _away(back: str, query: dict[str, str]) -> HttpResponse:
    response = HttpResponse(status=302)
    response["Location"] = f"{back}{'&' if '?' in back else '?'}{urlencode(query)}"
    return response


def _ask(world: World, app: App) -> HttpResponse:
    sellers = format_html_join(
        "",
        '<p><label><input type="radio" name="seller_id" value="{}"{}> {} ({})</label></p>',
        (
            (seller.id, " checked" if place == 0 else "", seller.name, seller.id)
            for place, seller in enumerate(world.auth.sellers.values())
        ),
    )
    body = format_html(
        '<p>{} asks to read and change your orders.</p><form method="post">'
        "<p>Sign in as</p>{}"
        '<button name="decision" value="confirm">Confirm</button> '
        '<button name="decision" value="cancel">Cancel</button></form>',
        app.application_id,
        sellers,
    )
    return _html("Authorise an application", body)


def _html(title: str, body: str, status: int = 200) -> HttpResponse:
    return HttpResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<link rel="icon" href="data:,">'
        f"<title>{title} – practice Seller Central</title></head>"
        f"<body><h1>{title}</h1>{body}</body></html>",
        status=status,
    )
