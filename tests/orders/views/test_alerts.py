"""The pages of alerts: places with sealed addresses, rules, the preview, one's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client, override_settings

from orders.models import AlertMessage, AlertRule, AlertTarget
from shipsync_site.lib import clock
from tests.orders.factories import make_order

pytestmark = pytest.mark.django_db
SLACK = "https://hooks.slack.com/services/T0/B0/hush"
PLACE = {
    "name": "Ops channel",
    "way": "slack",
    "new_address": SLACK,
    "enabled": "on",
    "timezone": "Europe/London",
}
RULE = {"trigger": "ship_by", "minutes": "240", "who": "role:ops", "enabled": "on"}


@pytest.fixture(autouse=True)
def _mail() -> Iterator[None]:
    with override_settings(EMAIL_IS_SET=True):
        yield


@pytest.fixture
def lead(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["lead"])
    return client


def send(client: Client, url: str, **values: Any) -> str:
    return client.post(url, values, follow=True).content.decode()


def test_a_place_keeps_its_address_and_secret_to_itself(lead: Client) -> None:
    values = PLACE | {"way": "webhook", "new_secret": "sixteen-or-more-letters"}
    page = send(lead, "/alerts/places/new/", **values)
    place = AlertTarget.objects.get()
    assert (place.address, place.secret) == (SLACK, "sixteen-or-more-letters")
    assert SLACK not in page
    assert "sixteen-or-more" not in page

    page = send(
        lead,
        f"/alerts/places/{place.pk}/",
        **values | {"name": "Ops", "new_address": "", "new_secret": ""},
    )
    place.refresh_from_db()
    assert (place.name, place.address) == ("Ops", SLACK)
    assert place.secret == "sixteen-or-more-letters"
    assert SLACK not in page


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"new_address": ""}, "Where to? Enter the address."),
        ({"new_address": "https://10.0.0.8/x"}, "a number is no name of a server"),
        ({"new_address": "http://hooks.slack.com/x"}, "must begin with https"),
        ({"way": "mail"}, "Enter a valid email address"),
        ({"new_secret": "short"}, "at least 16 characters"),
        ({"quiet_from": "22:00"}, "Give both times, or none"),
        ({"timezone": "Moon"}, "is no time zone"),
    ],
)
def test_what_can_not_be_a_place_is_named(
    lead: Client, values: dict[str, str], says: str
) -> None:
    assert says in send(lead, "/alerts/places/new/", **PLACE | values)
    assert not AlertTarget.objects.exists()


def test_two_places_have_two_names(lead: Client) -> None:
    send(lead, "/alerts/places/new/", **PLACE)
    page = send(lead, "/alerts/places/new/", **PLACE)
    assert "There is a place called &#x27;Ops channel&#x27; already." in page


def test_another_way_wants_another_address(lead: Client) -> None:
    send(lead, "/alerts/places/new/", **PLACE)
    place = AlertTarget.objects.get()
    values = PLACE | {"way": "mail", "new_address": ""}
    page = send(lead, f"/alerts/places/{place.pk}/", **values)
    assert "Where to? Enter the address." in page


def test_a_test_is_sent_for_real_and_answers_in_a_sentence(lead: Client) -> None:
    place = AlertTarget.objects.create(name="Bench", address="bench@example.test")
    page = send(lead, f"/alerts/places/{place.pk}/test/")
    assert "Sent: the other side took it." in page
    assert mail.outbox[0].to == ["bench@example.test"]
    with override_settings(EMAIL_IS_SET=False):
        page = send(lead, f"/alerts/places/{place.pk}/test/")
    assert "Mail is not set up" in page


def test_a_rule_tells_a_place_or_a_role(lead: Client) -> None:
    place = AlertTarget.objects.create(name="Bench", address="bench@example.test")
    send(lead, "/alerts/rules/new/", **RULE | {"who": f"place:{place.pk}"})
    rule = place.rules.get()
    assert (rule.trigger, rule.minutes, rule.role) == ("ship_by", 240, "")

    send(lead, f"/alerts/rules/{rule.pk}/", **RULE | {"delay": "30"})
    rule.refresh_from_db()
    assert (rule.role, rule.target, rule.delay) == ("ops", None, 30)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"minutes": ""}, "How long before? Choose one."),
        ({"trigger": "growth"}, "By how many cases within an hour?"),
        ({"who": "role:packer"}, "Select a valid choice"),
        ({"delay": "99999"}, "At most 10080 minutes"),
    ],
)
def test_what_a_rule_lacks_is_named(
    lead: Client, values: dict[str, str], says: str
) -> None:
    before = AlertRule.objects.count()
    assert says in send(lead, "/alerts/rules/new/", **RULE | values)
    assert AlertRule.objects.count() == before


def test_a_rule_that_came_along_is_switched_off_not_removed(lead: Client) -> None:
    rule = AlertRule.objects.get(code="ops-store")
    send(lead, f"/alerts/rules/{rule.pk}/delete/")
    rule.refresh_from_db()
    assert not rule.enabled
    own = AlertRule.objects.create(trigger="store", role="ops")
    send(lead, f"/alerts/rules/{own.pk}/delete/")
    assert not AlertRule.objects.filter(pk=own.pk).exists()


def test_the_preview_names_who_would_be_told_and_writes_nothing(lead: Client) -> None:
    AlertRule.objects.all().delete()
    place = AlertTarget.objects.create(name="Bench", address="bench@example.test")
    place.rules.create(trigger="ship_by", minutes=240)
    make_order(ship_by=clock.now() + timedelta(hours=2))

    page = lead.get("/alerts/")

    assert [row.target for row in page.context["now"]] == [place]
    assert "1 order has to be packed within 4 h" in page.content.decode()
    assert not AlertMessage.objects.exists()


def test_a_preview_s_link_lists_as_many_orders_as_it_counts(lead: Client) -> None:
    AlertRule.objects.all().delete()
    place = AlertTarget.objects.create(name="Bench", address="bench@example.test")
    place.rules.create(trigger="ship_by", minutes=240)
    for hours in (1, 3, 6):
        make_order(ship_by=clock.now() + timedelta(hours=hours))
    (row,) = lead.get("/alerts/").context["now"]
    listed = lead.get(row.finding.path)
    assert row.finding.count == 2
    assert len(listed.context["page"].rows) == 2


def test_messages_that_failed_are_found(lead: Client) -> None:
    place = AlertTarget.objects.create(name="Bench", address="bench@example.test")
    now = clock.now()
    for number, state in enumerate(("sent", "failed")):
        place.messages.create(
            window=str(number),
            subject=f"subject {state}",
            state=state,
            error="No answer" if state == "failed" else "",
            created_at=now,
            due_at=now,
        )
    page = lead.get("/alerts/sent/?state=failed").content.decode()
    assert "subject failed" in page
    assert "No answer" in page
    assert "subject sent" not in page
    assert "1 message could not be sent" in lead.get("/alerts/").content.decode()


def test_everybody_has_their_own_switches(
    client: Client, users: dict[str, User]
) -> None:
    users["ops"].email = "ops@example.test"
    users["ops"].save()
    client.force_login(users["ops"])
    page = client.get("/alerts/mine/")
    shown = [rule.code for rule, on in page.context["rules"] if on]
    assert {"ops-orders-4h", "ops-orders-1h", "ops-store"} <= set(shown)
    assert not any(code.startswith("lead-") for code in shown)
    assert not AlertTarget.objects.exists(), "looking writes nothing"

    kept = AlertRule.objects.get(code="ops-orders-1h")
    send(
        client,
        "/alerts/mine/",
        rule=[kept.pk],
        enabled="on",
        timezone="Europe/Berlin",
        quiet_from="20:00",
        quiet_until="07:00",
    )
    target = AlertTarget.objects.get(user=users["ops"])
    assert target.timezone == "Europe/Berlin"
    muted = set(target.muted.values_list("code", flat=True))
    assert "ops-orders-4h" in muted
    assert "ops-orders-1h" not in muted

    assert "Sent: the other side took it." in send(client, "/alerts/mine/test/")
    assert mail.outbox[0].to == ["ops@example.test"]


def test_nobody_sees_another_person_s_page_as_a_place(
    lead: Client, users: dict[str, User]
) -> None:
    own = AlertTarget.objects.create(name="ops", user=users["ops"])
    assert lead.get(f"/alerts/places/{own.pk}/").status_code == 404
