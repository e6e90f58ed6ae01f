"""SKU aliases as a file: one row each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.utils.dateparse import parse_datetime

from shipsync_site.lib import clock
from stores import aliases
from stores.imports import cells
from stores.imports.base import (
    Found,
    GoodRow,
    Importer,
    Record,
    Value,
    Write,
    blocks,
    spoilt_row,
)
from stores.imports.cells import BadCellError, Column
from stores.imports.products import one_each
from stores.imports.sheet import CellError
from stores.models import AliasBasis, ImportKind, SkuAlias, Store

_BETWEEN = "|"


def _store(text: str) -> str:
    """A store's short name, '' for every store."""
    if not text:
        return ""
    for slug, name in Store.objects.values_list("slug", "name"):
        if text.casefold() in (slug.casefold(), name.casefold()):
            return slug
    known = ", ".join(Store.objects.order_by("slug").values_list("slug", flat=True)[:5])
    raise BadCellError(
        f"There is no such store: write its short name ({known}), or leave it empty for "
        "every store."
    )


_STORE = Column(
    name="store",
    label="Store",
    read=_store,
    help="The store's short name; empty for every store.",
)
_ALIAS = Column(
    name="alias",
    label="Marketplace SKU",
    read=cells.sku,
    help="As the marketplace's order calls it.",
    also=("alias",),
    required=True,
)
_SKU = Column(
    name="sku",
    label="SKU",
    read=cells.sku,
    help="The product or kit that it stands for.",
    also=("our sku",),
    required=True,
)


class Aliases(Importer):
    """Aliases; one that is new or changed waits, unless both carry the same GTIN or
    ASIN."""

    kind = ImportKind.ALIASES
    model = SkuAlias
    word, words = "alias", "aliases"
    columns = (_STORE, _ALIAS, _SKU)

    def key_of(self, values: Mapping[str, Any]) -> str:
        """The store's short name and the alias."""
        if not values.get("alias"):
            return ""
        return f"{values.get('store') or ''}{_BETWEEN}{values['alias']}"

    def group(self, rows: Sequence[GoodRow], spoilt: Collection[str]) -> Found:
        """One record a row; the same alias of one store twice is an error."""
        return one_each(self, rows, _ALIAS)

    def current(self, keys: Iterable[str], *, lock: bool = False) -> dict[str, Value]:
        """Aliases by key."""
        return {
            key: {
                "sku": row.sku,
                "basis": row.basis,
                "created_by": row.created_by_id,
                "approved_by": row.approved_by_id,
                "approved_at": row.approved_at and row.approved_at.isoformat(),
            }
            for key, row in _rows(keys, lock).items()
        }

    def blank(self) -> Value:
        """An alias that stands for nothing."""
        return {
            "sku": "",
            "basis": "",
            "created_by": None,
            "approved_by": None,
            "approved_at": None,
        }

    def seen(self, value: Value | None) -> Value | None:
        """What it stands for, and why it may."""
        return value and {"sku": value["sku"], "basis": value["basis"]}

    def check(self, records: Sequence[tuple[Record, Value]]) -> list[CellError]:
        """It stands for a product or kit that there is, and not for itself."""
        known: dict[str, str] = {}
        for part in blocks(sorted({value["sku"] for _, value in records})):
            known |= aliases.targets(part)
        found = []
        for record, value in records:
            if value["sku"] == _alias(record.key):
                message = "It stands for itself: leave this row out."
            elif value["sku"] not in known:
                message = (
                    "There is no product and no kit with this SKU: import it first, or "
                    "mend the SKU."
                )
            else:
                continue
            found.append(spoilt_row(record.lines[0], _SKU, value["sku"], message))
        return found

    def settled(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """In force where our own products carry the same GTIN or ASIN; else waiting."""
        names = {_alias(key) for key in values} | {x["sku"] for x in values.values()}
        known: aliases.Identifiers = {}
        for part in blocks(sorted(names)):
            known |= aliases.of_products(part)
        nothing: frozenset[str] = frozenset()
        return {
            key: {
                **self.blank(),
                "sku": value["sku"],
                "basis": AliasBasis.IDENTIFIER.value
                if known.get(_alias(key), nothing) & known.get(value["sku"], nothing)
                else "",
            }
            for key, value in values.items()
        }

    def write(self, changes: Sequence[Write], user: User) -> None:
        """Add, change, give back and delete aliases."""
        rows = _rows([change.key for change in changes], lock=False)
        stores = dict(Store.objects.values_list("slug", "pk"))
        people = set(get_user_model().objects.values_list("pk", flat=True))
        now = clock.now()
        for change in changes:
            row = rows.get(change.key)
            if change.after is None:
                if row is not None:
                    row.delete()
                continue
            value = change.after
            slug, _, alias = change.key.partition(_BETWEEN)
            row = row or SkuAlias(alias=alias, store_id=stores[slug] if slug else None)
            row.sku, row.basis = value["sku"], value["basis"]
            row.created_by_id = _person(value["created_by"] or user.pk, people)
            row.approved_by_id = _person(value["approved_by"], people)
            row.approved_at = (
                parse_datetime(value["approved_at"]) if value["approved_at"] else None
            )
            if row.basis == AliasBasis.IDENTIFIER and row.approved_at is None:
                row.approved_at = now
            row.save()

    def unwritable(self, keys: Collection[str]) -> dict[str, str]:
        """Aliases of a store that is gone, or is called otherwise by now."""
        stores = {"", *Store.objects.values_list("slug", flat=True)}
        return {
            key: f"There is no store called {key.partition(_BETWEEN)[0]} any more."
            for key in keys
            if key.partition(_BETWEEN)[0] not in stores
        }

    def touched(self, changes: Sequence[Write]) -> dict[int | None, set[str]]:
        """The aliases that are in force before or after, by store."""
        stores = dict(Store.objects.values_list("slug", "pk"))
        found: dict[int | None, set[str]] = {}
        for change in changes:
            if any(x and x["basis"] for x in (change.before, change.after)):
                slug, _, alias = change.key.partition(_BETWEEN)
                found.setdefault(stores.get(slug), set()).add(alias)
        return found

    def name(self, key: str) -> str:
        """The alias, with its store if it has one."""
        slug, _, alias = key.partition(_BETWEEN)
        return f"{alias} ({slug})" if slug else alias

    def entry_name(self, key: str) -> str:
        """The alias alone."""
        return _alias(key)

    def told(self, value: Value | None) -> dict[str, str]:
        """What it stands for, and whether it counts."""
        if not value:
            return {}
        waits = "Waits for a second person"
        basis = dict(AliasBasis.choices)
        return {
            "Stands for": value["sku"],
            "In force": str(basis.get(value["basis"], waits)),
        }

    def rows(self) -> Iterator[Sequence[object]]:
        """All aliases, every store's own first."""
        rows = SkuAlias.objects.order_by("store__slug", "alias")
        for slug, alias, sku in rows.values_list("store__slug", "alias", "sku"):
            yield slug or "", alias, sku


def _person(pk: int | None, people: Collection[int]) -> int | None:
    return pk if pk in people else None


def _alias(key: str) -> str:
    return key.partition(_BETWEEN)[2]


def _rows(keys: Iterable[str], lock: bool) -> dict[str, SkuAlias]:
    wanted = set(keys)
    rows = SkuAlias.objects.order_by("pk").select_related("store")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = {}
    for part in blocks(sorted({_alias(key) for key in wanted})):
        for row in rows.filter(alias__in=part):
            key = f"{row.store.slug if row.store else ''}{_BETWEEN}{row.alias}"
            if key in wanted:
                found[key] = row
    return found
