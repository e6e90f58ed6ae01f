"""Badges: a watch's state as a small drawing at an address that only its holders know.

The address carries the row's number and a keyed hash of it: it can't be guessed, says no
name, and ends with the installation's secret key.
"""

from __future__ import annotations

from django.core.signing import BadSignature, Signer

from orders.models import Watch, WatchState
from orders.watch.look import AWAY
from shipsync_site.lib import clock

_signer = Signer(salt="orders.watch.badge", sep="~")
_COLOURS = {
    WatchState.UP: "#14693a",
    WatchState.LATE: "#8a4b00",
    WatchState.DOWN: "#b3141d",
}
_PLAIN = "#505a68"


def token(watch: Watch) -> str:
    """What the address of its badge ends with."""
    return _signer.sign(str(watch.pk))


def watch_of(text: str) -> Watch | None:
    """The watch of an address; None for one that we did not make, or that is gone."""
    try:
        key = _signer.unsign(text)
    except BadSignature:
        return None
    return Watch.objects.filter(pk=int(key)).first()


def state(watch: Watch) -> str:
    """Its word; 'unknown' where nobody has looked lately."""
    if clock.real_now() - watch.looked_at > AWAY:
        return "unknown"
    return watch.state


def drawn(watch: Watch) -> str:
    """The badge: a word on its colour."""
    word = state(watch)
    colour = (
        _COLOURS.get(WatchState(word), _PLAIN) if word in WatchState.values else _PLAIN
    )
    width = 16 + 8 * len(word)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" '
        f'role="img" aria-label="{word}"><title>{word}</title>'
        f'<rect width="{width}" height="20" rx="4" fill="{colour}"/>'
        f'<text x="{width / 2:g}" y="14" fill="#ffffff" font-family="sans-serif" '
        f'font-size="12" text-anchor="middle">{word}</text></svg>'
    )
