from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from orders.preflight import check_tax
from orders.tax_rules import TaxFinding, TaxQuestion, find_tax, goods_value
from orders.tax_schemes import Place, authority_of, scheme_of
from stores.rulebook import Rulebook, TaxRuleFacts
from stores.vat_area import place_fits

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
NUMBER, OWN = "IM2760000123", "IM3720000224"
RATES = {"GBP": ((date(2026, 1, 1), Decimal("0.85")),)}


def asked(
    *readings: tuple[str, str],
    country: str = "FR",
    postcode: str = "75001",
    ship_from: str = "GB",
    goods: str | None = "80.00",
    currency: str = "EUR",
    raw: dict[str, Any] | None = None,
) -> TaxQuestion:
    return TaxQuestion(
        readings=readings,
        place=Place(country=country, postcode=postcode, ship_from=ship_from),
        goods=None if goods is None else Decimal(goods),
        currency=currency,
        at=AT,
        connector="Amazon",
        raw=raw,
    )


def rule(pk: int = 1, /, **facts: Any) -> TaxRuleFacts:
    return TaxRuleFacts(**{"id": pk, "scheme": "IOSS", "source": "connector", **facts})


def book(*rules: TaxRuleFacts, **facts: Any) -> Rulebook:
    return Rulebook(tax_rules=rules, **{"rates": RATES, **facts})


def found(question: TaxQuestion, *rules: TaxRuleFacts) -> TaxFinding:
    return find_tax(question, book(*rules))


def codes(question: TaxQuestion, *rules: TaxRuleFacts, **facts: Any) -> dict[str, str]:
    rules_ = book(*rules, **facts)
    problems = check_tax(find_tax(question, rules_), question, rules_)
    assert all(x.hard and x.releasable for x in problems)
    return {x.code: x.message for x in problems}


def test_without_rules_the_connectors_reading_counts() -> None:
    finding = found(asked(("", ""), ("IOSS", NUMBER)))

    assert (finding.scheme, finding.number, finding.rule_id) == ("IOSS", NUMBER, None)
    assert finding.source == "read by the Amazon connector"
    assert finding.as_json()["value_eur"] == "80.00"


def test_a_number_without_a_scheme_is_an_ioss_number_as_before() -> None:
    assert found(asked(("", NUMBER))).scheme == "IOSS"


def test_the_first_rule_that_fits_counts() -> None:
    rules = (
        rule(1, countries=("NO",), scheme="VOEC", source="constant", number="2024999"),
        rule(2, countries=("EU",), max_value=Decimal(150)),
        rule(3, source="constant", number=OWN),
    )

    assert found(asked(("IOSS", NUMBER)), *rules).rule_id == 2
    assert found(asked(("IOSS", NUMBER), goods="150.01"), *rules).rule_id == 3
    assert found(asked(country="NO", postcode=""), *rules).number == "2024999"


def test_where_no_rule_fits_the_connectors_reading_counts() -> None:
    norway = rule(countries=("NO",), scheme="VOEC", source="constant", number="2024999")
    finding = found(asked(("IOSS", NUMBER)), norway)

    assert (finding.rule_id, finding.number) == (None, NUMBER)


def test_a_path_leads_to_the_number_and_says_so() -> None:
    raw = {"order_additional_fields": [{"code": "ioss", "value": NUMBER}]}
    path = "order_additional_fields[?code=='ioss'].value"
    finding = found(asked(raw=raw), rule(source="path", path=path))

    assert finding.number == NUMBER
    assert finding.source == f"'{path}' in the marketplace's order"


@pytest.mark.parametrize(
    ("path", "raw", "said"),
    [
        ("tax.number", {"tax": {"number": {"a": 1}}}, "there is an object"),
        ("tax.number", {"tax": {"number": True}}, "there is yes or no"),
        ("tax.number", {"tax": {"number": []}}, "'tax.number' in the marketplace's"),
        ("tax.number", {"tax": 5}, "'tax.number' in the marketplace's order"),
        ("length(tax)", {"tax": 5}, "'length(tax)' in the marketplace's order"),
        ("tax.number", {}, "which is not kept any more"),
        ("tax.number", None, "which is not kept any more"),
    ],
)
def test_a_path_that_leads_to_no_number_is_a_missing_number(
    path: str, raw: dict[str, Any] | None, said: str
) -> None:
    problems = codes(asked(raw=raw), rule(source="path", path=path))

    assert set(problems) == {"tax_number_missing"}
    assert said in problems["tax_number_missing"]


