"""Who gets which page: every URL of the console × every role.

The resolver is walked: a URL without a row here fails the suite.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from orders.models import (
    AlertRule,
    AlertTarget,
    Approval,
    BulkRun,
    KioskDevice,
    OrderException,
    ShadowComparison,
    Watch,
)
from shipsync_site.roles import ROLES
from stores import lanes
from stores.models import (
    AttributeRule,
    CarrierMapping,
    ImportBatch,
    Kit,
    Operator,
    Product,
    SkuAlias,
    Store,
    TaxRule,
)
from tests.orders.factories import (
    make_case,
    make_diagnosis,
    make_order,
    make_store,
    make_user,
)
from tests.permissions import reconciliation
from tests.permissions.row import (
    ADMIN,
    BENCH,
    CS,
    LEADS,
    LOOKERS,
    NONE,
    OPS,
    Row,
)

PEOPLE = (*ROLES, "nobody")

# Open to everybody, also without a login: status, login page itself, and the peers'
# secret addresses (tests/stores/webhooks).
PUBLIC = {
    "favicon",
    "healthz",
    "metrics",
    "login",
    "stores:hook",
    # The bench's screens: a key of their own (tests/orders/views/test_kiosk.py).
    "orders:pair",
    "orders:screen",
    "orders:screen_report",
    "orders:screen_short",
    "orders:screen_found",
    # A watch's state in one word, at a signed address (tests/orders/watch/test_badges.py).
    "orders:watch_badge",
}


ROWS = (
    # The frame: whoever is signed in.
    Row(name="home", nobody=200),
    Row(name="navigation", nobody=200),
    Row(name="password_change", nobody=200),
    Row(name="password_change_done", nobody=200),
    Row(name="logout", method="post", status=302, nobody=302),
    # Second factor, own account, people
    Row(name="second_factor", status=302, nobody=302),
    Row(name="second_factor_setup", nobody=200),
    Row(name="second_factor_renew", method="post", status=302, nobody=302),
    Row(name="second_factor_codes", method="post", status=302, nobody=302),
    Row(name="second_factor_off", method="post", status=302, nobody=302),
    Row(name="account", nobody=200),
    Row(name="sessions_end", method="post", status=302, nobody=302),
    # Help and training
    Row(name="help"),
    Row(name="help_page", args=("question",)),
    Row(name="help_kinds"),
    Row(name="help_kind", args=("kind_code",)),
    Row(name="training"),
    Row(name="lesson", args=("lesson",)),
    Row(name="lesson_start", roles=OPS, args=("lesson",), method="post", status=302),
    Row(name="lesson_go_on", roles=OPS, args=("lesson",), method="post", status=302),
    Row(name="lesson_act", roles=OPS, args=("lesson",), method="post", status=302),
    Row(name="lesson_check", roles=OPS, args=("lesson",), method="post", status=302),
    Row(name="lesson_paper", roles=OPS, args=("lesson",), status=404),
    Row(name="training_people", roles=LEADS),
    Row(name="training_csv", roles=LEADS),
    Row(name="people", roles=LEADS),
    Row(
        name="second_factor_rule",
        roles=LEADS,
        args=("group",),
        method="post",
        data={"needed": "no"},
        status=302,
    ),
    Row(name="person", roles=LEADS, args=("person",)),
    Row(
        name="person_sessions_end",
        roles=LEADS,
        args=("person",),
        method="post",
        status=302,
    ),
    Row(
        name="person_reset",
        roles=ADMIN,
        args=("person",),
        method="post",
        status=302,
    ),
    Row(
        name="person_unlock",
        roles=ADMIN,
        args=("person",),
        method="post",
        status=302,
    ),
    # The packing bench: people here; a screen's own pages are open to its key alone.
    Row(name="orders:approvals", roles=CS),
    Row(
        name="orders:approval_answer",
        roles=CS,
        args=("approval",),
        method="post",
        status=302,
    ),
    Row(name="orders:bench", roles=BENCH),
    Row(name="orders:bench_report", roles=BENCH, method="post", status=422),
    Row(name="orders:bench_short", roles=BENCH, method="post", status=422),
    Row(name="orders:bench_found", roles=BENCH, method="post", status=422),
    Row(name="orders:kiosks", roles=LEADS),
    Row(name="orders:kiosk_code", roles=LEADS, args=("kiosk",), method="post"),
    Row(
        name="orders:kiosk_revoke",
        roles=LEADS,
        args=("kiosk",),
        method="post",
        status=302,
    ),
    Row(name="orders:carrier_trouble", args=("trouble",)),
    # Alerts
    Row(name="orders:alerts", roles=LEADS),
    Row(name="orders:alerts_sent", roles=LEADS),
    Row(name="orders:my_alerts", nobody=200),
    Row(name="orders:my_alerts_test", method="post", status=302, nobody=302),
    Row(name="orders:alert_target_create", roles=LEADS),
    Row(name="orders:alert_target", roles=LEADS, args=("place",)),
    Row(
        name="orders:alert_target_test",
        roles=LEADS,
        args=("place",),
        method="post",
        status=302,
    ),
    Row(
        name="orders:alert_target_delete",
        roles=LEADS,
        args=("place",),
        method="post",
        status=302,
    ),
    Row(name="orders:alert_rule_create", roles=LEADS),
    Row(name="orders:alert_rule", roles=LEADS, args=("alert_rule",)),
    Row(
        name="orders:alert_rule_delete",
        roles=LEADS,
        args=("alert_rule",),
        method="post",
        status=302,
    ),
    Row(name="buyer_data", roles=LEADS),
    Row(name="buyer_reveals", roles=LEADS),
    # Stores
    Row(name="stores:list", roles=LOOKERS),
    Row(name="stores:detail", roles=LOOKERS, args=("slug",)),
    Row(name="stores:create", roles=ADMIN),
    Row(name="stores:edit", roles=ADMIN, args=("slug",)),
    Row(name="stores:rules", roles=LOOKERS, args=("slug",)),
    Row(name="stores:rules_history", roles=LOOKERS, args=("slug",)),
    Row(name="stores:gate", roles=LOOKERS, args=("slug",)),
    Row(
        name="stores:gate_step",
        roles=LEADS,
        args=("slug", "step"),
        method="post",
        status=302,
    ),
    Row(name="stores:statement", roles=LEADS, args=("slug", "subject")),
    Row(name="orders:evidence", roles=LOOKERS, args=("slug",)),
    Row(name="stores:pause", roles=OPS, args=("slug",), method="post", status=302),
    Row(name="stores:resume", roles=OPS, args=("slug",), method="post", status=302),
    Row(name="sync_now", roles=OPS, args=("slug",), method="post", status=302),
    Row(name="sync_progress", roles=OPS, args=("slug",)),
    # Accounts
    Row(name="stores:account_choose", roles=ADMIN),
    Row(name="stores:shipstation_create", roles=ADMIN),
    Row(name="stores:marketplace_create", roles=ADMIN, args=("code",)),
    Row(name="stores:account", roles=LOOKERS, args=("kind", "account")),
    Row(name="stores:account_edit", roles=ADMIN, args=("kind", "account")),
    Row(
        name="stores:account_test",
        roles=OPS,
        args=("kind", "account"),
        method="post",
        status=302,
    ),
    Row(
        name="stores:account_pause",
        roles=OPS,
        args=("kind", "account"),
        method="post",
        status=302,
    ),
    Row(
        name="stores:account_resume",
        roles=OPS,
        args=("kind", "account"),
        method="post",
        status=302,
    ),
    Row(
        name="stores:account_webhooks",
        roles=LEADS,
        args=("kind", "account"),
        method="post",
        status=302,
    ),
    Row(
        name="stores:account_connect",
        roles=LEADS,
        args=("remote",),
        method="post",
    ),
    # Without a state of ours it only says so.
    Row(name="stores:consent", roles=LEADS, status=302),
    # Rules: tax numbers, attributes, rates, eligible carriers
    Row(name="stores:tax_rules", roles=LOOKERS, args=("slug",)),
    Row(name="stores:tax_rule_create", roles=LEADS, args=("slug",)),
    Row(name="stores:tax_rule_edit", roles=LEADS, args=("slug", "tax_rule")),
    Row(
        name="stores:tax_rule_act",
        roles=LEADS,
        args=("slug", "tax_rule"),
        method="post",
        data={"act": "off"},
        status=302,
    ),
    Row(name="stores:tax_guide", roles=LOOKERS, args=("slug",)),
    Row(name="stores:attribute_rules", roles=LOOKERS, args=("slug",)),
    Row(name="stores:attribute_rule_create", roles=LEADS, args=("slug",)),
    Row(name="stores:attribute_rule_edit", roles=LEADS, args=("slug", "attribute")),
    Row(
        name="stores:attribute_rule_act",
        roles=LEADS,
        args=("slug", "attribute"),
        method="post",
        data={"act": "up"},
        status=302,
    ),
    Row(name="stores:calendars", roles=LOOKERS),
    Row(name="stores:calendar", roles=LOOKERS, args=("everybody",)),
    Row(
        name="stores:calendar_own",
        roles=LEADS,
        args=("warehouse",),
        method="post",
        status=302,
    ),
    Row(name="stores:rates", roles=LOOKERS),
    Row(name="stores:eligible", roles=LOOKERS),
    # The line is gone after the first person.
    Row(
        name="stores:eligible_delete",
        roles=LEADS,
        args=("nothing",),
        method="post",
        status=404,
    ),
    Row(name="orders:picker", roles=LEADS, args=("slug",)),
    Row(name="orders:try_path", roles=LEADS, args=("slug",)),
    # Carrier codes
    Row(name="stores:carriers", roles=LOOKERS),
    Row(name="stores:carrier_create", roles=OPS),
    Row(name="stores:operators", roles=ADMIN),
    Row(name="stores:operator_create", roles=ADMIN),
    Row(name="stores:operator_edit", roles=ADMIN, args=("operator",)),
    # A ShipStation account has no lists of a marketplace.
    Row(
        name="stores:account_lists",
        roles=OPS,
        args=("kind", "account"),
        method="post",
        status=404,
    ),
    Row(name="stores:carrier_edit", roles=OPS, args=("mapping",)),
    Row(
        name="stores:carrier_delete",
        roles=OPS,
        args=("mapping",),
        method="post",
        status=302,
    ),
    # Products, kits, aliases, imports
    Row(name="stores:products", roles=LOOKERS),
    Row(name="stores:product", roles=LOOKERS, args=("product",)),
    Row(name="stores:product_create", roles=OPS),
    Row(
        name="stores:product_delete",
        roles=OPS,
        args=("product",),
        method="post",
        status=302,
    ),
    Row(name="stores:catalogue_export", roles=LOOKERS, args=("catalogue",)),
    Row(name="stores:kits", roles=LOOKERS),
    Row(name="stores:kit", roles=LOOKERS, args=("kit",)),
    Row(name="stores:kit_create", roles=OPS),
    Row(name="stores:kit_delete", roles=OPS, args=("kit",), method="post", status=302),
    Row(name="stores:aliases", roles=LOOKERS),
    Row(name="stores:alias", roles=OPS, args=("alias",)),
    Row(name="stores:alias_create", roles=OPS),
    Row(
        name="stores:alias_approve",
        roles=OPS,
        args=("alias",),
        method="post",
        status=302,
    ),
    Row(
        name="stores:alias_delete",
        roles=OPS,
        args=("alias",),
        method="post",
        status=302,
    ),
    Row(name="stores:imports", roles=LOOKERS),
    Row(name="stores:import", roles=LOOKERS, args=("batch",)),
    Row(
        name="stores:import_apply",
        roles=OPS,
        args=("batch",),
        method="post",
        status=302,
    ),
    Row(
        name="stores:import_undo",
        roles=OPS,
        args=("batch",),
        method="post",
        status=302,
    ),
    Row(name="stores:import_bad", roles=LOOKERS, args=("batch",)),
    # Orders
    Row(name="orders:list"),
    Row(name="orders:export"),
    Row(name="orders:search_buyer", roles=CS, method="post", status=302),
    Row(name="orders:detail", args=("order",)),
    Row(name="orders:reveal", roles=CS, args=("order",), method="post"),
    Row(
        name="orders:look_again",
        roles=OPS,
        args=("order",),
        method="post",
        status=302,
    ),
    Row(name="orders:address", roles=CS, args=("order",)),
    Row(name="orders:carriers_unmapped", roles=LOOKERS),
    # Preview
    Row(name="orders:preview", args=("order",)),
    Row(name="orders:preview_reveal", roles=CS, args=("order",), method="post"),
    # Shadow
    Row(name="orders:shadow", roles=LOOKERS, args=("slug",)),
    Row(
        name="orders:shadow_explain",
        roles=LEADS,
        args=("slug",),
        method="post",
        status=422,
    ),
    Row(name="orders:shadow_csv", roles=LOOKERS, args=("slug",)),
    Row(name="orders:shadow_order", roles=LOOKERS, args=("order",)),
    Row(name="orders:shadow_reveal", roles=CS, args=("order",), method="post"),
    # Diagnosis
    Row(name="orders:diagnosis_list", roles=LOOKERS, args=("slug",)),
    Row(
        name="orders:diagnosis_start",
        roles=LEADS,
        args=("slug",),
        method="post",
        status=422,
    ),
    Row(name="orders:diagnosis", roles=LOOKERS, args=("diagnosis",)),
    Row(name="orders:diagnosis_csv", roles=LOOKERS, args=("diagnosis",)),
    Row(name="orders:diagnosis_json", roles=LOOKERS, args=("diagnosis",)),
    Row(
        name="orders:diagnosis_cancel",
        roles=LEADS,
        args=("diagnosis",),
        method="post",
        status=302,
    ),
    Row(
        name="orders:diagnosis_go_on",
        roles=LEADS,
        args=("diagnosis",),
        method="post",
        status=302,
    ),
    # Cases
    Row(name="orders:cases"),
    Row(name="orders:cases_export"),
    Row(
        name="orders:cases_bulk",
        roles=LOOKERS,
        method="post",
        data={"act": "take", "row": "0:1"},
        status=302,
    ),
    Row(name="orders:work", status=302),
    Row(name="orders:work_start", roles=LOOKERS, method="post", status=302),
    Row(name="orders:work_next", roles=LOOKERS, method="post", status=302),
    Row(name="orders:work_stop", roles=LOOKERS, method="post", status=302),
    Row(name="orders:on_screen", roles=LOOKERS, args=("case",), method="post"),
    Row(
        name="orders:off_screen",
        roles=LOOKERS,
        args=("case",),
        method="post",
        status=204,
    ),
    Row(name="orders:bulk_runs"),
    Row(name="orders:bulk", args=("bulk",)),
    Row(name="orders:bulk_csv", args=("bulk",)),
    Row(
        name="orders:bulk_begin",
        roles=LOOKERS,
        args=("bulk",),
        method="post",
        status=302,
    ),
    Row(
        name="orders:bulk_stop",
        roles=LOOKERS,
        args=("bulk",),
        method="post",
        status=302,
    ),
    Row(
        name="orders:bulk_undo",
        roles=LOOKERS,
        args=("bulk",),
        method="post",
        status=302,
    ),
    Row(name="orders:case", args=("case",)),
    Row(
        name="orders:case_assign",
        roles=LOOKERS,
        args=("case",),
        method="post",
        data={"to": "", "version": "1"},
        status=302,
    ),
    Row(
        name="orders:case_hand_over",
        roles=LOOKERS,
        args=("case",),
        method="post",
        data={"team": "cs", "version": "1"},
        status=302,
    ),
    Row(name="orders:case_snooze", roles=LOOKERS, args=("case",)),
    Row(
        name="orders:case_wake",
        roles=LOOKERS,
        args=("case",),
        method="post",
        data={"version": "1"},
        status=302,
    ),
    Row(
        name="orders:case_tag",
        args=("case",),
        method="post",
        data={"name": "ask later"},
        status=302,
    ),
    Row(name="orders:views"),
    Row(name="orders:view_save", method="post", status=302),
    # One's own alone; whoever looks here has none.
    Row(name="orders:view_change", args=("nothing",), method="post", status=404),
    Row(
        name="orders:case_reopen",
        args=("case",),
        method="post",
        data={"version": "1"},
        status=302,
    ),
    Row(
        name="orders:case_note",
        args=("case",),
        method="post",
        data={"text": "Seen."},
        status=302,
    ),
    Row(name="orders:watches", roles=LOOKERS),
    Row(name="orders:watch", roles=LOOKERS, args=("watch",)),
    Row(name="orders:where"),
    Row(name="orders:whereabouts", args=("order",)),
    Row(name="orders:whereabouts_reveal", roles=CS, args=("order",), method="post"),
    Row(name="orders:where"),
    Row(name="orders:whereabouts", args=("order",)),
    Row(name="orders:whereabouts_reveal", roles=CS, args=("order",), method="post"),
    Row(name="orders:case_ahead", args=("case",)),
    Row(name="orders:case_changed", args=("case",), status=204),
    Row(name="orders:case_reveal", roles=CS, args=("case",), method="post"),
    Row(
        name="orders:case_again",
        roles=OPS,
        args=("case",),
        method="post",
        data={"version": "1"},
        status=302,
    ),
    Row(name="orders:case_fetch", roles=OPS, args=("case",), method="post", status=302),
    Row(name="orders:case_map", roles=OPS, args=("case",), method="post", status=422),
    Row(name="orders:knew_when_csv", args=("order",)),
    Row(name="orders:knew_when_text", args=("order",)),
    Row(name="orders:case_sku", roles=OPS, args=("case",), method="post", status=422),
    # Each way out asks for its own permission; none is chosen here.
    Row(name="orders:case_resolve", args=("case",), method="post", status=422),
    # The stock admin
    Row(name="admin", roles=NONE, nobody=302),
    Row(name="raw_records_login", roles=NONE, status=302),
    *reconciliation.ROWS,
)


def walk(
    patterns: list[URLPattern | URLResolver], space: str = ""
) -> Iterator[tuple[str, str]]:
    """(qualified name, route) of every URL pattern; the admin counts as one."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace == "admin":
                yield "admin", str(pattern.pattern)
                continue
            inner = f"{pattern.namespace}:" if pattern.namespace else space
            yield from walk(pattern.url_patterns, inner)
        else:
            yield f"{space}{pattern.name or ''}", str(pattern.pattern)


