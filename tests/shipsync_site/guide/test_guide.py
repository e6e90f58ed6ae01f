"""The guide knows everything that the product has words for, and its pages open."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.exception_kinds import KINDS, Severity, Team
from orders.filters import UrlFilter
from orders.models import AlertTrigger, Stage
from shipsync_site import presentation
from shipsync_site.guide import Link, every_page, kinds, page_for
from shipsync_site.guide.pages import alerts, badges, keys, queue, roles, stages
from shipsync_site.roles import ROLES
from stores.connectors import CONNECTORS


def test_every_stage_has_its_owners_and_every_state_its_meaning() -> None:
    assert set(stages.OWNERS) == set(Stage)
    families = presentation._LABELS
    assert {family: set(shown) for family, (_, shown) in badges.MEANINGS.items()} == {
        family: set(labels) for family, labels in families.items()
    }


def test_every_team_cost_trigger_and_role_has_its_words() -> None:
    assert set(queue.WORK) == set(Team)
    assert set(queue.COSTS) == set(Severity)
    assert set(alerts.FIRST) == set(AlertTrigger)
    assert set(roles.WORK) == set(ROLES)
    assert set().union(*ROLES.values()) <= set(roles.permission_words())


def test_every_letter_on_a_button_is_explained() -> None:
    found = set()
    for path in (settings.BASE_DIR / "templates").rglob("*.html"):
        found |= set(re.findall(r'data-key="(\w)"', path.read_text()))

    assert found == set(keys.LETTERS)


def test_every_marketplace_names_its_clocks() -> None:
    ours = [x for x in CONNECTORS if x.code in ("amazon", "ebay", "mirakl", "tiktok")]

    assert [x.code for x in ours if len(x.deadlines) < 3] == []


@pytest.mark.parametrize("page", every_page(), ids=lambda page: page.code)
def test_a_page_opens_for_whoever_packs_and_is_no_wall(
    page: object, users: dict[str, User], client: Client
) -> None:
    client.force_login(users["packer"])
    code = page.code  # type: ignore[attr-defined]
    answer = client.get(reverse("help_page", args=[code]))

    assert answer.status_code == 200
    parts = answer.context["parts"]
    assert 0 < len(parts) <= 9
    assert all(len(part.text) < 400 for part in parts)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/cases/?team=ops", "queue"),
        ("/orders/17/", "stages"),
        ("/stores/amazon-uk/", "rules"),
        ("/alerts/", "alerts"),
    ],
)
def test_a_page_of_the_console_leads_to_its_help(path: str, code: str) -> None:
    found = page_for(path)

    assert found is not None
    assert found.code == code
    assert page_for("/password/") is None


def links() -> list[Link]:
    parts = [part for page in every_page() for part in page.parts()]
    cells = [
        cell for part in parts if part.table for row in part.table.rows for cell in row
    ]
    cells += [point for part in parts for point in part.points]
    return [cell for cell in cells if isinstance(cell, Link)]


def test_every_link_opens_and_filters_by_values_that_exist(
    users: dict[str, User], client: Client
) -> None:
    client.force_login(users["lead"])
    found = {(link.url, link.query): link for link in links()}

    assert len(found) > 15
    for link in found.values():
        answer = client.get(f"{reverse(link.url, args=link.args)}?{link.query}")
        assert answer.status_code == 200, link
        form = (answer.context or {}).get("form") or (answer.context or {}).get(
            "filters"
        )
        if link.query and isinstance(form, UrlFilter):
            assert form.unknown == "", link


def test_kinds_are_found_by_words_and_team(users: dict[str, User]) -> None:
    assert len(kinds.found()) == len(KINDS)
    assert "carrier_unmapped" in {kind.code for kind in kinds.found("CARRIER mapped")}
    assert kinds.found("carrier", "cs") == [
        kind for kind in kinds.found("carrier") if kind.team == "cs"
    ]
    assert kinds.found("no such words anywhere") == []
    client = Client()
    client.force_login(users["ops"])
    answer = client.get(reverse("help_kinds"), {"q": "combined", "team": "ops"})
    assert answer.context["rows"] == kinds.found("combined", "ops")


def test_a_kind_shows_its_whole_runbook_and_an_unknown_one_is_not_found(
    users: dict[str, User], client: Client
) -> None:
    client.force_login(users["cs"])
    kind = KINDS.get("cancel_requested")
    text = client.get(reverse("help_kind", args=[kind.code])).content.decode()

    for way in kind.resolutions:
        assert way.label in text.replace("&#x27;", "'")
    assert client.get(reverse("help_kind", args=["nothing"])).status_code == 404
    assert client.get(reverse("help_page", args=["nothing"])).status_code == 404