@pytest.mark.parametrize("path", ["tax.[", "", "nothing(@)", "(" * 290 + ")"])
def test_a_path_that_is_no_expression_is_said_and_never_a_traceback(path: str) -> None:
    problems = codes(asked(raw={"a": 1}), rule(source="path", path=path))

    assert set(problems) == {"tax_rule_broken"}


def test_an_expression_that_runs_out_of_depth_is_no_traceback() -> None:
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"a": deep}

    problems = codes(asked(raw=deep), rule(source="path", path="to_string(@)"))

    assert set(problems) == {"tax_number_missing"}


@pytest.mark.parametrize(
    ("word", "country", "postcode", "fits"),
    [
        ("EU", "FR", "75001", True),
        ("EU", "MC", "98000", True),
        ("EU", "ES", "35001", False),
        ("EU", "ES", "28001", True),
        ("EU", "DE", "78266", False),
        ("EU", "GP", "97100", False),
        ("EU", "GB", "BT1 1AA", False),
        ("EU", "CH", "8001", False),
        ("XI", "GB", "bt1 1aa", True),
        ("XI", "GB", "EC1A 1BB", False),
        ("GB", "GB", "BT1 1AA", True),
        ("uk", "GB", "EC1A 1BB", True),
        ("EL", "GR", "10431", True),
        ("", "FR", "75001", False),
    ],
)
def test_a_rules_word_for_a_place(
    word: str, country: str, postcode: str, fits: bool
) -> None:
    assert place_fits(word, country, postcode) is fits


@pytest.mark.parametrize(
    ("name", "number", "right"),
    [
        ("IOSS", "IM2760000123", True),
        ("IOSS", "im 276 0000 123", True),
        ("IOSS", "IM27600001234", False),
        ("IOSS", "IM276000012O", False),
        ("IOSS", "IM9990000123", False),
        ("IOSS", "IN2760000123", False),
        ("IOSS", "EU276000012", False),
        ("UOSS", "DE136695976", True),
        ("OSS", "EU372022452", True),
        ("OSS", "DE136695975", False),
        ("VOEC", "2024999", True),
        ("NO_VOEC", "995525828MVA", True),
        ("VOEC", "202499", False),
        ("GB_VOEC", "GB365608576", True),
        ("IOSS", "GB365608576", True),
        ("GB_VOEC", "GB365608577", False),
        ("ABN", "64000000927", True),
        ("ABN", "64000000999", False),
        ("AU_VOEC", "300012345678", True),
        ("IRD", "49091850", True),
        ("IRD", "49091851", False),
        ("VAT_ID", "XI365608576", True),
        ("VAT", "NO995525828MVA", True),
        ("VAT", "136695976", False),
        ("EORI", "GB123456789000", True),
        ("EORI", "GB12345678900", False),
        ("EORI", "DE1234567", True),
        ("EORI", "1234567", False),
        ("CH_SUPPLIER_IMPORT", "CHE-123.456.788", True),
        ("SST", "?", False),
    ],
)
def test_the_form_of_a_number(name: str, number: str, right: bool) -> None:
    scheme = scheme_of(name, number)

    assert scheme is not None
    assert scheme.fits(number) is right


@pytest.mark.parametrize(
    ("name", "number", "country", "issuer"),
    [
        ("IOSS", "IM3720000224", "FR", "IE"),
        ("IOSS", "IM4420001201", "FR", "LU"),
        ("VOEC", "2024999", "NO", "NO"),
        ("EORI", "GB123456789000", "FR", "GB"),
        ("VAT", "EL094259216", "GR", "GR"),
    ],
)
def test_who_issued_a_number(name: str, number: str, country: str, issuer: str) -> None:
    scheme = scheme_of(name, number)

    assert scheme is not None
    assert authority_of(scheme, number, Place(country=country)) == issuer


def test_a_clean_parcel_has_no_problem() -> None:
    assert codes(asked(("IOSS", NUMBER))) == {}
    assert codes(asked(country="US", postcode="94043")) == {}
    assert codes(asked(country="GB", postcode="EC1A 1BB")) == {}


def test_expected_but_absent_says_where_it_looked_and_for_what() -> None:
    problems = codes(asked(("IOSS", "")))

    assert problems == {
        "tax_number_missing": "No number of IOSS for goods worth 80.00 EUR to FR: looked "
        "at what the Amazon connector reads"
    }
    assert codes(asked(("IOSS", "")), rule(expected=False)) == {}


