"""What is checked about a parcel's tax number before the order is sent; pure.

Each check is its own kind of case (``orders.exception_kinds.tax``). All are hard, for a
wrong number costs the buyer duty or the seller a fine, and all can be released by a
named person with a reason: the marketplaces' own data are sometimes wrong. A message
names everything that the person has to judge, since a release answers exactly it.

Limit of IOSS: 150 EUR for the goods of a consignment, without shipping and VAT
(Directive 2006/112/EC, articles 14a(2) and 369l).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from orders.payload_types import PayloadProblem
from orders.tax_rules import NO_RATE, TaxFinding, TaxQuestion
from orders.tax_schemes import Place, Scheme, compact, scheme_of
from stores.models import TaxRoute
from stores.rulebook import Rulebook

FIELD = "tax"
MISSING = "tax_number_missing"
UNKNOWN_SCHEME = "tax_scheme_unknown"
MALFORMED = "tax_number_malformed"
ELSEWHERE = "tax_wrong_destination"
DOMESTIC = "tax_domestic"
OVER_LIMIT = "tax_over_limit"
UNKNOWN_VALUE = "tax_value_unknown"
OWN_NUMBER = "tax_own_number"
BROKEN = "tax_rule_broken"
CODES = (
    MISSING,
    UNKNOWN_SCHEME,
    MALFORMED,
    ELSEWHERE,
    DOMESTIC,
    OVER_LIMIT,
    UNKNOWN_VALUE,
    OWN_NUMBER,
    BROKEN,
)


def check_tax(
    finding: TaxFinding, question: TaxQuestion, book: Rulebook
) -> tuple[PayloadProblem, ...]:
    """Everything wrong with the number that was found, or with there being none.

    Nothing where the store sends no numbers: ShipStation's own settings carry them.
    """
    if book.tax_route == TaxRoute.NONE:
        return ()
    return tuple(_problems(finding, question, book))


def _problems(
    finding: TaxFinding, question: TaxQuestion, book: Rulebook
) -> Iterator[PayloadProblem]:
    place = question.place
    if finding.stopped == NO_RATE:
        yield _value_unknown(finding, question, f"; {finding.why}")
        return
    if finding.stopped:
        text = f"The tax rule for {finding.scheme} can't be asked: {finding.why}"
        yield _problem(BROKEN, finding, text)
        return
    scheme = scheme_of(finding.scheme, finding.number)
    if not finding.number:
        if finding.expected and not place.domestic:
            yield _missing(finding, question)
        return
    if place.domestic:
        text = (
            f"A number of {finding.scheme} ({_shown(finding)}) on a parcel that stays in "
            f"{place.country}"
        )
        yield _problem(DOMESTIC, finding, text)
    if scheme is None:
        text = (
            f"The tax scheme '{finding.scheme}' is not known: its number "
            f"({_shown(finding)}) can't be checked for {place.country or 'nowhere'}"
        )
        yield _problem(UNKNOWN_SCHEME, finding, text)
        return
    if not scheme.fits(finding.number):
        text = (
            f"The number of {finding.scheme} ({_shown(finding)}) is none: it would be "
            f"{scheme.shape}"
        )
        yield _problem(MALFORMED, finding, text)
    if not place.domestic and not scheme.holds(place):
        yield _problem(ELSEWHERE, finding, _elsewhere(finding, scheme, place))
    yield from _limit(finding, question, scheme)
    if _is_own(finding, book):
        text = (
            f"Our own number of {finding.scheme} is sent, but {question.connector} "
            f"collects this tax itself ({finding.collected[0] or finding.scheme}): its "
            "number belongs there"
        )
        yield _problem(OWN_NUMBER, finding, text)


def _missing(finding: TaxFinding, question: TaxQuestion) -> PayloadProblem:
    worth = (
        "of unknown value in EUR"
        if finding.value_eur is None
        else f"worth {finding.value_eur} EUR"
    )
    text = (
        f"No number of {finding.scheme} for goods {worth} to {question.place.country}: "
        f"looked at {', '.join(finding.looked_at)}"
    )
    return _problem(MISSING, finding, text)


def _limit(
    finding: TaxFinding, question: TaxQuestion, scheme: Scheme
) -> Iterator[PayloadProblem]:
    limit = scheme.limit_eur
    if limit is None or question.place.domestic:
        return
    if finding.value_eur is None:
        yield _value_unknown(finding, question, "")
    elif finding.value_eur > limit:
        text = (
            f"A number of {finding.scheme} is for goods of up to {limit} EUR, these are "
            f"worth {finding.value_eur} EUR"
        )
        yield _problem(OVER_LIMIT, finding, text, value=finding.value_eur)


def _value_unknown(
    finding: TaxFinding, question: TaxQuestion, ending: str
) -> PayloadProblem:
    if question.goods is None:
        why = "a line has no price"
    else:
        day = f"{question.at.day} {question.at:%B %Y}"
        why = (
            f"there is no exchange rate of {question.currency or 'its currency'} for "
            f"{day}: add one under Stores, 'Exchange rates'"
        )
    text = f"What the goods are worth in EUR is not known, {why}{ending}"
    return _problem(UNKNOWN_VALUE, finding, text, currency=question.currency)


def _elsewhere(finding: TaxFinding, scheme: Scheme, place: Place) -> str:
    origin = f" from {place.ship_from}" if place.ship_from else ""
    to = place.country or "an unknown country"
    if place.northern_ireland:
        to = "Northern Ireland"
    return (
        f"A number of {finding.scheme} ({_shown(finding)}) does not belong on a parcel"
        f"{origin} to {to}: it is for {scheme.where}"
    )


def _is_own(finding: TaxFinding, book: Rulebook) -> bool:
    """Whether it is the seller's own, where the marketplace collects this very tax."""
    name, number = finding.collected
    if not (name or number):
        return False
    collects = scheme_of(name or "IOSS", number) == scheme_of(
        finding.scheme, finding.number
    )
    sent = compact(finding.number)
    own = {compact(rule.number) for rule in book.tax_rules if rule.own and rule.number}
    return collects and (finding.own or sent in own) and sent != compact(number)


def _shown(finding: TaxFinding) -> str:
    """The number as a case may show it: one that a path led to may be the buyer's."""
    public = finding.source.startswith(("read by", "the number of"))
    if public:
        return finding.number
    return f"{len(finding.number)} characters"


def _problem(
    code: str, finding: TaxFinding, text: str, **context: str | Decimal
) -> PayloadProblem:
    return PayloadProblem(
        field=FIELD,
        value_excerpt="",
        message=text,
        hard=True,
        code=code,
        releasable=True,
        context={
            "scheme": finding.scheme,
            "rule": finding.rule_id,
            "looked_at": list(finding.looked_at),
            **{name: str(value) for name, value in context.items()},
        },
    )
