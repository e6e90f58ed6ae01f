"""Screens of the packing bench: paired with a short code, let in by a key of their own.

The code is good for one screen and a few minutes. The key stands in the screen's cookie
and here as a hash; revoked, it opens nothing from the next request on.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare

from orders.models import KioskDevice, PairingMiss
from shipsync_site.lib import clock

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# No letters and digits that look alike; 31^8 codes for ten minutes and few tries.
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8
CODE_LIFE = timedelta(minutes=10)
# So many wrong codes within this close the page: from one address, from all.
MISS_WINDOW = timedelta(minutes=15)
MISSES_OF_ONE, MISSES_OF_ALL = 5, 50
_SEEN_EVERY = timedelta(minutes=1)


class KioskError(Exception):
    """What was asked was not done; its text is for the person."""


class TooManyCodesError(KioskError):
    """Too many wrong codes were typed lately."""


def add(name: str, max_age_minutes: int, by: User) -> tuple[KioskDevice, str]:
    """A new screen and the code that pairs it; raises KioskError for a name in use."""
    name = " ".join(name.split())
    try:
        with transaction.atomic():
            device = KioskDevice.objects.create(
                name=name,
                key_hash=_hash(secrets.token_urlsafe(32)),
                max_age_minutes=max_age_minutes,
                created_at=clock.now(),
                created_by=by,
            )
    except IntegrityError:
        raise KioskError(
            f"A screen called '{name}' exists already: choose another name."
        ) from None
    return device, new_code(device)


def new_code(device: KioskDevice) -> str:
    """A fresh code; the screen that is paired now goes on until it is used."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))
    device.pairing_code = code
    device.pairing_until = clock.real_now() + CODE_LIFE
    device.save(update_fields=["pairing_code", "pairing_until"])
    return code


def pair(code: str, address: str) -> tuple[KioskDevice, str]:
    """Exchange a code for the screen's key, once; raises KioskError, TooManyCodesError."""
    now = clock.real_now()
    if _closed(address):
        raise TooManyCodesError(
            "Too many wrong codes were typed: wait a quarter of an hour, then ask a "
            "lead for a new one."
        )
    typed = "".join(filter(str.isalnum, code.upper()))
    waiting = KioskDevice.objects.filter(pairing_until__gt=now, revoked_at=None)
    for device in waiting.order_by("pk"):
        if not constant_time_compare(device.pairing_code, typed):
            continue
        key = secrets.token_urlsafe(32)
        won = KioskDevice.objects.filter(
            pk=device.pk, pairing_until=device.pairing_until, revoked_at=None
        ).update(
            pairing_until=None,
            pairing_code="",
            key_hash=_hash(key),
            last_seen_at=clock.now(),
        )
        if won:
            device.refresh_from_db()
            return device, key
    PairingMiss.objects.filter(at__lt=now - MISS_WINDOW).delete()
    PairingMiss.objects.create(address=address[:64], at=now)
    raise KioskError(
        "No screen waits for this code: type it as it is shown, within ten minutes, or "
        "ask a lead for a new one."
    )


def _closed(address: str) -> bool:
    """Whether this address, or everybody together, has typed too many wrong codes."""
    lately = PairingMiss.objects.filter(at__gt=clock.real_now() - MISS_WINDOW)
    return (
        lately.filter(address=address[:64]).count() >= MISSES_OF_ONE
        or lately.count() >= MISSES_OF_ALL
    )


def device_of(key: str) -> KioskDevice | None:
    """The screen with this key, unless it was revoked."""
    if not key:
        return None
    return KioskDevice.objects.filter(key_hash=_hash(key), revoked_at=None).first()


def revoke(device: KioskDevice, by: User) -> None:
    """Let the screen in no more, from its next request on."""
    KioskDevice.objects.filter(pk=device.pk, revoked_at=None).update(
        revoked_at=clock.now(),
        revoked_by=by,
        pairing_code="",
        pairing_until=None,
        key_hash=_hash(secrets.token_urlsafe(32)),
    )


def seen(device: KioskDevice) -> None:
    """Note that it is alive, about once a minute."""
    now = clock.now()
    KioskDevice.objects.filter(
        Q(last_seen_at=None) | Q(last_seen_at__lt=now - _SEEN_EVERY), pk=device.pk
    ).update(last_seen_at=now)


def _hash(key: str) -> str:
    """Keys are long and random: a plain hash tells nothing of them."""
    return hashlib.sha256(key.encode()).hexdigest()