@pytest.fixture
def values(db: None) -> dict[str, Any]:
    """What stands in the addresses."""
    store = make_store(slug="amazon-uk")
    lanes.ensure_lanes()
    order = make_order(store=store)
    ShadowComparison.objects.create(
        order=order, store=store, outcome="same", compared_at=order.seen_at
    )
    case = make_case(order)
    mapping = CarrierMapping.objects.create(
        marketplace="amazon", shipstation_carrier="yodel", carrier_code="Yodel"
    )
    found = {
        "slug": store.slug,
        "step": "draft",
        "subject": "buyer_emails",
        "kind": "shipstation",
        "account": store.shipstation_account.pk,
        "everybody": "all",
        "trouble": make_case(
            kind="carrier_in_trouble",
            scope=f"account:{store.shipstation_account.key}",
            cause="royal_mail",
        ).pk,
        "place": AlertTarget.objects.create(name="Ops channel").pk,
        "alert_rule": AlertRule.objects.create(trigger="store", role="ops").pk,
        "warehouse": store.shipstation_account.pk,
        "remote": store.remote_account.pk,
        "code": "amazon",
        "mapping": mapping.pk,
        "catalogue": "products",
        "batch": ImportBatch.objects.create(kind="products", file_name="a.csv").pk,
        **_catalogue(),
        "approval": Approval.objects.create(
            case=case, version=1, resolution="done", asked_at=case.opened_at
        ).pk,
        "kiosk": KioskDevice.objects.create(
            name="Bench 1", key_hash="k", created_at=case.opened_at
        ).pk,
        "operator": Operator.objects.create(
            marketplace="amazon", code="nord", label="Nord", host="https://nord.example"
        ).pk,
        "tax_rule": TaxRule.objects.create(store=store, scheme="IOSS").pk,
        "attribute": AttributeRule.objects.create(
            store=store, name="Gift", target="gift", text="true"
        ).pk,
        "watch": Watch.objects.create(
            key="cluster",
            label="Background work",
            period=60,
            grace=120,
            changed_at=case.opened_at,
            looked_at=case.opened_at,
        ).pk,
        "nothing": 0,
        "question": "stages",
        "kind_code": "carrier_unmapped",
        "lesson": "ops-1-carrier",
        "order": order.pk,
        "case": case.pk,
        "bulk": BulkRun.objects.create(
            token="t", state="done", act={"label": "Take"}, created_at=case.opened_at
        ).pk,
        "diagnosis": make_diagnosis(store).pk,
        "group": Group.objects.get(name="packer").pk,
        "person": make_user().pk,
    }
    return found | reconciliation.values(found)


