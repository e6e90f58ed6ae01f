"""What a checklist's item can be ticked by: questions that our own tables answer.

A check writes nothing, calls nobody, and answers in a few queries. It says what it
saw in figures and in a sentence, with links to the lists that it counted: that is what
is frozen. One module of this package holds a family of checks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.urls import NoReverseMatch, reverse

from shipsync_site.lib.registry import Registry
from stores.models import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A list that a check counted; ``url`` is '' for what has no page."""

    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a check looks at.

    ``stores`` are those of the list, all of them where it names none (``narrowed`` says
    which). ``first`` to ``last`` are the days that the list of ``day`` is about.
    """

    stores: tuple[Store, ...]
    narrowed: bool
    team: str
    day: date
    first: date
    last: date
    limit: int
    now: datetime

    @property
    def slug(self) -> str:
        """The store's slug where the list is about a single one, for its URL."""
        return self.stores[0].slug if self.narrowed and len(self.stores) == 1 else ""

    def of(self, rows: QuerySet[Any], path: str = "store") -> QuerySet[Any]:
        """The rows of these stores; without a list of stores those of none as well."""
        if not self.narrowed:
            return rows
        return rows.filter(**{f"{path}__in": [store.pk for store in self.stores]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a check saw: the answer, in a sentence and in figures by their names."""

    ok: bool
    sentence: str
    figures: Mapping[str, int | str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What is kept with the tick."""
        return {
            "ok": self.ok,
            "sentence": self.sentence,
            # Pairs: not every database keeps the order of an object's keys.
            "figures": [[name, value] for name, value in self.figures.items()],
            "links": [asdict(link) for link in self.links],
        }


Look = Callable[[Scope], Evidence]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A question with its answer.

    ``label`` is how it is chosen from a list, ``family`` under which heading. ``unit``
    says what the limit counts ('orders', 'days'), '' for a check without one; ``limit``
    is what counts where the item sets none.
    """

    code: str
    family: str
    label: str
    look: Look
    unit: str = ""
    limit: int = 0


CHECKS: Registry[Check] = Registry("checks", "reconciliation.checklists.checks")


def check_choices() -> list[tuple[str, Any]]:
    """The choices of an item, by family; '' is a person."""
    families: dict[str, list[tuple[str, str]]] = {}
    for check in CHECKS:
        unit = f" (limit in {check.unit})" if check.unit else ""
        families.setdefault(check.family, []).append(
            (check.code, f"{check.label}{unit}")
        )
    return [
        ("", "A person looks"),
        *((family, sorted(rows, key=_label)) for family, rows in families.items()),
    ]


def page(name: str, *args: object, **query: object) -> str:
    """The address of a list; '' where this installation has no such page."""
    try:
        address = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    given = urlencode({key: value for key, value in query.items() if value})
    return f"{address}?{given}" if given else address


def counted(
    scope: Scope, rows: QuerySet[Any], one: str, many: str, name: str, /, **query: str
) -> Evidence:
    """At most the limit of these rows, with a link to the list that shows just these.

    A list about some stores gets a link for each, as the pages narrow by one.
    """
    found = scope.of(rows)
    by_store = dict(
        found.order_by().values_list("store__slug").annotate(rows=Count("pk"))
    )
    total = sum(by_store.values())
    figures: dict[str, int | str] = {many: total}
    if scope.limit:
        figures["limit"] = scope.limit
    said = f"{total:,} {one if total == 1 else many}" if total else f"No {one}"
    if scope.limit:
        said += f", {scope.limit:,} may be"
    if scope.narrowed and len(scope.stores) > 1:
        links = tuple(
            Link(
                text=f"{store.name}: {by_store[store.slug]:,}",
                url=page(name, store=store.slug, **query),
            )
            for store in scope.stores
            if store.slug in by_store
        )
    else:
        text = "The list" if total else "The empty list"
        links = (Link(text=text, url=page(name, store=scope.slug, **query)),)
    return Evidence(
        ok=total <= scope.limit, sentence=f"{said}.", figures=figures, links=links
    )


def _label(row: tuple[str, str]) -> str:
    return row[1]
