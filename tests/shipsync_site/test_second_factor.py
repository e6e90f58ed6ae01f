"""The second step: set up, asked for, spent once, taken away; nothing before it."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from shipsync_site.lib import clock
from shipsync_site.models import (
    Authenticator,
    RecoveryCode,
    SecondFactorRule,
    SecurityEvent,
)
from shipsync_site.security import factor, people
from shipsync_site.security.middleware import OPEN
from tests.shipsync_site.security import (
    PASSWORD,
    app_code,
    code_of,
    codes_left,
    equip,
    form_on,
    log_in,
    secret_on,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cs(users: dict[str, User]) -> User:
    """Somebody with an app."""
    users["cs"].codes = equip(users["cs"])  # type: ignore[attr-defined]
    return users["cs"]


def step_two(client: Client, code: str) -> int:
    """Type a code; the status of the answer."""
    return client.post("/second-factor/", {"code": code}).status_code


def test_setting_it_up_by_hand(client: Client, users: dict[str, User]) -> None:
    client.force_login(users["ops"])
    answer = client.get("/second-factor/set-up/")
    page = answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert 'src="data:image/svg+xml' in page
    assert " style=" not in page
    key, form = secret_on(page), form_on(page)
    assert not Authenticator.objects.exists()

    wrong = client.post("/second-factor/set-up/", {"form": form, "code": "000000"})
    assert wrong.status_code == 422
    assert b"That code does not fit" in wrong.content
    assert form_on(wrong.content.decode()) == form

    done = client.post("/second-factor/set-up/", {"form": form, "code": code_of(key)})
    codes = done.content.decode().split('class="recovery">')[1].split("</ul>")[0]
    assert codes.count("<li>") == 10
    assert client.get("/").status_code == 200
    assert SecurityEvent.objects.get().verb == "second_factor_set_up"
    # Shown once: no page shows them again, and no row holds one.
    shown = re.findall(r"[0-9a-z]{5}-[0-9a-z]{5}", codes)
    assert len(set(shown)) == 10
    after = client.get("/second-factor/set-up/", follow=True).content.decode()
    assert "10 left" in after
    assert not any(code in after for code in shown)
    row = RecoveryCode.objects.first()
    assert row is not None
    assert row.digest not in codes
    assert len(row.digest) == 64


def test_the_secret_lies_sealed(cs: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM shipsync_site_authenticator")
        stored = bytes(cursor.fetchone()[0])
    assert stored.startswith(b"s1:")
    assert bytes(range(20)).hex().encode() not in stored


def test_a_set_up_form_is_good_for_its_person_and_a_quarter_of_an_hour(
    client: Client, users: dict[str, User]
) -> None:
    client.force_login(users["ops"])
    page = client.get("/second-factor/set-up/").content.decode()
    key, form = secret_on(page), form_on(page)
    other = Client()
    other.force_login(users["cs"])
    data = {"form": form, "code": code_of(key)}
    assert other.post("/second-factor/set-up/", data).status_code == 422
    with time_machine.travel(clock.real_now() + timedelta(minutes=16), tick=False):
        data = {"form": form, "code": code_of(key)}
        answer = client.post("/second-factor/set-up/", data)
    assert answer.status_code == 422
    assert b"older than 15 minutes" in answer.content
    assert not Authenticator.objects.exists()
    data = {"form": "x" * 99, "code": "123456"}
    assert client.post("/second-factor/set-up/", data).status_code == 422


def test_a_stolen_session_cannot_replace_the_app(client: Client, cs: User) -> None:
    client.force_login(cs)
    assert step_two(client, app_code(cs)) == 302
    offer = factor.offer(cs)
    data = {"form": offer.form, "code": code_of(base64.b32decode(offer.secret))}
    answer = client.post("/second-factor/set-up/", data)
    assert answer.status_code == 422
    assert b"set up already" in answer.content
    assert client.post("/second-factor/renew/", {"password": "x"}).status_code == 302


def test_signing_in_asks_for_a_code_and_takes_each_once(
    client: Client, cs: User
) -> None:
    assert log_in(client, "cs") == 302
    answer = client.get("/orders/?stage=any")
    assert answer["Location"] == "/second-factor/?next=%2Forders%2F%3Fstage%3Dany"
    code = app_code(cs)
    answer = client.post(
        "/second-factor/", {"code": f"{code[:3]} {code[3:]}", "next": "/orders/"}
    )
    assert answer["Location"] == "/orders/"
    assert client.get("/orders/").status_code == 200

    again = Client()
    log_in(again, "cs")
    refused = again.post("/second-factor/", {"code": code})
    assert refused.status_code == 422
    assert b"used before" in refused.content
    assert again.get("/orders/").status_code == 302


def test_next_leads_to_no_other_site(client: Client, cs: User) -> None:
    log_in(client, "cs")
    data = {"code": app_code(cs), "next": "https://evil.example/"}
    assert client.post("/second-factor/", data)["Location"] == "/"


def test_the_session_gets_a_new_key_with_step_two(client: Client, cs: User) -> None:
    log_in(client, "cs")
    before = client.session.session_key
    step_two(client, app_code(cs))
    assert client.session.session_key != before
    sign_in = cs.sign_ins.get()
    assert sign_in.session_key == client.session.session_key
    assert sign_in.second_factor_at is not None


def test_wrong_codes_make_the_next_try_wait_twice_as_long(
    client: Client, cs: User
) -> None:
    now = clock.real_now()
    log_in(client, "cs")
    with time_machine.travel(now, tick=False) as travel:
        for wait in (1, 2, 4, 8):
            assert step_two(client, "000000") == 422
            answer = client.post("/second-factor/", {"code": app_code(cs)})
            assert answer.status_code == 429
            assert answer["Retry-After"] == str(wait)
            travel.shift(wait)
        # Waiting for it, the right one counts, and the count begins anew.
        assert step_two(client, app_code(cs)) == 302
    assert Authenticator.objects.get().throttling_failure_count == 0


def test_recovery_codes_wait_on_the_same_count(client: Client, cs: User) -> None:
    log_in(client, "cs")
    assert step_two(client, "00000-00000") == 422
    assert step_two(client, cs.codes[0]) == 429  # type: ignore[attr-defined]
    assert codes_left(cs) == 10


def test_a_recovery_code_works_once(client: Client, cs: User) -> None:
    code: str = cs.codes[3]  # type: ignore[attr-defined]
    log_in(client, "cs")
    assert step_two(client, code.upper()) == 302
    page = client.get("/").content
    assert b"9 are left" in page
    assert SecurityEvent.objects.get().verb == "recovery_code_used"
    assert codes_left(cs) == 9

    again = Client()
    log_in(again, "cs")
    assert step_two(again, code) == 422


def test_nothing_but_its_own_pages_is_reached_before_step_two(
    client: Client, users: dict[str, User]
) -> None:
    for person in ("superuser", "lead"):
        equip(users[person])
        client.force_login(users[person])
        checked = 0
        for pattern in _simple_views(get_resolver().url_patterns):
            name, path, needs_login = pattern
            answer = client.get(path)
            if name in OPEN or not needs_login:
                continue
            assert answer.status_code == 302, path
            assert answer["Location"].startswith("/second-factor/"), path
            checked += 1
        assert checked > 10
        assert client.get("/healthz").status_code in (200, 503)
        assert client.post("/orders/buyer/", {"text": "Ada"})["Location"] == (
            "/second-factor/"
        )


def _simple_views(
    patterns: list[URLPattern | URLResolver], prefix: str = "/"
) -> list[tuple[str, str, bool]]:
    found = []
    for pattern in patterns:
        path = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            found += _simple_views(pattern.url_patterns, path)
        elif not any(mark in path for mark in "<(^$?\\"):
            needs = getattr(pattern.callback, "login_required", True)
            found.append((pattern.name or "", path, needs))
    return found


def test_a_lead_requires_it_of_a_group_and_members_set_it_up_first(
    client: Client, users: dict[str, User]
) -> None:
    member = Client()
    member.force_login(users["cs"])
    assert member.get("/orders/").status_code == 200
    client.force_login(users["lead"])
    group = Group.objects.get(name="cs")
    client.post(f"/people/rules/{group.pk}/", {"needed": "yes"})
    assert SecondFactorRule.objects.get().by == users["lead"]
    page = client.get("/people/?show=missing").content.decode()
    assert "must set it up" in page
    assert f"/people/{users['cs'].pk}/" in page
    assert f"/people/{users['ops'].pk}/" not in page

    # Sessions that are open are led there too.
    assert member.get("/orders/")["Location"] == (
        "/second-factor/set-up/?next=%2Forders%2F"
    )
    form = member.get("/second-factor/set-up/").content.decode()
    data = {"form": form_on(form), "code": code_of(secret_on(form))}
    assert member.post("/second-factor/set-up/", data).status_code == 200
    assert member.get("/orders/").status_code == 200

    client.post(f"/people/rules/{group.pk}/", {"needed": "no"})
    assert not SecondFactorRule.objects.exists()
    verbs = list(SecurityEvent.objects.values_list("verb", flat=True))
    assert verbs.count("rule_changed") == 2


def test_a_page_that_refreshes_itself_goes_there_as_a_whole(
    client: Client, cs: User
) -> None:
    client.force_login(cs)
    answer = client.get("/navigation/", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer["HX-Refresh"] == "true"


def test_only_superusers_set_the_rule_for_superusers(
    client: Client, users: dict[str, User]
) -> None:
    client.force_login(users["admin"])
    answer = client.post("/people/rules/superusers/", {"needed": "yes"})
    assert answer.status_code == 403
    client.force_login(users["superuser"])
    client.post("/people/rules/superusers/", {"needed": "yes"})
    assert client.get("/admin/")["Location"].startswith("/second-factor/set-up/")
    assert client.post("/people/rules/none/", {"needed": "yes"}).status_code == 302
    client.force_login(users["admin"])
    assert client.post("/people/rules/99999/", {"needed": "yes"}).status_code == 404
    assert client.post("/people/rules/none/", {"needed": "yes"}).status_code == 404


def test_turning_it_off_needs_the_password_and_no_rule(
    client: Client, cs: User
) -> None:
    client.force_login(cs)
    step_two(client, app_code(cs))
    client.post("/second-factor/off/", {"password": "wrong"})
    assert Authenticator.objects.exists()
    people.require_factor(Group.objects.get(name="cs"), True, cs)
    client.post("/second-factor/off/", {"password": PASSWORD})
    assert Authenticator.objects.exists()
    people.require_factor(Group.objects.get(name="cs"), False, cs)
    client.post("/second-factor/off/", {"password": PASSWORD})
    assert not Authenticator.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert client.get("/account/").status_code == 200


def test_renewing_needs_the_password_and_ends_the_old_app(
    client: Client, cs: User
) -> None:
    other = Client()
    for each, drift in ((client, 0), (other, 1)):
        each.force_login(cs)
        assert step_two(each, app_code(cs, drift=drift)) == 302
    old = app_code(cs)
    page = client.post("/second-factor/renew/", {"password": PASSWORD}).content.decode()
    data = {"form": form_on(page), "code": code_of(secret_on(page))}
    assert client.post("/second-factor/set-up/", data).status_code == 200
    assert client.get("/").status_code == 200
    # The other session passed step 2 with the old app.
    assert other.get("/")["Location"].startswith("/second-factor/")
    assert step_two(other, old) == 422
    assert codes_left(cs) == 10


def test_new_recovery_codes_void_the_old_ones(client: Client, cs: User) -> None:
    client.force_login(cs)
    step_two(client, app_code(cs))
    page = client.post("/second-factor/codes/", {"password": PASSWORD})
    assert page.content.count(b"<li>") == 10
    again = Client()
    log_in(again, "cs")
    assert step_two(again, cs.codes[0]) == 422  # type: ignore[attr-defined]


def test_wrong_passwords_there_count_as_at_the_login(client: Client, cs: User) -> None:
    client.force_login(cs)
    step_two(client, app_code(cs))
    statuses = [
        client.post("/second-factor/off/", {"password": "wrong"}).status_code
        for _ in range(10)
    ]
    assert statuses[-1] == 429


def test_an_administrator_takes_a_lost_one_away(
    client: Client, cs: User, users: dict[str, User]
) -> None:
    member = Client()
    member.force_login(cs)
    step_two(member, app_code(cs))
    client.force_login(users["lead"])
    assert client.post(f"/people/{cs.pk}/second-factor/reset/").status_code == 403
    client.force_login(users["admin"])
    client.post(f"/people/{cs.pk}/second-factor/reset/")
    assert not Authenticator.objects.exists()
    event = SecurityEvent.objects.get()
    assert (event.verb, event.subject, event.actor) == (
        "second_factor_reset",
        cs,
        users["admin"],
    )
    assert "/login/" in member.get("/")["Location"]
    assert log_in(member, "cs") == 302
    assert member.get("/").status_code == 200
    assert b"Took the second factor away" in client.get(f"/people/{cs.pk}/").content


def test_nobody_below_touches_a_superuser(
    client: Client, users: dict[str, User]
) -> None:
    boss = users["superuser"]
    equip(boss)
    client.force_login(users["admin"])
    for act in ("second-factor/reset", "sessions/end", "unlock"):
        assert client.post(f"/people/{boss.pk}/{act}/").status_code == 403
    assert Authenticator.objects.exists()


def test_the_way_back_in_at_the_machine(
    cs: User, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("second_factor", "cs")
    assert "cs: has second factor, not needed" in capsys.readouterr().out
    call_command("second_factor", "cs", "--reset", "--unlock")
    assert not Authenticator.objects.exists()
    verbs = set(SecurityEvent.objects.values_list("verb", flat=True))
    assert verbs == {"second_factor_reset", "login_unlocked"}
    with pytest.raises(CommandError, match="cs has no second factor"):
        call_command("second_factor", "cs", "--reset")
    with pytest.raises(CommandError, match="nobody logs in with this name"):
        call_command("second_factor", "x")