def _catalogue() -> dict[str, int]:
    """A product, a kit and an alias, for each person anew under the same numbers."""
    product, _ = Product.objects.get_or_create(pk=901, sku="TEAPOT")
    kit, _ = Kit.objects.get_or_create(pk=902, sku="TEA-SET")
    alias, _ = SkuAlias.objects.get_or_create(pk=903, alias="POT-1", sku="X")
    return {"product": product.pk, "kit": kit.pk, "alias": alias.pk}


def url_of(row: Row, values: dict[str, Any]) -> str:
    """The address of a row."""
    if row.name == "admin":
        return reverse("admin:index")
    return reverse(row.name, args=[values[name] for name in row.args])


def test_every_url_has_a_row() -> None:
    known = {row.name for row in ROWS} | PUBLIC
    unknown = [
        f"{name} ({route})"
        for name, route in walk(get_resolver().url_patterns)
        if name not in known
    ]
    assert not unknown, f"add rows to tests/test_permissions.py for: {unknown}"


def test_no_row_is_stale() -> None:
    present = {name for name, _ in walk(get_resolver().url_patterns)}
    assert not [row.name for row in ROWS if row.name not in present]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_who_gets_it(row: Row, values: dict[str, Any], users: dict[str, User]) -> None:
    url = url_of(row, values)
    for person in (*PEOPLE, "superuser"):
        Store.objects.update(state="live")
        OrderException.objects.update(version=1)
        client = Client()
        client.force_login(users[person])
        answer = getattr(client, row.method)(url, row.data)
        if person == "superuser" or person in row.roles:
            wanted = row.status
        else:
            wanted = row.nobody
        assert answer.status_code == wanted, f"{person} at {row.method} {url}"
        # What one person deleted is there again for the next.
        _catalogue()
        if row.name == "orders:alert_target_delete":
            AlertTarget.objects.get_or_create(
                pk=values["place"], defaults={"name": "Ops channel"}
            )
        if row.name == "orders:alert_rule_delete":
            AlertRule.objects.get_or_create(
                pk=values["alert_rule"], defaults={"trigger": "store", "role": "ops"}
            )
        if row.name == "stores:carrier_delete" and answer.status_code == 302:
            CarrierMapping.objects.create(
                pk=values["mapping"],
                marketplace="amazon",
                shipstation_carrier="yodel",
                carrier_code="Yodel",
            )


def test_strangers_are_sent_to_the_login(
    values: dict[str, Any], client: Client
) -> None:
    for row in ROWS:
        answer = getattr(client, row.method)(url_of(row, values), row.data)
        assert answer.status_code == 302, row.name
        assert "/login/" in answer["Location"], row.name


def test_what_changes_something_is_no_get(
    values: dict[str, Any], users: dict[str, User], client: Client
) -> None:
    client.force_login(users["superuser"])
    for row in ROWS:
        if row.method == "post":
            assert client.get(url_of(row, values)).status_code == 405, row.name


def test_forms_need_their_token(values: dict[str, Any], users: dict[str, User]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(users["superuser"])
    for row in ROWS:
        if row.method == "post":
            answer = client.post(url_of(row, values), row.data)
            assert answer.status_code == 403, row.name


def test_a_403_names_what_is_missing(
    values: dict[str, Any], users: dict[str, User], client: Client
) -> None:
    client.force_login(users["cs"])
    answer = client.post(reverse("stores:pause", args=[values["slug"]]))
    assert b"pause and resume stores" in answer.content
    assert b"Signed in as cs (cs)" in answer.content
