"""Products, kits and SKU aliases, with the columns that their imports read."""

from __future__ import annotations

from typing import Any

from reconciliation.exports.registry import REPORTS, Report
from stores.imports.plan import IMPORTERS

_TEXTS = {
    "products": ("Products", "One row a product, as its import reads it again."),
    "kits": ("Kits", "One row a part of a kit, as its import reads it again."),
    "aliases": ("SKU aliases", "One row an alias, as its import reads it again."),
}


def _report(kind: str) -> Report:
    importer: Any = IMPORTERS[kind]
    label, text = _TEXTS[kind]
    return Report(
        code=kind,
        label=label,
        text=text,
        permission="stores.view_store",
        columns=tuple(column.label for column in importer.columns),
        rows=lambda query: importer.rows(),
        page=f"stores:{kind}",
    )


for _kind in _TEXTS:
    REPORTS.register(_report(_kind))
