"""Kits as a file: one row per component; a kit is taken whole or not at all."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User

from shipsync_site.lib import bulk, clock
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
from stores.imports.cells import Column
from stores.imports.sheet import CellError
from stores.models import ImportKind, Kit, KitComponent, Product
from stores.products import kit_value, kit_words, share_text, uses_of

MAX_COMPONENTS = 50
_KIT = Column(
    name="sku",
    label="Kit",
    read=cells.sku,
    help="The SKU that is sold; the same in each row of the kit.",
    also=("kit sku",),
    required=True,
)
_TITLE = Column(
    name="title",
    label="Title",
    read=cells.words(300),
    help="What the kit is called; once is enough.",
    also=("kit title",),
)
_COMPONENT = Column(
    name="component",
    label="Component",
    read=cells.sku,
    help="The SKU of a product that is packed.",
    also=("component sku",),
    required=True,
)
_QUANTITY = Column(
    name="quantity",
    label="Quantity",
    read=cells.quantity,
    help="How many of it are in one kit.",
    also=("qty",),
    required=True,
)
_SHARE = Column(
    name="share",
    label="Share of price (%)",
    read=cells.share,
    help="Percent of the kit's price. Rows without one share what is left, by quantity.",
    also=("share", "price share"),
)


class Kits(Importer):
    """Kits; a kit in the file replaces the kit that is there, with all components."""

    kind = ImportKind.KITS
    model = Kit
    word, words = "kit", "kits"
    columns = (_KIT, _TITLE, _COMPONENT, _QUANTITY, _SHARE)

    def group(self, rows: Sequence[GoodRow], spoilt: Collection[str]) -> Found:
        """The rows of each kit, wherever they stand in the file."""
        found = Found()
        kits: dict[str, list[GoodRow]] = {}
        for row in rows:
            kits.setdefault(row.values["sku"], []).append(row)
        for sku, parts in kits.items():
            errors = _within(sku, parts)
            found.errors += errors
            if errors or sku in spoilt:
                continue
            given: Value = {"components": [_component(row) for row in parts]}
            if "title" in parts[0].values:
                given["title"] = next(
                    (row.values["title"] for row in parts if row.values["title"]), ""
                )
            lines = tuple(row.line for row in parts)
            found.records.append(Record(key=sku, lines=lines, given=given))
        return found

    def current(self, keys: Iterable[str], *, lock: bool = False) -> dict[str, Value]:
        """Kits by SKU."""
        return {
            sku: kit_value(kit, parts)
            for sku, (kit, parts) in _rows(keys, lock).items()
        }

    def blank(self) -> Value:
        """A kit without components."""
        return {"title": "", "components": []}

    def check(self, records: Sequence[tuple[Record, Value]]) -> list[CellError]:
        """Components are products that there are, and no kits themselves."""
        names = sorted({x["sku"] for _, kit in records for x in kit["components"]})
        products, kits = _existing(Product, names), _existing(Kit, names)
        kits |= {record.key for record, _ in records}
        unknown = [name for name in names if name not in products]
        near = _nearest(unknown)
        return [
            spoilt_row(line, _COMPONENT, x["sku"], message)
            for record, kit in records
            for line, x in zip(record.lines, kit["components"], strict=True)
            if (message := _unfit(x["sku"], products, kits, near))
        ]

    def write(self, changes: Sequence[Write], user: User) -> None:
        """Add, change and delete kits with their components."""
        rows = _rows([change.key for change in changes], lock=False)
        now = clock.real_now()
        wanted = {x.key: x.after for x in changes if x.after is not None}
        new = [
            Kit(sku=sku, title=value["title"])
            for sku, value in wanted.items()
            if sku not in rows
        ]
        old = [kit for sku, (kit, _) in rows.items() if sku in wanted]
        for kit in old:
            kit.title, kit.updated_at = wanted[kit.sku]["title"], now
        Kit.objects.bulk_create(new)
        bulk.save(old, ["title", "updated_at"])
        kits = {kit.sku: kit for kit in [*new, *old]}
        KitComponent.objects.filter(kit__in=[kit.pk for kit in old]).delete()
        KitComponent.objects.bulk_create(
            KitComponent(
                kit=kits[sku],
                sku=x["sku"],
                quantity=x["quantity"],
                share=None if x["share"] is None else Decimal(x["share"]),
                position=position,
            )
            for sku, value in wanted.items()
            for position, x in enumerate(value["components"])
        )
        gone = [change.key for change in changes if change.after is None]
        Kit.objects.filter(sku__in=gone).delete()

    def undeletable(self, keys: Collection[str]) -> dict[str, str]:
        """Kits that aliases stand for."""
        return uses_of(keys)

    def touched(self, changes: Sequence[Write]) -> dict[int | None, set[str]]:
        """Their SKUs, in every store."""
        return {None: {change.key for change in changes}}

    def lines_of(self, value: Value) -> int:
        """One for each component."""
        return len(value["components"])

    def weight(self, value: Value | None) -> int:
        """The kit and its components."""
        return 1 + len((value or {}).get("components", ()))

    def told(self, value: Value | None) -> dict[str, str]:
        """Title and components."""
        words = kit_words(value) if value else {}
        return {label: text for label, text in words.items() if text}

    def rows(self) -> Iterator[Sequence[object]]:
        """All kits by SKU, a row per component."""
        parts = KitComponent.objects.order_by("kit__sku", "position", "pk")
        names = ("kit__sku", "kit__title", "sku", "quantity", "share")
        for kit, title, sku, quantity, share in parts.values_list(*names).iterator():
            yield kit, title, sku, quantity, share_text(share)


def sum_problem(shares: Sequence[str | Decimal | None]) -> str:
    """What is wrong with the shares of a kit's components; '' for nothing.

    All of them come to 100, where one unit of the last place may be missing for each
    (three times 33.3333). Components without one share what the others leave.
    """
    given = [Decimal(share) for share in shares if share is not None]
    total = sum(given, Decimal(0))
    if not given:
        return ""
    if len(given) < len(shares):
        if total < 100:
            return ""
        return (
            f"The shares come to {total.normalize():f} %, and nothing is left for the "
            "components without one."
        )
    if abs(total - 100) > Decimal("0.0001") * len(given):
        return f"The shares come to {total.normalize():f} %, not to 100."
    return ""


def unfit_components(kit_sku: str, names: Sequence[str]) -> dict[str, str]:
    """Component → why it can't be in this kit, for a form."""
    products, kits = _existing(Product, names), _existing(Kit, names) | {kit_sku}
    near = _nearest([name for name in names if name not in products])
    found = {name: _unfit(name, products, kits, near) for name in names}
    return {name: why for name, why in found.items() if why}


