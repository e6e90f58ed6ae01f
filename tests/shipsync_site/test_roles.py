"""The groups are what the table says, after a migration and after the command."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from shipsync_site import roles


@pytest.mark.django_db
def test_migrating_makes_the_groups() -> None:
    for name, wanted in roles.ROLES.items():
        group = Group.objects.get(name=name)
        assert {
            f"{app}.{code}"
            for app, code in group.permissions.values_list(
                "content_type__app_label", "codename"
            )
        } == wanted


@pytest.mark.django_db
def test_the_command_takes_back_what_was_added_by_hand() -> None:
    packer = Group.objects.get(name="packer")
    packer.permissions.add(Permission.objects.get(codename="configure_store"))
    call_command("ensure_roles", verbosity=0)
    assert not packer.permissions.filter(codename="configure_store").exists()


@pytest.mark.django_db
def test_a_permission_that_does_not_exist_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(roles.ROLES, "ops", frozenset({"orders.fly_to_the_moon"}))
    with pytest.raises(CommandError, match=r"orders\.fly_to_the_moon"):
        call_command("ensure_roles", verbosity=0)


def test_only_admins_configure_and_packers_see_no_buyer() -> None:
    holders = {
        name for name, owned in roles.ROLES.items() if "stores.configure_store" in owned
    }
    assert holders == {"admin"}
    assert "orders.reveal_buyer" not in roles.ROLES["packer"]
    assert "orders.reveal_buyer" not in roles.ROLES["ops"]
