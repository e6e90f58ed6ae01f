"""Products as a file: one row each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

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
from stores.models import ImportKind, Product
from stores.products import PRODUCT_LABELS, product_value, uses_of

_SKU = Column(
    name="sku",
    label=PRODUCT_LABELS["sku"],
    read=cells.sku,
    help="As the warehouse and ShipStation spell it.",
    required=True,
)
_VALUE = Column(
    name="customs_value",
    label=PRODUCT_LABELS["customs_value"],
    read=cells.money,
    help="Of one unit: 12.50 or 12,50.",
)
_CURRENCY = Column(
    name="currency",
    label=PRODUCT_LABELS["currency"],
    read=cells.currency,
    help="Of the customs value: EUR, GBP.",
)


class Products(Importer):
    """Products; a column that a file lacks stays as it is, an empty cell empties."""

    kind = ImportKind.PRODUCTS
    model = Product
    word, words = "product", "products"
    columns = (
        _SKU,
        Column(
            name="title",
            label=PRODUCT_LABELS["title"],
            read=cells.words(300),
            help="What it is called in the warehouse.",
        ),
        Column(
            name="customs_description",
            label=PRODUCT_LABELS["customs_description"],
            read=cells.words(100),
            help="What the customs officer reads: 'Cast iron teapot', not a model name.",
        ),
        Column(
            name="hs_code",
            label=PRODUCT_LABELS["hs_code"],
            read=cells.hs_code,
            help="6 to 12 digits; points may stand between them.",
            also=("tariff code", "harmonized code"),
        ),
        Column(
            name="origin_country",
            label=PRODUCT_LABELS["origin_country"],
            read=cells.country,
            help="Where it was made: two letters.",
            also=("origin", "country"),
        ),
        Column(
            name="weight_grams",
            label=PRODUCT_LABELS["weight_grams"],
            read=cells.grams,
            help="Of one unit, whole grams.",
            also=("weight", "grams"),
        ),
        _VALUE,
        _CURRENCY,
        Column(
            name="gtin",
            label=PRODUCT_LABELS["gtin"],
            read=cells.gtin,
            help="With its check digit, as under the barcode.",
            also=("ean", "upc", "barcode"),
        ),
        Column(
            name="asin",
            label=PRODUCT_LABELS["asin"],
            read=cells.asin,
            help="Amazon's number: B0 and eight more.",
        ),
    )

    def group(self, rows: Sequence[GoodRow], spoilt: Collection[str]) -> Found:
        """One record a row; a SKU that comes twice is bad from the second time on."""
        return one_each(self, rows, _SKU)

    def current(self, keys: Iterable[str], *, lock: bool = False) -> dict[str, Value]:
        """Products by SKU."""
        return {sku: product_value(row) for sku, row in _rows(keys, lock).items()}

    def blank(self) -> Value:
        """A product of which nothing is known."""
        return product_value(Product())

    def check(self, records: Sequence[tuple[Record, Value]]) -> list[CellError]:
        """An amount needs its currency, and the other way round."""
        found = []
        for record, value in records:
            if value["customs_value"] is not None and not value["currency"]:
                found.append(
                    spoilt_row(
                        record.lines[0],
                        _CURRENCY,
                        "",
                        f"The customs value {value['customs_value']} needs its currency: "
                        "write EUR, GBP …",
                    )
                )
        return found

    def write(self, changes: Sequence[Write], user: User) -> None:
        """Add, change and delete products."""
        rows = _rows([change.key for change in changes], lock=False)
        now = clock.real_now()
        new, old = [], []
        for change in changes:
            row = rows.get(change.key)
            if change.after is None:
                continue
            if row is None:
                new.append(Product(sku=change.key, **change.after))
                continue
            for name, value in change.after.items():
                setattr(row, name, value)
            row.updated_at = now
            old.append(row)
        Product.objects.bulk_create(new)
        bulk.save(old, [*self.blank(), "updated_at"])
        gone = [change.key for change in changes if change.after is None]
        Product.objects.filter(sku__in=gone).delete()

    def undeletable(self, keys: Collection[str]) -> dict[str, str]:
        """Products that kits hold or aliases stand for."""
        return uses_of(keys)

    def touched(self, changes: Sequence[Write]) -> dict[int | None, set[str]]:
        """Their SKUs, in every store."""
        return {None: {change.key for change in changes}}

    def told(self, value: Value | None) -> dict[str, str]:
        """Every field but empty ones."""
        return {
            PRODUCT_LABELS[name]: str(part)
            for name, part in (value or {}).items()
            if part not in (None, "")
        }

    def rows(self) -> Iterator[Sequence[object]]:
        """All products by SKU."""
        names = [column.name for column in self.columns]
        yield from Product.objects.order_by("sku").values_list(*names).iterator()


def one_each(importer: Importer, rows: Sequence[GoodRow], column: Column) -> Found:
    """One record for each row; a key that comes again is an error."""
    found = Found()
    first: dict[str, int] = {}
    for row in rows:
        key = importer.key_of(row.values)
        if key in first:
            found.errors.append(
                spoilt_row(
                    row.line,
                    column,
                    row.values[column.name],
                    f"It stands in line {first[key]} already: keep one of the two.",
                )
            )
            continue
        first[key] = row.line
        given = {name: x for name, x in row.values.items() if name in importer.blank()}
        found.records.append(Record(key=key, lines=(row.line,), given=given))
    return found


def _rows(keys: Iterable[str], lock: bool) -> dict[str, Product]:
    products = Product.objects.order_by("pk")
    if lock:
        products = products.select_for_update()
    return {
        row.sku: row
        for part in blocks(sorted(set(keys)))
        for row in products.filter(sku__in=part)
    }
