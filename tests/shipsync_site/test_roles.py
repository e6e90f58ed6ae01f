"""The groups are what the table says, after a migration and after the command."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from shipsync_site import roles
from shipsync_site.lib.permissions import in_words


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


@pytest.mark.django_db
def test_a_refusal_says_what_is_missing_who_has_it_and_who_gives_it(
    users: dict[str, User], client: Client
) -> None:
    client.force_login(users["packer"])

    answer = client.get(reverse("stores:create"))

    page = " ".join(answer.content.decode().split())
    assert answer.status_code == 403
    wanted = in_words("stores.configure_store").removeprefix("Can ")
    assert f"allowed to <strong>{wanted}</strong>" in page
    assert "People with the role <strong>admin</strong> are: ask one of them" in page
    assert "a superuser (superuser) adds you" in page


@pytest.mark.django_db
def test_a_refusal_without_a_permission_says_what_its_code_says(
    users: dict[str, User], client: Client
) -> None:
    client.force_login(users["ops"])

    answer = client.get("/admin/login/")

    assert answer.status_code == 403
    assert "Raw records are for superusers only." in answer.content.decode()
