"""Tax rules in words, and which of them are never asked; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from stores.countries import COUNTRIES
from stores.models import TaxRule, TaxSource
from stores.vat_area import EU, country_of

_UNIONS = {"EU": "the EU", "XI": "Northern Ireland"}
_SHOWN = 4
# Parts of these lie outside the EU's VAT area (Directive 2006/112/EC, article 6).
_PARTLY = frozenset({"DE", "ES", "FI", "FR", "GR", "IT"})
ENTITIES = (
    ("shipper", "The shipper"),
    ("recipient", "The recipient"),
    ("ior", "The importer of record"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What is wrong with a rule beside others; ``grave``: it never counts."""

    text: str
    grave: bool


def place_name(word: str) -> str:
    """A rule's word for a destination as people say it; an unknown one stays."""
    return _UNIONS.get(word) or COUNTRIES.get(word, word)


def places(words: Sequence[str]) -> str:
    """'the EU and Norway'; 'any country' for none."""
    if not words:
        return "any country"
    names = [place_name(word) for word in words[:_SHOWN]]
    if len(words) > _SHOWN:
        names.append(f"{len(words) - _SHOWN} more")
    return _joined(names)


def sentence(rule: TaxRule, marketplace: str) -> str:
    """How a rule reads: where to, how much, which scheme, where the number is."""
    up_to = (
        ""
        if rule.max_value is None
        else f" with goods of up to €{_plain(rule.max_value)}"
    )
    told = f"A parcel to {places(rule.countries)}{up_to} carries "
    told += f"{_what(rule, marketplace)}."
    if rule.source != TaxSource.CONSTANT:
        told += (
            " Without a number the order is held."
            if rule.expected
            else " Without a number it goes as it is."
        )
    return told


def _what(rule: TaxRule, marketplace: str) -> str:
    if rule.source == TaxSource.CONSTANT:
        whose = "our own number" if rule.own else "always the same number"
        return f"{rule.scheme} {rule.number}, {whose}"
    number = f"{rule.scheme} with {'our own' if rule.own else 'the'} number"
    if rule.source == TaxSource.PATH:
        return f"{number} at ‘{rule.path}’"
    return f"{number} that the {marketplace} connector reads"


def remarks(rules: Iterable[TaxRule]) -> dict[int, Remark]:
    """By rule id, of the active rules in their order: what is never or rarely asked."""
    found: dict[int, Remark] = {}
    earlier: list[tuple[int, TaxRule]] = []
    for number, rule in enumerate(rules, start=1):
        if not rule.active:
            continue
        remark = _remark(rule, earlier)
        if remark is not None:
            found[rule.pk] = remark
        earlier.append((number, rule))
    return found


def _remark(rule: TaxRule, earlier: list[tuple[int, TaxRule]]) -> Remark | None:
    for number, other in earlier:
        same = set(rule.countries) == set(other.countries)
        if same and rule.max_value == other.max_value:
            return Remark(
                text=f"Never asked: rule {number} is for the very same parcels. Delete "
                "one of them, or narrow rule "
                f"{number} so that something is left for this one.",
                grave=True,
            )
    words: Sequence[str] = rule.countries or [""]
    taken = {word: _taken(word, rule.max_value, earlier) for word in words}
    if not all(taken.values()):
        return None
    numbers = sorted({number for number, _whole in filter(None, taken.values())})
    which = _joined([str(number) for number in numbers])
    rules = f"rule{'s' if len(numbers) > 1 else ''} {which}"
    if all(hit is not None and hit[1] for hit in taken.values()):
        return Remark(
            text=f"Never asked: {rules} above take{'' if len(numbers) > 1 else 's'} "
            "every parcel that it fits. Move it up, or narrow what stands above.",
            grave=True,
        )
    return Remark(
        text=f"Asked only for places outside the EU's VAT area: {rules} above take"
        f"{'' if len(numbers) > 1 else 's'} the rest. Move it up if it is meant for all.",
        grave=False,
    )


def _taken(
    word: str, max_value: Decimal | None, earlier: list[tuple[int, TaxRule]]
) -> tuple[int, bool] | None:
    """(number of the rule, whether wholly) that takes a destination's parcels before."""
    partly: tuple[int, bool] | None = None
    for number, rule in earlier:
        if rule.max_value is not None and (
            max_value is None or max_value > rule.max_value
        ):
            continue
        mine = {country_of(x) for x in rule.countries}
        if not mine or word in mine or (word == "XI" and "GB" in mine):
            return number, True
        if word in EU and "EU" in mine:
            if word not in _PARTLY:
                return number, True
            partly = partly or (number, False)
    return partly


def _plain(amount: Decimal) -> str:
    """150 instead of 150.00, and 149.50 as it is."""
    whole = amount == amount.to_integral_value()
    return f"{amount:.0f}" if whole else f"{amount:.2f}"


def _joined(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
