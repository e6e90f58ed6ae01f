"""The sandbox screen at ``/``: buttons, a live ledger, the state per peer.

Plain pages that work without a script; ``screen.js`` keeps ledger and states fresh and
sends the forms in place. Everything it needs lies in ``screen_files``.
"""

from __future__ import annotations

from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import Context, Engine

from stores.sandbox.core import PEERS, ControlError
from stores.sandbox.faults import TRANSPORT_FAULTS
from stores.sandbox.payouts import ODDITIES
from stores.sandbox.screen_acts import ACTS, CANCELS, marketplaces, outlets
from stores.sandbox.screen_state import state
from stores.sandbox.shipstation.catalogue import CARRIERS

FILES = Path(__file__).parent / "screen_files"
KINDS = {
    "screen.css": "text/css; charset=utf-8",
    "screen.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ENGINE = Engine(dirs=[str(FILES)])


def show(request: HttpRequest) -> HttpResponse:
    """The page."""
    if request.method != "GET":
        return HttpResponse(status=405)
    return _page("", True)


def act(request: HttpRequest, name: str) -> HttpResponse:
    """Press a button: JSON ``{said, ok}`` for the script, else the page again."""
    if request.method != "POST" or name not in ACTS:
        return HttpResponse(status=405 if name in ACTS else 404)
    try:
        said, ok = ACTS[name](request.POST.dict()), True
    except ControlError as error:
        said, ok = error.message, False
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"said": said, "ok": ok})
    return _page(said, ok)


def fresh(request: HttpRequest) -> HttpResponse:
    """What the script asks for every two seconds; ``?after=&peer=``."""
    text = request.GET.get("after", "0")
    peer = request.GET.get("peer", "")
    after = int(text) if text.isdigit() else 0
    return JsonResponse(state(after, peer if peer in PEERS else None))


def file(request: HttpRequest, name: str) -> HttpResponse:
    """The page's own style, script and icon."""
    if name not in KINDS:
        return HttpResponse(status=404)
    return HttpResponse((FILES / name).read_bytes(), content_type=KINDS[name])


def _page(said: str, ok: bool) -> HttpResponse:
    now = state()
    now["rows"].reverse()
    own = [(peer.title, peer.own_faults) for peer in PEERS.values() if peer.own_faults]
    values = {
        **now,
        "said": said,
        "ok": ok,
        "marketplaces": marketplaces(),
        "outlets": outlets(),
        "every_peer": list(PEERS.values()),
        "cancels": CANCELS,
        "movers": [
            (each.code, each.title, dict(each.moves))
            for each in PEERS.values()
            if each.moves
        ],
        "payers": [peer for peer in PEERS.values() if peer.oddities],
        "oddities": dict(ODDITIES),
        "carriers": list(CARRIERS.values()),
        "transport_faults": TRANSPORT_FAULTS,
        "own_faults": [(title, dict(faults)) for title, faults in own],
    }
    html = ENGINE.get_template("screen.html").render(Context(values))
    return HttpResponse(
        html,
        headers={
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
        },
    )
