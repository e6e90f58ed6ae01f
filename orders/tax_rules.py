"""Which tax number a parcel must carry, and where it was read; pure.

A store's rules are asked in the order of their position; the first whose destination
and value fit counts. Without rules, or where none fits, what the marketplace's connector
reads counts: a scheme and a number per line, of which the first is taken. A rule that
can't be asked (no exchange rate, a path that is no expression) stops the asking, for a
later rule might say something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from orders.tax_schemes import Place, scheme_of
from stores.jmespaths import PathError, first_text, search
from stores.models import TaxSource
from stores.rulebook import Rulebook, TaxRuleFacts
from stores.vat_area import country_of, place_fits

Reading = tuple[str, str]
NO_RATE, BROKEN_RULE = "no_rate", "broken_rule"
_PENNY = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxQuestion:
    """What the rules are asked about.

    ``readings``: (scheme, number) of each line as the connector read it, both may be '';
    ``goods``: what the goods are worth in ``currency`` without their tax, None where a
    price is unknown. ``connector``: the marketplace's name, for people. ``raw``: its
    order as read, None or {} where that is not kept (any more).
    """

    readings: tuple[Reading, ...]
    place: Place
    goods: Decimal | None
    currency: str
    at: datetime
    connector: str = "the marketplace"
    raw: Mapping[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxFinding:
    """What was found.

    ``number`` '' is none; ``rule_id`` None: no rule, the connector's reading counts.
    ``source`` says in plain words where the number was read, ``looked_at`` every place
    that was looked at. ``expected``: a parcel without it must not go. ``own``: it is the
    seller's own registration. ``collected``: what the marketplace itself names, ('', '')
    for nothing. ``stopped``: why the rules could not be asked to the end (a code), with
    the reason in ``why``. ``issuing_country`` and ``entity`` are for ShipStation v2.
    """

    scheme: str = ""
    number: str = ""
    rule_id: int | None = None
    source: str = ""
    looked_at: tuple[str, ...] = ()
    expected: bool = False
    own: bool = False
    collected: Reading = ("", "")
    value_eur: Decimal | None = None
    stopped: str = ""
    why: str = ""
    issuing_country: str = ""
    entity: str = "shipper"

    def as_json(self) -> dict[str, Any]:
        """What is kept with the order; {} where there is nothing to say."""
        kept = {
            "scheme": self.scheme,
            "number": self.number,
            "rule": self.rule_id,
            "source": self.source,
            "value_eur": None if self.value_eur is None else str(self.value_eur),
            "issuing_country": self.issuing_country,
            "entity": self.entity if self.number else "",
        }
        return {name: value for name, value in kept.items() if value not in (None, "")}


def find_tax(question: TaxQuestion, book: Rulebook) -> TaxFinding:
    """The number for this parcel by the store's rules (see the module docstring)."""
    value = (
        None
        if question.goods is None
        else book.in_euros(question.goods, question.currency, question.at)
    )
    collected = _collected(question.readings)
    for rule in book.tax_rules:
        if rule.countries and not any(
            place_fits(word, question.place.country, question.place.postcode)
            for word in rule.countries
        ):
            continue
        if rule.max_value is not None:
            if value is None:
                return TaxFinding(
                    scheme=rule.scheme,
                    rule_id=rule.id,
                    collected=collected,
                    stopped=NO_RATE,
                    why=f"the rule for {rule.scheme} is for goods of up to "
                    f"{rule.max_value} EUR",
                )
            if value > rule.max_value:
                continue
        return _asked(rule, question, collected, value)
    scheme, number = collected
    known = scheme_of(scheme, number)
    return TaxFinding(
        scheme=scheme or ("IOSS" if number else ""),
        number=number,
        source=f"read by the {question.connector} connector" if number else "",
        looked_at=(f"what the {question.connector} connector reads",),
        expected=known is not None and not known.bare,
        collected=collected,
        value_eur=value,
    )


def goods_value(
    lines: Iterable[tuple[Decimal | None, Decimal | None, int, int]],
    *,
    includes_tax: bool,
) -> Decimal | None:
    """What goods are worth without their tax; None where a price is unknown.

    ``lines``: (price of a unit, tax of the whole line, units wanted, units ordered).
    ``includes_tax``: whether the prices contain the tax.
    """
    total = Decimal(0)
    for price, tax, wanted, ordered in lines:
        if not wanted:
            continue
        if price is None:
            return None
        total += price * wanted
        if includes_tax and tax and ordered:
            total -= tax * wanted / ordered
    return total.quantize(_PENNY)


def _collected(readings: Sequence[Reading]) -> Reading:
    """What the marketplace names: a line with a number before one without."""
    numbered = [(scheme, number) for scheme, number in readings if number]
    named = [(scheme, "") for scheme, _number in readings if scheme]
    return next(iter([*numbered, *named]), ("", ""))


def _asked(
    rule: TaxRuleFacts, question: TaxQuestion, collected: Reading, value: Decimal | None
) -> TaxFinding:
    """The finding of a rule that fits."""
    stopped = why = ""
    try:
        number, place, looked_at = _number(rule, question)
    except PathError as error:
        number, place, looked_at = "", "", (f"the path '{rule.path}'",)
        stopped, why = BROKEN_RULE, f"its path '{rule.path}' can't be read: {error}"
    return TaxFinding(
        scheme=rule.scheme,
        number=number[:40],
        rule_id=rule.id,
        source=place if number else "",
        looked_at=looked_at,
        expected=rule.expected,
        own=rule.own,
        collected=collected,
        value_eur=value,
        stopped=stopped,
        why=why,
        issuing_country=country_of(rule.issuing_country),
        entity=rule.entity,
    )


def _number(
    rule: TaxRuleFacts, question: TaxQuestion
) -> tuple[str, str, tuple[str, ...]]:
    """Number, where it was read, and where it was looked for. Raises PathError."""
    if rule.source == TaxSource.CONSTANT:
        return (
            rule.number.strip(),
            "the number of the rule",
            ("the number of the rule",),
        )
    if rule.source == TaxSource.PATH:
        return _at_path(rule.path, question.raw)
    place = f"what the {question.connector} connector reads"
    wanted = scheme_of(rule.scheme)
    other: list[str] = []
    for scheme, number in question.readings:
        if not number:
            continue
        known = scheme_of(scheme, number)
        if not scheme or known == wanted or scheme.upper() == rule.scheme.upper():
            return number, f"read by the {question.connector} connector", (place,)
        other.append(scheme)
    found = f" (it has a number of {', '.join(sorted(set(other)))})" if other else ""
    return "", "", (f"{place}{found}",)


def _at_path(
    path: str, raw: Mapping[str, Any] | None
) -> tuple[str, str, tuple[str, ...]]:
    place = f"'{path}' in the marketplace's order"
    found = search(path, dict(raw or {}))
    if not raw:
        return "", "", (f"{place}, which is not kept any more",)
    if isinstance(found, dict | bool):
        kind = "an object" if isinstance(found, dict) else "yes or no"
        return "", "", (f"{place} (there is {kind}, not a number)",)
    number = first_text(found)
    return number, place, (place,)
