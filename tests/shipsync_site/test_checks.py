from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings, settings
from django.core.checks import CheckMessage
from django_q.models import Schedule

from shipsync_site import checks
from shipsync_site.lib.registry import Registry
from stores.connectors.base import Capability, Connector


def ids(messages: list[CheckMessage]) -> list[str | None]:
    return [message.id for message in messages]


def test_development_settings_pass_every_check() -> None:
    for check in (
        checks.check_secrets,
        checks.check_time_zone,
        checks.check_connections,
        checks.check_queue,
    ):
        assert check() == []


@pytest.mark.parametrize("name", sorted(checks.SECRETS))
def test_a_missing_secret_is_named(settings: LazySettings, name: str) -> None:
    setattr(settings, name, [] if name == "SHIPSYNC_FIELD_KEYS" else "")

    (error,) = checks.check_secrets()

    assert error.id == "shipsync.E001"
    assert checks.SECRETS[name][0] in error.msg


def test_development_keys_are_refused_in_production(settings: LazySettings) -> None:
    settings.DEVELOPMENT = False

    assert "the development key" in checks.check_secrets()[0].msg


def test_local_time_is_refused(settings: LazySettings) -> None:
    settings.TIME_ZONE = "Europe/London"

    assert ids(checks.check_time_zone()) == ["shipsync.E002"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"CONN_MAX_AGE": 0}, "shipsync.E003"),
        ({"OPTIONS": {"pool": True}}, "shipsync.E004"),
    ],
)
def test_database_settings_that_stop_the_queue(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], expected: str
) -> None:
    database = {"NAME": "shipsync", "CONN_MAX_AGE": 600, **change}
    monkeypatch.setattr(settings, "DATABASES", {"default": database})

    assert ids(checks.check_connections()) == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"queue_limit": 0}, "shipsync.E005"),
        ({"queue_limit": 50}, "shipsync.E005"),
        ({"retry": 300}, "shipsync.E006"),
        ({"timeout": None}, "shipsync.E006"),
        ({"save_limit": 250}, "shipsync.E007"),
        ({"catch_up": True}, "shipsync.E007"),
        ({"timeout": 10}, "shipsync.E008"),
    ],
)
def test_queue_settings_that_run_work_twice(
    settings: LazySettings, change: dict[str, Any], expected: str
) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "workers": 2, **change}

    assert expected in ids(checks.check_queue())


def test_an_empty_registry_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "KINDS", Registry("kinds", "orders.sync"))
    monkeypatch.setattr(checks, "CONNECTORS", ["one"])

    assert ids(checks.check_registries()) == ["shipsync.E009"]


def test_a_connector_names_all_it_lacks() -> None:
    class Halfway(Connector):
        code = "halfway"
        capabilities = frozenset({Capability.CONFIRM_DISPATCH})

    (error,) = checks._connector_errors([Halfway])  # type: ignore[type-abstract]

    assert error.id == "shipsync.E010"
    for gap in ("label", "fetch_page", "confirm"):
        assert gap in error.msg


@pytest.mark.django_db
def test_a_foreign_schedule_is_reported() -> None:
    Schedule.objects.create(name="mine", func="os.getpid", args="(broken")

    (warning,) = checks.check_schedules(databases=["default"])

    assert warning.id == "shipsync.W011"
    assert "'mine'" in warning.msg


def test_a_public_address_in_the_clear_is_refused(settings: LazySettings) -> None:
    settings.SHIPSYNC_PUBLIC_URL = ""
    assert checks.check_public_address() == []
    settings.SHIPSYNC_PUBLIC_URL = "http://ops.example.com"
    assert checks.check_public_address() == []

    settings.DEVELOPMENT = False

    (error,) = checks.check_public_address()
    assert error.id == "shipsync.E014"
    assert "must begin with https://" in error.msg
