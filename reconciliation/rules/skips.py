"""Stated reasons for which an order of the marketplace is not compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q

from reconciliation.rules.scope import Scope

PREFIX = "skip:"
# Named by the count, but its own date lies outside the period: compared on its own day.
OTHER_DAY = "other_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """One reason; ``when`` gives the condition on Order. The first that holds counts."""

    code: str
    label: str
    when: Callable[[Scope], Q]

    @property
    def bucket(self) -> str:
        """The code of its bucket."""
        return f"{PREFIX}{self.code}"


def _not_ours(value: str) -> Callable[[Scope], Q]:
    return lambda scope: Q(not_ours=value)


def _other_route(scope: Scope) -> Q:
    if scope.silent:
        return Q()
    known = Q(pk__in=[])
    for span in scope.spans:
        if span.ours:
            known |= Q(ordered_at__gte=span.since, ordered_at__lt=span.until)
    return ~known


def _silent(scope: Scope) -> Q:
    return Q(pk__isnull=False) if scope.silent else Q(pk__in=[])


SKIPS: tuple[Skip, ...] = (
    Skip(
        code="fulfilled_by_marketplace",
        label="Shipped by the marketplace itself",
        when=_not_ours("fulfilled_by_marketplace"),
    ),
    Skip(
        code="marketplace_label",
        label="Goes out with the marketplace's own label",
        when=_not_ours("marketplace_label"),
    ),
    Skip(code="pick_up", label="Picked up by the buyer", when=_not_ours("pick_up")),
    Skip(code="digital", label="Nothing to ship", when=_not_ours("digital")),
    Skip(
        code="unfulfillable",
        label="The marketplace says that it can't be shipped",
        when=_not_ours("unfulfillable"),
    ),
    Skip(
        code="not_ours",
        label="Not ours to ship, for a reason we do not know",
        when=lambda scope: ~Q(not_ours=""),
    ),
    Skip(
        code="silent_store",
        label="Another route ships it: the store is a draft or in shadow",
        when=_silent,
    ),
    Skip(
        code="other_route",
        label="Another route's: placed before the start, or after it was given back",
        when=_other_route,
    ),
    Skip(
        code="not_payable",
        label="Not paid yet at the marketplace",
        when=lambda scope: Q(status="pending"),
    ),
    Skip(
        code="not_accepted",
        label="Waits for our yes at the marketplace",
        when=lambda scope: Q(status="waiting_acceptance"),
    ),
)


# Reasons of orders that the marketplace counts and that no rule can look at.
COUNTED_ONLY = {
    OTHER_DAY: "Counted here by the marketplace, compared on the day of our date of it",
    "just_placed": "Placed within the hour, and not read yet",
    "before_store": "Placed before the store was set up here",
}


def skip_label(code: str) -> str:
    """What a reason is called, by the code of its bucket."""
    bare = code.removeprefix(PREFIX)
    found = {skip.code: skip.label for skip in SKIPS} | COUNTED_ONLY
    return found.get(bare, bare.replace("_", " ").capitalize())
