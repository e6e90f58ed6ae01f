"""Tax rules in forms: what is refused by name, who may, what is logged, how it reads."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.models import Order, RawBlock
from shipsync_site.lib import clock
from stores.models import Store, TaxRule
from stores.rule_lists import stamp
from tests.orders.factories import make_line, make_order, make_store

pytestmark = pytest.mark.django_db
IOSS = {
    "countries": "EU",
    "max_value": "150",
    "scheme": "ioss",
    "source": "connector",
    "expected": "on",
    "entity": "shipper",
}
NUMBER = "IM2760000123"


@pytest.fixture
def store() -> Store:
    return make_store(slug="amazon-uk", ship_from_country="GB")


@pytest.fixture
def lead(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["lead"])
    return client


def rule(store: Store, position: int = 1, **fields: Any) -> TaxRule:
    values: dict[str, Any] = {"scheme": "IOSS", "countries": ["EU"]}
    return TaxRule.objects.create(store=store, position=position, **(values | fields))


def add(client: Client, store: Store, **values: str) -> str:
    """What the page says after a new rule was sent."""
    url = reverse("stores:tax_rule_create", args=[store.slug])
    return client.post(url, IOSS | values, follow=True).content.decode()


def listed(client: Client, store: Store) -> str:
    url = reverse("stores:tax_rules", args=[store.slug])
    return client.get(url).content.decode()


def act(client: Client, rule: TaxRule, what: str) -> None:
    url = reverse("stores:tax_rule_act", args=[rule.store.slug, rule.pk])
    assert client.post(url, {"act": what}).status_code == 302


def logged(store: Store) -> list[str]:
    rows = LogEntry.objects.filter(object_id=str(store.pk)).order_by("pk")
    return list(rows.values_list("change_message", flat=True))


def test_a_rule_is_saved_as_it_was_typed_and_reads_as_one_sentence(
    lead: Client, store: Store
) -> None:
    page = add(lead, store, countries="eu, no", scheme="ioss")

    row = TaxRule.objects.get()
    assert (row.countries, row.max_value, row.scheme, row.expected) == (
        ["EU", "NO"],
        Decimal(150),
        "IOSS",
        True,
    )
    assert row.created_by is not None
    told = (
        "A parcel to the EU and Norway with goods of up to €150 carries IOSS with the "
        "number that the Amazon connector reads. Without a number the order is held."
    )
    assert told in page


def test_who_and_what_is_logged_and_open_orders_are_looked_at_again(
    lead: Client, store: Store
) -> None:
    order = make_order(store=store, next_look_at=None)

    add(lead, store)

    (message,) = logged(store)
    assert message.startswith("Tax rule 1 added: A parcel to the EU")
    assert LogEntry.objects.get().user.username == "lead"
    order.refresh_from_db()
    assert order.next_look_at is not None
    assert order.payload_stale


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"countries": "EU, Norway"}, "Destinations", "‘NORWAY’ is no country"),
        ({"issuing_country": "Q9"}, "Country that gave", "‘Q9’ is no country"),
        ({"max_value": "-1"}, "Goods worth up to", "greater than or equal to 0"),
        ({"scheme": ""}, "Scheme", "required"),
        ({"source": "path"}, "Path in the", "Where in the order is it?"),
        (
            {"source": "path", "path": "lineItems[].tax["},
            "Path in the",
            "can&#x27;t be read from character 17 on, at its end",
        ),
        (
            {"source": "path", "path": "country(a)"},
            "Path in the",
            "Unknown function: country()",
        ),
        ({"source": "constant"}, "The number", "Which number?"),
        (
            {"source": "constant", "number": "GB123456789"},
            "The number",
            "‘GB123456789’ is no number of IOSS: that is IM and ten digits",
        ),
        (
            {"source": "constant", "number": "12345", "scheme": "VOEC"},
            "The number",
            "no number of VOEC: that is seven digits",
        ),
        ({"entity": "nobody"}, "Whose number it is there", "not one of the available"),
    ],
)
def test_what_can_not_be_is_refused_at_its_field(
    lead: Client, store: Store, values: dict[str, str], field: str, says: str
) -> None:
    page = add(lead, store, **values)

    top = page[page.index("Not saved.") :]
    line = next(part for part in top.split("<div>") if says in part)
    assert field in line
    assert not TaxRule.objects.exists()


@pytest.mark.parametrize(
    ("scheme", "number", "kept"),
    [
        ("IOSS", "im 276 0000 123", NUMBER),
        ("VOEC", "2021456", "2021456"),
        ("VAT", "GB 980 7806 84", "GB980780684"),
        ("EORI", "GB123456789012", "GB123456789012"),
        ("SOMETHING", "x1", "X1"),
    ],
)
def test_a_constant_number_is_kept_as_the_scheme_has_it(
    lead: Client, store: Store, scheme: str, number: str, kept: str
) -> None:
    add(lead, store, source="constant", scheme=scheme, number=number)

    assert TaxRule.objects.get().number == kept


def test_a_scheme_that_nobody_knows_is_saved_with_a_word_on_it(
    lead: Client, store: Store
) -> None:
    assert "Nobody here knows the scheme TAXX" in add(lead, store, scheme="TAXX")
    assert "Nobody here knows" not in add(lead, store, scheme="VOEC", countries="NO")


def test_what_the_source_does_not_ask_for_is_not_kept(
    lead: Client, store: Store
) -> None:
    add(lead, store, path="a.b", number=NUMBER)

    row = TaxRule.objects.get()
    assert (row.path, row.number) == ("", "")


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ({}, {}, "Never asked: rule 1 is for the very same parcels"),
        ({"countries": []}, {"countries": ["NO"]}, "Never asked: rule 1 above takes"),
        ({}, {"countries": ["IE"]}, "Never asked: rule 1 above takes"),
        ({}, {"countries": ["FR"]}, "only for places outside the EU&#x27;s VAT area"),
        ({}, {"countries": ["GB"]}, ""),
        ({"countries": ["GB"]}, {"countries": ["XI"]}, "Never asked: rule 1 above"),
        ({"max_value": 150}, {}, ""),
        ({}, {"max_value": 150}, "Never asked: rule 1 above takes"),
        ({"max_value": 22}, {"max_value": 150}, ""),
        ({"active": False}, {}, ""),
    ],
)
def test_a_rule_that_is_never_asked_says_so(
    lead: Client,
    store: Store,
    first: dict[str, Any],
    second: dict[str, Any],
    says: str,
) -> None:
    rule(store, 1, **first)
    rule(store, 2, **second)

    page = listed(lead, store)

    assert ("Never asked" in page or "Asked only" in page) == bool(says)
    assert says in page


def test_two_rules_together_can_leave_nothing_for_a_third(
    lead: Client, store: Store
) -> None:
    rule(store, 1, countries=["NO"])
    rule(store, 2, countries=["CH"])
    rule(store, 3, countries=["CH", "NO"])

    assert "Never asked: rules 1 and 2 above take every" in listed(lead, store)


def test_saving_such_a_rule_says_so_at_once(lead: Client, store: Store) -> None:
    rule(store, 1, countries=[])

    assert "Never asked: rule 1 above" in add(lead, store)


def test_rules_move_are_switched_and_deleted_each_with_a_line_in_the_log(
    lead: Client, store: Store
) -> None:
    first, second = rule(store, 1), rule(store, 2, countries=["NO"], scheme="VOEC")

    act(lead, second, "up")
    assert list(TaxRule.objects.all()) == [second, first]
    act(lead, second, "up")
    act(lead, first, "off")
    act(lead, first, "off")
    act(lead, second, "delete")

    assert [message.split(":")[0] for message in logged(store)] == [
        "Tax rule 2 is asked earlier, as 1",
        "Tax rule 2 switched off",
        "Tax rule 1 deleted",
    ]
    assert [row.active for row in TaxRule.objects.all()] == [False]


def test_a_rule_that_somebody_else_changed_is_not_overwritten(
    lead: Client, store: Store
) -> None:
    row = rule(store)
    seen = stamp(row)
    row.countries = ["CH"]
    row.save()
    url = reverse("stores:tax_rule_edit", args=[store.slug, row.pk])

    page = lead.post(url, IOSS | {"seen": seen}).content.decode()

    assert "Somebody changed this rule while you had it open" in page
    assert "A parcel to Switzerland carries IOSS" in page
    row.refresh_from_db()
    assert row.countries == ["CH"]


def test_a_move_meanwhile_is_no_conflict_and_the_place_stays(
    lead: Client, store: Store
) -> None:
    row, other = rule(store, 1), rule(store, 2, countries=["NO"])
    seen = stamp(row)
    act(lead, other, "up")
    url = reverse("stores:tax_rule_edit", args=[store.slug, row.pk])

    lead.post(url, IOSS | {"seen": seen, "countries": "CH"})

    assert [x.countries for x in TaxRule.objects.all()] == [["NO"], ["CH"]]


def test_a_rule_that_was_deleted_meanwhile_is_said_to_be_gone(
    lead: Client, store: Store
) -> None:
    row = rule(store)
    TaxRule.objects.all().delete()
    edit = reverse("stores:tax_rule_edit", args=[store.slug, row.pk])
    acting = reverse("stores:tax_rule_act", args=[store.slug, row.pk])

    for answer in (
        lead.get(edit, follow=True),
        lead.post(edit, IOSS, follow=True),
        lead.post(acting, {"act": "up"}, follow=True),
    ):
        assert "Somebody deleted this tax rule" in answer.content.decode()


def test_another_stores_rule_is_out_of_reach(lead: Client, store: Store) -> None:
    other = rule(make_store(name="Other"))
    url = reverse("stores:tax_rule_act", args=[store.slug, other.pk])

    lead.post(url, {"act": "delete"})

    assert TaxRule.objects.filter(pk=other.pk).exists()


def test_an_act_that_is_none_is_refused(lead: Client, store: Store) -> None:
    url = reverse("stores:tax_rule_act", args=[store.slug, rule(store).pk])

    assert lead.post(url, {"act": "explode"}).status_code == 400


def test_ops_read_the_rules_and_find_no_button(
    client: Client, users: dict[str, User], store: Store
) -> None:
    rule(store)
    client.force_login(users["ops"])

    page = listed(client, store)

    assert "A parcel to the EU carries IOSS" in page
    assert "Switch off" not in page
    assert "Add a tax rule" not in page


def made(store: Store, country: str, number: str = "", **fields: Any) -> Order:
    order = make_order(
        store=store,
        country=country,
        currency="EUR",
        lines=0,
        recipient={"country": country, "postcode": "10115"},
        **fields,
    )
    make_line(
        order,
        unit_price=Decimal(20),
        tax=Decimal(0),
        tax_scheme="IOSS" if number else "",
        ioss_number=number,
    )
    return order


def test_each_rule_is_tried_on_the_last_orders(lead: Client, store: Store) -> None:
    rule(store, 1, max_value=150)
    for _ in range(3):
        made(store, "DE", NUMBER)
    made(store, "DE")
    for _ in range(2):
        made(store, "US")
    made(make_store(name="Other"), "DE", NUMBER)

    page = " ".join(listed(lead, store).split())

    assert "Tried on the last 6 orders: <strong" in page
    assert "3 found" in page
    assert "1 absent" in page
    assert "2 not concerned" in page
    assert "2 fit none" in page


def test_a_path_is_tried_in_the_marketplaces_order(lead: Client, store: Store) -> None:
    rule(store, 1, source="path", path="taxes[?name=='IOSS'].value | [0]")
    for at, body in enumerate(
        ({"taxes": [{"name": "IOSS", "value": NUMBER}]}, {"taxes": []})
    ):
        RawBlock.objects.create(
            order=made(store, "DE"),
            source="amazon",
            block="order",
            as_of=clock.now(),
            digest=str(at),
            body=body,
        )

    page = listed(lead, store)

    assert "1 found" in page
    assert "1 absent" in page


def test_orders_that_no_rate_lets_judge_are_named(lead: Client, store: Store) -> None:
    rule(store, 1, max_value=150)
    order = made(store, "DE", NUMBER)
    Order.objects.filter(pk=order.pk).update(currency="GBP")

    page = listed(lead, store)

    assert "Of 1 of the last 1 orders the rules can't be asked" in page
    assert reverse("stores:rates") in page


def test_what_was_typed_survives_the_way_through_the_picker(
    lead: Client, store: Store
) -> None:
    url = reverse("stores:tax_rule_create", args=[store.slug])
    typed = IOSS | {"pick": "path", "source": "path", "countries": "NO", "expected": ""}

    answer = lead.post(url, typed)
    assert answer.status_code == 302
    assert "csrf" not in answer["Location"]
    picker = lead.get(answer["Location"] + "&path=a.b")
    back = picker.context["asked"].back
    page = lead.get(back)

    form = page.context["form"]
    assert form["countries"].value() == "NO"
    assert form["path"].value() == "a.b"
    assert form["source"].value() == "path"
    assert form["expected"].value() is False
    assert not TaxRule.objects.exists()


def test_the_list_takes_the_same_number_of_queries_for_many_rules(
    lead: Client, store: Store, django_assert_max_num_queries: Any
) -> None:
    for at in range(12):
        rule(store, at, max_value=at + 1)
        made(store, "DE", NUMBER)

    with django_assert_max_num_queries(32):
        listed(lead, store)