def test_a_number_of_another_scheme_is_not_taken_for_the_rules_own() -> None:
    problems = codes(asked(("OSS", "DE136695976")), rule())

    assert "(it has a number of OSS)" in problems["tax_number_missing"]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"scheme": "MARS"}, "tax_scheme_unknown"),
        ({"number": "IM27"}, "tax_number_malformed"),
        ({"number": "IN2760000123"}, "tax_number_malformed"),
    ],
)
def test_what_the_marketplace_names_is_checked(facts: Any, code: str) -> None:
    reading = {"scheme": "IOSS", "number": NUMBER, **facts}

    assert set(codes(asked((reading["scheme"], reading["number"])))) == {code}


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ({"country": "NO", "postcode": "0150"}, "tax_wrong_destination"),
        ({"country": "ES", "postcode": "35001"}, "tax_wrong_destination"),
        ({"country": "FR", "ship_from": "DE"}, "tax_wrong_destination"),
        ({"country": "GB", "postcode": "EC1A 1BB"}, "tax_domestic"),
        ({"country": "GB", "postcode": "BT1 1AA"}, "tax_domestic"),
    ],
)
def test_a_number_where_its_scheme_does_not_hold(place: Any, code: str) -> None:
    assert set(codes(asked(("IOSS", NUMBER), **place))) == {code}


def test_northern_ireland_is_the_eu_for_goods_from_elsewhere() -> None:
    question = asked(("IOSS", NUMBER), country="GB", postcode="BT1 1AA", ship_from="CN")

    assert codes(question) == {}


def test_a_value_above_the_limit_and_one_at_it() -> None:
    assert codes(asked(("IOSS", NUMBER), goods="150.00")) == {}
    (text,) = codes(asked(("IOSS", NUMBER), goods="150.01")).values()
    assert "up to 150 EUR, these are worth 150.01 EUR" in text


def test_the_rate_of_the_day_decides() -> None:
    question = asked(("IOSS", NUMBER), goods="127.50", currency="GBP")

    assert codes(question) == {}
    dearer = {"GBP": ((date(2026, 11, 20), Decimal("0.80")), *RATES["GBP"])}
    assert set(codes(question, rates=dearer)) == {"tax_over_limit"}
    tomorrow = {"GBP": ((date(2026, 11, 21), Decimal("0.80")), *RATES["GBP"])}
    assert codes(question, rates=tomorrow) == {}


def test_without_a_rate_it_says_where_to_add_one() -> None:
    question = asked(("IOSS", NUMBER), currency="SEK")
    (text,) = codes(question).values()

    assert "no exchange rate of SEK for 20 November 2026" in text
    assert "Stores, 'Exchange rates'" in text
    limited = codes(question, rule(max_value=Decimal(150)), rule(2))
    assert set(limited) == {"tax_value_unknown"}
    assert codes(replace(question, place=Place(country="US", ship_from="GB"))) != {}
    assert codes(asked(currency="SEK")) == {}


def test_our_own_number_where_the_marketplace_collects() -> None:
    mine = rule(source="constant", number=OWN, own=True)

    assert set(codes(asked(("IOSS", NUMBER)), mine)) == {"tax_own_number"}
    assert set(codes(asked(("IOSS", "")), mine)) == {"tax_own_number"}
    assert codes(asked(("", "")), mine) == {}
    assert codes(asked(("IOSS", NUMBER)), replace(mine, own=False)) == {}


def test_our_own_number_found_at_a_path_is_our_own_all_the_same() -> None:
    rules = (
        rule(1, source="path", path="number"),
        rule(2, source="constant", number=OWN, own=True),
    )
    question = asked(("IOSS", NUMBER), raw={"number": f" {OWN.lower()} "})

    assert set(codes(question, *rules)) == {"tax_own_number"}


def test_a_number_from_a_path_is_never_written_out() -> None:
    question = asked(raw={"buyer": {"vat": "DE0815"}})
    (text,) = codes(question, rule(source="path", path="buyer.vat")).values()

    assert "DE0815" not in text
    assert "6 characters" in text


def test_a_store_that_sends_no_numbers_checks_none() -> None:
    assert codes(asked(("IOSS", "")), tax_route="none") == {}


def test_goods_are_worth_their_prices_without_their_tax() -> None:
    lines = [
        (Decimal("60.00"), Decimal("20.00"), 2, 2),
        (Decimal("9.99"), None, 1, 1),
        (Decimal("50.00"), Decimal("10.00"), 0, 1),
    ]

    assert goods_value(lines, includes_tax=False) == Decimal("129.99")
    assert goods_value(lines, includes_tax=True) == Decimal("109.99")
    half = [(Decimal("60.00"), Decimal("20.00"), 1, 2)]
    assert goods_value(half, includes_tax=True) == Decimal("50.00")
    assert goods_value([(None, None, 1, 1)], includes_tax=True) is None
    assert goods_value([(None, None, 0, 1)], includes_tax=True) == 0
