"""Which of our SKUs may be meant by one that nobody knows."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from itertools import chain

from stores.models import Kit, Product

# Comparing more would keep a page waiting.
_LOOKED_AT = 20_000
_ALIKE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A product or kit of ours."""

    sku: str
    title: str
    kit: bool


def closest(sku: str, count: int = 5) -> list[str]:
    """The SKUs of products and kits that are written most like this one."""
    known = {
        name.casefold(): name
        for name in chain(
            Product.objects.order_by("sku").values_list("sku", flat=True)[:_LOOKED_AT],
            Kit.objects.order_by("sku").values_list("sku", flat=True)[:_LOOKED_AT],
        )
    }
    found = difflib.get_close_matches(sku.casefold(), known, n=count, cutoff=_ALIKE)
    return [known[name] for name in found]


def known(skus: list[str]) -> list[Known]:
    """Products and kits with these SKUs, in this order."""
    rows = {
        sku: Known(sku=sku, title=title, kit=False)
        for sku, title in Product.objects.filter(sku__in=skus).values_list(
            "sku", "title"
        )
    } | {
        sku: Known(sku=sku, title=title, kit=True)
        for sku, title in Kit.objects.filter(sku__in=skus).values_list("sku", "title")
    }
    return [rows[sku] for sku in skus if sku in rows]
