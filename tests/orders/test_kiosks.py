from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError

from orders import kiosks
from orders.models import KioskDevice, PairingMiss
from shipsync_site.lib import clock
from tests.orders.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> User:
    return make_user("lead-of-packing")


def test_a_code_is_exchanged_once_for_a_key_that_lets_in(lead: User) -> None:
    device, code = kiosks.add("Bench 1", 15, lead)

    paired, key = kiosks.pair(code.lower(), "10.0.0.1")

    assert paired == device
    assert kiosks.device_of(key) == device
    assert len(key) >= 43
    assert key not in str(KioskDevice.objects.values().get())
    with pytest.raises(kiosks.KioskError):
        kiosks.pair(code, "10.0.0.1")


def test_a_code_ends_after_ten_minutes(lead: User) -> None:
    device, code = kiosks.add("Bench 1", 15, lead)
    KioskDevice.objects.update(pairing_until=clock.real_now() - timedelta(seconds=1))

    with pytest.raises(kiosks.KioskError, match="No screen waits for this code"):
        kiosks.pair(code, "10.0.0.1")
    assert kiosks.pair(kiosks.new_code(device), "10.0.0.1")[0] == device


def test_a_new_code_leaves_the_old_key_until_it_is_used(lead: User) -> None:
    device, code = kiosks.add("Bench 1", 15, lead)
    _device, first = kiosks.pair(code, "10.0.0.1")

    fresh = kiosks.new_code(device)
    assert kiosks.device_of(first) == device
    _device, second = kiosks.pair(fresh, "10.0.0.1")

    assert kiosks.device_of(first) is None
    assert kiosks.device_of(second) == device


def test_a_revoked_screen_is_let_in_no_more_and_pairs_no_more(lead: User) -> None:
    device, code = kiosks.add("Bench 1", 15, lead)
    _device, key = kiosks.pair(code, "10.0.0.1")
    again = kiosks.new_code(device)

    kiosks.revoke(device, lead)

    assert kiosks.device_of(key) is None
    with pytest.raises(kiosks.KioskError):
        kiosks.pair(again, "10.0.0.1")


def test_wrong_codes_close_the_page_for_that_address(lead: User) -> None:
    _device, code = kiosks.add("Bench 1", 15, lead)
    for _try in range(kiosks.MISSES_OF_ONE):
        with pytest.raises(kiosks.KioskError, match="No screen waits"):
            kiosks.pair("WRONG234", "10.0.0.9")

    with pytest.raises(kiosks.TooManyCodesError):
        kiosks.pair(code, "10.0.0.9")
    assert kiosks.pair(code, "10.0.0.1")[0].name == "Bench 1"


def test_wrong_codes_from_everywhere_close_it_for_all(lead: User) -> None:
    _device, code = kiosks.add("Bench 1", 15, lead)
    PairingMiss.objects.bulk_create(
        PairingMiss(address=f"10.0.1.{n}", at=clock.real_now())
        for n in range(kiosks.MISSES_OF_ALL)
    )

    with pytest.raises(kiosks.TooManyCodesError):
        kiosks.pair(code, "10.0.0.1")


def test_two_screens_never_share_a_name_or_a_key(lead: User) -> None:
    device, _code = kiosks.add("Bench  1", 15, lead)

    with pytest.raises(kiosks.KioskError, match="'Bench 1' exists already"):
        kiosks.add("Bench 1", 15, lead)
    with pytest.raises(IntegrityError):
        KioskDevice.objects.create(
            name="Bench 2", key_hash=device.key_hash, created_at=clock.now()
        )


def test_no_key_is_no_screen() -> None:
    assert kiosks.device_of("") is None
    assert kiosks.device_of("made-up") is None
