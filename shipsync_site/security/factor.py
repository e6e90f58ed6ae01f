"""The second factor: set up, check, recover, turn off. No page in here.

The set-up page keeps its secret in a sealed text inside the form, bound to the person
and good for a quarter of an hour, so that looking at the page writes nothing. The row
is made by the first right code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import segno
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from shipsync_site.lib import clock
from shipsync_site.lib.sealed import SealBrokenError, seal, unseal
from shipsync_site.models import (
    DIGITS,
    STEP_SECONDS,
    Authenticator,
    RecoveryCode,
    SecondFactorRule,
    matching_step,
)

ISSUER = "shipsync"
SECRET_BYTES = 20
SET_UP_TIME = timedelta(minutes=15)
CODES = 10
# Crockford's letters: none that is taken for another when it is read off paper.
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_CODE_LENGTH = 10


class SetUpError(ValueError):
    """A set-up that can't be finished; its text is for the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether a person has a second factor, and whether a rule asks for one."""

    has: bool
    needed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A secret that waits for its first code: ``form`` is what the form carries."""

    secret: str
    form: str
    uri: str
    picture: str

    @property
    def groups(self) -> str:
        """The secret in groups of four, for typing."""
        return " ".join(self.secret[i : i + 4] for i in range(0, len(self.secret), 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What became of a code. ``until`` (real time): not looked at, too many before."""

    device: Authenticator | None = None
    recovery: bool = False
    until: datetime | None = None

    @property
    def seconds(self) -> int:
        """How long to wait, at least one second while there is a wait."""
        if self.until is None:
            return 0
        left = (self.until - clock.real_now()).total_seconds()
        return max(1, math.ceil(left))


def rules_for(user: User) -> Q:
    """The rules that ask this person for a second factor."""
    mine = Q(group__in=user.groups.all())
    return mine | Q(for_superusers=True) if user.is_superuser else mine


def standing(user: User) -> Standing:
    """What the person has and needs; one query."""
    row = (
        User.objects.filter(pk=user.pk)
        .values_list(
            Exists(Authenticator.objects.filter(user=OuterRef("pk"), confirmed=True)),
            Exists(SecondFactorRule.objects.filter(rules_for(user))),
        )
        .first()
    )
    has, needed = row or (False, False)
    return Standing(has=has, needed=needed)


def device_of(user: User) -> Authenticator | None:
    """The person's authenticator, if there is one."""
    found: Authenticator | None = Authenticator.objects.filter(
        user=user, confirmed=True
    ).first()
    return found


def offer(user: User, *, renew: bool = False) -> Offer:
    """A fresh secret with its QR code; nothing is stored.

    ``renew``: the person has just shown the password, so an old device may be replaced.
    """
    key = secrets.token_bytes(SECRET_BYTES)
    body = {
        "user": user.pk,
        "key": key.hex(),
        "renew": renew,
        "at": clock.real_now().timestamp(),
    }
    return _offer(user, key, seal(json.dumps(body)).decode())


def offered(user: User, form: str) -> Offer:
    """The same offer again, for a page that comes back with an error."""
    key, _renew = _open(user, form)
    return _offer(user, key, form)


def _offer(user: User, key: bytes, form: str) -> Offer:
    secret = base64.b32encode(key).decode().rstrip("=")
    label = quote(f"{ISSUER}:{user.get_username()}")
    parameters = urlencode(
        {"secret": secret, "issuer": ISSUER, "digits": DIGITS, "period": STEP_SECONDS}
    )
    uri = f"otpauth://totp/{label}?{parameters}"
    picture = segno.make(uri, error="m").svg_data_uri(
        scale=5, border=3, dark="#000", light="#fff"
    )
    return Offer(secret=secret, form=form, uri=uri, picture=picture)


def _open(user: User, form: str) -> tuple[bytes, bool]:
    try:
        body = json.loads(unseal(form.encode()))
    except (SealBrokenError, ValueError):
        raise SetUpError("This form was not ours. Start again.") from None
    at = datetime.fromtimestamp(body["at"], tz=clock.real_now().tzinfo)
    if body["user"] != user.pk or clock.real_now() - at > SET_UP_TIME:
        raise SetUpError(
            "This set-up is older than 15 minutes. Start again and scan the new code."
        )
    return bytes.fromhex(body["key"]), bool(body["renew"])


def confirm(user: User, form: str, code: str) -> tuple[Authenticator, list[str]]:
    """Make the offered secret the person's own; returns it and ten recovery codes.

    Raises SetUpError for a wrong code, an old form, or a device that is there already.
    """
    key, renew = _open(user, form)
    step = matching_step(key, digits_of(code))
    if step is None:
        raise SetUpError(
            "That code does not fit. Type the six digits that the app shows now; if it "
            "goes on, check that the telephone sets its clock by itself."
        )
    now = clock.real_now()
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=user.pk)
        known = Authenticator.objects.filter(user=user).first()
        if known is not None and not renew:
            raise SetUpError("A second factor is set up already: renew it instead.")
        if known is not None:
            # A new row: sessions that passed step 2 with the old one have to again.
            known.delete()
        device = Authenticator.objects.create(
            user=user,
            name="Authenticator app",
            key=key.hex(),
            last_step=step,
            set_up_at=now,
            last_used_at=now,
        )
        codes = new_codes(user)
    return device, codes


def digits_of(code: str) -> str:
    """A code as typed, without the spaces that apps show."""
    return "".join(code.split())


def new_codes(user: User) -> list[str]:
    """Ten fresh recovery codes, 50 random bits each; the earlier ones are void."""
    now = clock.real_now()
    codes = [
        "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
        for _ in range(CODES)
    ]
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(user=user, digest=_digest(user, code), made_at=now)
            for code in codes
        )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def codes_left(user: User) -> int:
    """How many recovery codes are unused."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def _digest(user: User, code: str) -> str:
    key = settings.SHIPSYNC_SEARCH_KEY.encode()
    text = f"recovery:{user.pk}:{code}".encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()


def check(user: User, code: str) -> Check:
    """Try a code of the app or a recovery code; a right one is spent.

    Wrong ones are counted, and after each the next try waits twice as long.
    """
    with transaction.atomic():
        device: Authenticator | None = (
            Authenticator.objects.select_for_update()
            .filter(user=user, confirmed=True)
            .first()
        )
        if device is None:
            return Check()
        allowed, refusal = device.verify_is_allowed()
        if not allowed:
            return Check(until=refusal["locked_until"])
        typed = digits_of(code)
        right = device.verify_token(typed)
        recovery = not right and _spend(user, typed)
        if not (right or recovery):
            device.throttle_increment(commit=True)
            return Check()
        device.throttle_reset(commit=False)
        device.last_used_at = clock.real_now()
        device.save()
        return Check(device=device, recovery=recovery)


def _spend(user: User, typed: str) -> bool:
    code = typed.replace("-", "").lower()
    if len(code) != _CODE_LENGTH:
        return False
    spent = RecoveryCode.objects.filter(
        user=user, digest=_digest(user, code), used_at=None
    ).update(used_at=clock.real_now())
    return bool(spent)


def remove(user: User) -> bool:
    """Take device and recovery codes away; False if there was no device."""
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        gone, _ = Authenticator.objects.filter(user=user).delete()
    return bool(gone)
