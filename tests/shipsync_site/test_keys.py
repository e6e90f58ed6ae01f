from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from orders.models import ParkedRecord
from shipsync_site import rotation
from shipsync_site.lib import clock
from stores.models import ShipStationAccount

SECRETS = {"api_key": "the-key", "api_secret": "the-secret"}


@pytest.fixture
def account(db: None) -> ShipStationAccount:
    return ShipStationAccount.objects.create(
        name="Main", key_fingerprint="f", secrets=SECRETS
    )


def test_rotation_leaves_everything_readable_by_the_new_key_alone(
    account: ShipStationAccount, settings: LazySettings
) -> None:
    new = Fernet.generate_key().decode()
    settings.SHIPSYNC_FIELD_KEYS = [new, *settings.SHIPSYNC_FIELD_KEYS]

    call_command("rotate_keys")

    settings.SHIPSYNC_FIELD_KEYS = [new]
    account.refresh_from_db()
    assert account.secrets == SECRETS


def test_rotation_names_what_it_cannot_open(
    account: ShipStationAccount, settings: LazySettings
) -> None:
    settings.SHIPSYNC_FIELD_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(CommandError, match=r"stores\.ShipStationAccount"):
        call_command("rotate_keys")


def test_a_rotation_that_was_stopped_goes_on_where_it_was(
    db: None, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 10)
    ParkedRecord.objects.bulk_create(
        ParkedRecord(
            account="remote-1",
            source="amazon",
            remote_id=str(number),
            problem="x",
            body={"number": number},
            first_seen_at=clock.now(),
            last_seen_at=clock.now(),
        )
        for number in range(35)
    )
    new = Fernet.generate_key().decode()
    settings.SHIPSYNC_FIELD_KEYS = [new, *settings.SHIPSYNC_FIELD_KEYS]

    def stop(progress: rotation.Progress) -> None:
        if progress.rows == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(stop)
    sealed = {p.model: p.sealed for p in rotation.rotate(lambda progress: None)}
    assert sealed["orders.ParkedRecord"] == 15
    again = {p.model: p.sealed for p in rotation.rotate(lambda progress: None)}
    assert not any(again.values())

    settings.SHIPSYNC_FIELD_KEYS = [new]
    assert [row.body["number"] for row in ParkedRecord.objects.order_by("pk")] == list(
        range(35)
    )


@pytest.mark.django_db
def test_every_table_with_sealed_columns_is_rotated() -> None:
    tables = {model._meta.label: fields for model, fields in rotation.sealed_tables()}
    assert {
        "orders.OrderBuyer",
        "orders.RawBlock",
        "shipsync_site.Authenticator",
        "stores.RemoteAccount",
    } <= set(tables)
    assert len(tables["orders.OrderBuyer"]) == 3


@pytest.mark.cluster
def test_a_rehearsal_is_stopped_half_way_and_ends_well(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("rotate_keys", "--rehearse", "1000")
    told = capsys.readouterr().out
    assert "still need the old one" in told
    assert "peak memory" in told
    assert "all 1000 rows open with the new key alone" in told


def test_a_rehearsal_needs_enough_rows_to_be_stopped() -> None:
    with pytest.raises(CommandError, match="at least 1000 rows"):
        call_command("rotate_keys", "--rehearse", "10")


def test_new_keys_are_fresh_and_fit(
    capsys: pytest.CaptureFixture[str], settings: LazySettings
) -> None:
    call_command("new_keys")
    call_command("new_keys")

    lines = capsys.readouterr().out.split()
    assert len(set(lines)) == 6
    values = dict(line.split("=", 1) for line in lines)
    assert set(values) == {
        "SHIPSYNC_SECRET_KEY",
        "SHIPSYNC_FIELD_KEYS",
        "SHIPSYNC_SEARCH_KEY",
    }
    assert Fernet(values["SHIPSYNC_FIELD_KEYS"])
