"""Several at once: a code counts once, and no write is lost to a rotation of keys."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection

from orders.models import ParkedRecord
from shipsync_site import rotation
from shipsync_site.lib import clock
from shipsync_site.security import factor
from tests.orders.factories import make_user
from tests.orders.test_triage_concurrent import at_once
from tests.shipsync_site.security import app_code, codes_left, equip

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_of_four_who_type_the_same_code_one_comes_in() -> None:
    person = make_user()
    equip(person)
    code = app_code(person)
    checks = at_once(4, lambda index: factor.check(person, code))
    assert sum(check.device is not None for check in checks) == 1


def test_a_recovery_code_typed_four_times_at_once_counts_once() -> None:
    person = make_user()
    codes = equip(person)
    checks = at_once(4, lambda index: factor.check(person, codes[0]))
    assert sum(check.device is not None for check in checks) == 1
    assert codes_left(person) == 9


def test_a_rotation_loses_no_write_that_happens_beside_it(settings: Any) -> None:
    ParkedRecord.objects.bulk_create(
        ParkedRecord(
            account="remote-1",
            source="amazon",
            remote_id=str(number),
            problem="x",
            body={"seen": 0},
            first_seen_at=clock.now(),
            last_seen_at=clock.now(),
        )
        for number in range(600)
    )
    new = Fernet.generate_key().decode()
    settings.SHIPSYNC_FIELD_KEYS = [new, *settings.SHIPSYNC_FIELD_KEYS]
    written: dict[int, int] = {}
    stop = threading.Event()

    def write() -> None:
        try:
            for row in ParkedRecord.objects.order_by("-pk").iterator():
                if stop.is_set():
                    break
                row.body = {"seen": row.pk}
                row.save(update_fields=["body"])
                written[row.pk] = row.pk
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    rotation.rotate(lambda progress: None)
    stop.set()
    writer.join(30)

    settings.SHIPSYNC_FIELD_KEYS = [new]
    assert written
    assert {
        row.pk: row.body["seen"] for row in ParkedRecord.objects.filter(pk__in=written)
    } == written
