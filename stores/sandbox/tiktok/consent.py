"""The consent page: who signs in, agrees or declines, and is sent back.

Sheet section 1: back with ``code`` and ``state``; a refusal brings ``code=null`` and
``error=auth_denied``. Setting ``consent`` (``agree``, ``deny``) answers without a page.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join

from stores.sandbox.tiktok.accounts import SCOPES, App
from stores.sandbox.tiktok.world import World

PATH = "open/authorize"


def page(world: World, request: HttpRequest, now: int) -> HttpResponse:
    """The page (GET), or the seller's answer to it (POST: open_id, decision)."""
    asked = {key: str(value) for key, value in request.GET.dict().items()}
    app = world.auth.app_of_service(asked.get("service_id", ""))
    if app is None or app.disabled:
        return _html(
            "This service cannot be authorised",
            "<p>There is no service of this service_id.</p>",
            status=400,
        )
    if not app.redirect_url:
        return _html(
            "This service cannot be authorised",
            "<p>The app has no redirect address: set redirect_url of the app.</p>",
            status=400,
        )
    sellers = world.auth.sellers
    decided = world.settings.consent
    if request.method == "POST":
        decided = "agree" if request.POST.get("decision") == "agree" else "deny"
    open_id = str(request.POST.get("open_id") or asked.get("seller", ""))
    open_id = open_id or next(iter(sellers))
    if open_id not in sellers:
        return _html("Sign in first", "<p>There is no such seller.</p>", status=400)
    state = {"state": asked["state"]} if asked.get("state") else {}
    if decided == "agree":
        code = world.auth.authorise(app.app_key, open_id, list(SCOPES), now)
        world.record("consent", open_id, app_key=app.app_key, scopes=list(SCOPES))
        return _away(app.redirect_url, {"code": code, **state})
    if decided == "deny":
        world.record("consent_declined", app.app_key)
        back = {"code": "null", "error": "auth_denied", **state}
        return _away(app.redirect_url, back)
    return _ask(world, app)


def _away(back: str, query: dict[str, str]) -> HttpResponse:
    response = HttpResponse(status=302)
    response["Location"] = f"{back}{'&' if '?' in back else '?'}{urlencode(query)}"
    return response


def _ask(world: World, app: App) -> HttpResponse:
    sellers = format_html_join(
        "",
        '<option value="{}">{} ({})</option>',
        (
            (
                seller.open_id,
                seller.name,
                ", ".join(shop.name for shop in seller.shops) or "no shop",
            )
            for seller in world.auth.sellers.values()
        ),
    )
    body = format_html(
        "<p>{} asks to read your orders and to fulfil them.</p>"
        '<form method="post"><p><label>Sign in as '
        '<select name="open_id">{}</select></label></p><div class="pair">'
        '<button name="decision" value="agree">Authorise</button>'
        '<button name="decision" value="deny" class="plain">Decline</button>'
        "</div></form>",
        app.name,
        sellers,
    )
    return _html("Authorise a service", body)


def _html(title: str, body: str, status: int = 200) -> HttpResponse:
    """A page in the look of the sandbox's screen."""
    return HttpResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="/screen/icon.svg" type="image/svg+xml">'
        '<link rel="stylesheet" href="/screen/screen.css">'
        f"<title>{title} – practice TikTok Shop</title></head>"
        '<body><header class="top"><h1>Practice TikTok Shop</h1></header><main>'
        f'<section class="panel narrow"><h2>{title}</h2>{body}</section></main></body>'
        "</html>",
        status=status,
    )