def _within(sku: str, rows: Sequence[GoodRow]) -> list[CellError]:
    """What is wrong with the rows of one kit by themselves."""
    found, first = [], dict[str, int]()
    titles = {row.values.get("title") for row in rows} - {"", None}
    for row in rows:
        name = row.values["component"]
        if name in first:
            message = (
                f"It is in this kit already, in line {first[name]}: keep one row with "
                "the whole quantity."
            )
            found.append(spoilt_row(row.line, _COMPONENT, name, message))
        first.setdefault(name, row.line)
        if len(titles) > 1 and row.values["title"] not in ("", rows[0].values["title"]):
            message = f"Line {rows[0].line} calls this kit otherwise: write one title."
            found.append(spoilt_row(row.line, _TITLE, row.values["title"], message))
    last = rows[-1]
    if len(rows) > MAX_COMPONENTS:
        message = f"Kit {sku} has {len(rows)} components, up to {MAX_COMPONENTS} fit."
        found.append(
            spoilt_row(last.line, _COMPONENT, last.values["component"], message)
        )
    if problem := sum_problem([row.values.get("share") for row in rows]):
        found.append(spoilt_row(last.line, _SHARE, last.values.get("share"), problem))
    return found


def _component(row: GoodRow) -> dict[str, Any]:
    return {
        "sku": row.values["component"],
        "quantity": row.values["quantity"],
        "share": row.values.get("share"),
    }


def _unfit(
    name: str,
    products: Collection[str],
    kits: Collection[str],
    near: Mapping[str, str],
) -> str:
    if name in kits:
        return "It is a kit itself: write its components instead."
    if name in products:
        return ""
    hint = f" Is {near[name]} meant?" if name in near else ""
    return f"There is no product with this SKU.{hint} Else import the product first."


def _nearest(names: Sequence[str]) -> dict[str, str]:
    """The product that each of these unknown SKUs looks like; the first 50 are tried."""
    if not names:
        return {}
    known = list(Product.objects.order_by("sku").values_list("sku", flat=True)[:20_000])
    found = {}
    for name in names[:50]:
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
        if close:
            found[name] = close[0]
    return found


def _existing(model: type[Product] | type[Kit], names: Iterable[str]) -> set[str]:
    return {
        sku
        for part in blocks(sorted(set(names)))
        for sku in model.objects.filter(sku__in=part).values_list("sku", flat=True)
    }


def _rows(keys: Iterable[str], lock: bool) -> dict[str, tuple[Kit, list[KitComponent]]]:
    kits = Kit.objects.order_by("pk").prefetch_related("components")
    if lock:
        kits = kits.select_for_update()
    return {
        kit.sku: (kit, list(kit.components.all()))
        for part in blocks(sorted(set(keys)))
        for kit in kits.filter(sku__in=part)
    }
