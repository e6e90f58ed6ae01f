from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.core.management import CommandError, call_command

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
