"""An authenticator app for tests."""

from __future__ import annotations

import base64
import re

from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import totp

from shipsync_site.lib import clock
from shipsync_site.models import Authenticator, RecoveryCode
from shipsync_site.security import factor

PASSWORD = "a-long-test-password"


def code_of(key: bytes, *, drift: int = 0) -> str:
    """What the app shows now, or ``drift`` steps of 30 seconds later."""
    return f"{totp(key, drift=drift):06d}"


def app_code(person: User, *, drift: int = 0) -> str:
    """The code of a person's own app."""
    return code_of(key_of(person), drift=drift)


def key_of(person: User) -> bytes:
    """The secret of a person's app."""
    return bytes.fromhex(Authenticator.objects.get(user=person).key)


def secret_on(page: str) -> bytes:
    """The secret that a set-up page shows for typing."""
    found = re.search(r'data-copy="([A-Z2-7 ]{39})"', page)
    assert found, "no secret on the page"
    return base64.b32decode(found.group(1).replace(" ", ""))


def form_on(page: str) -> str:
    """The sealed secret that the set-up form carries."""
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found, "no form on the page"
    return found.group(1)


def equip(person: User) -> list[str]:
    """Give a person an app that showed no code yet; returns the recovery codes."""
    Authenticator.objects.create(
        user=person,
        name="app",
        key=bytes(range(20)).hex(),
        set_up_at=clock.real_now(),
    )
    return factor.new_codes(person)


def log_in(client: Client, name: str, password: str = PASSWORD, **extra: str) -> int:
    """Type name and password; the status of the answer."""
    answer = client.post(
        "/login/", {"username": name, "password": password}, headers=extra or None
    )
    return answer.status_code


def codes_left(person: User) -> int:
    """Unused recovery codes."""
    return RecoveryCode.objects.filter(user=person, used_at=None).count()
