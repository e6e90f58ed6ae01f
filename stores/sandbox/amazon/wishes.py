"""The options of ``POST /control/orders`` for this peer, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stores.sandbox.amazon.auth import Seller
from stores.sandbox.amazon.marketplaces import (
    MARKETPLACES,
    Marketplace,
    find_marketplace,
)

VARIANTS = (
    "zero_lines",
    "unknown_status",
    "unknown_enum",
    "long_note",
    "emoji_name",
    "long_address",
    "missing_postcode",
    "malformed",
)
ORDER_PROGRAMS = [
    "AMAZON_BAZAAR",
    "AMAZON_BUSINESS",
    "AMAZON_EASY_SHIP",
    "AMAZON_HAUL",
    "DELIVERY_BY_AMAZON",
    "FBM_SHIP_PLUS",
    "INVOICE_BY_AMAZON",
    "IN_STORE_PICK_UP",
    "PREMIUM",
    "PREORDER",
    "PRIME",
]
LINE_PROGRAMS = ("TRANSPARENCY", "SUBSCRIBE_AND_SAVE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The options of one control call, checked; times in seconds."""

    count: int
    seed: int
    seller: Seller
    marketplace: Marketplace
    country: str
    # None: by lane; true: number and scheme; "empty": the scheme beside an empty number
    ioss: bool | str | None = None
    sku: str | None = None
    kit: bool = False
    lines: int = 3
    quantity: int | None = None
    ship_by_hours: float = 48.0
    order_age: float = 0.0
    late_cancel: float = 0.0
    late_cancel_after: float = 1800.0
    same_buyer: bool = False
    pending: float = 0.0
    fulfilled_by: str = "MERCHANT"
    programs: list[str] = field(default_factory=list)
    business: bool = False
    gift: bool = False
    variant: str | None = None
    missed_in_list: float = 0.0
    missed_seconds: float | None = None


_OPTIONS = {
    *(name for name in Wish.__dataclass_fields__),
    "channel",
    "peer",
    "seller_id",
}


def read_wish(
    spec: Mapping[str, Any], sellers: Mapping[str, Seller], order_age: float
) -> Wish:
    """Check a control call's options; ValueError or LookupError says what is wrong."""
    unknown = sorted(set(spec) - _OPTIONS)
    if unknown:
        raise ValueError(
            f"unknown option {', '.join(unknown)}; there are: "
            + ", ".join(sorted(_OPTIONS))
        )
    seller = _seller(spec, sellers)
    marketplace = find_marketplace(
        str(spec.get("marketplace") or seller.marketplaces[0])
    )
    if marketplace.id not in seller.marketplaces:
        names = ", ".join(MARKETPLACES[m].code for m in seller.marketplaces)
        raise ValueError(
            f"seller {seller.id} does not sell in {marketplace.code}; only in {names}"
        )
    wish = Wish(
        count=int(spec.get("count", 1)),
        seed=int(spec.get("seed", 0)),
        seller=seller,
        marketplace=marketplace,
        country=_country(spec, marketplace),
        ioss=spec.get("ioss"),
        sku=None if spec.get("sku") is None else str(spec["sku"]),
        kit=bool(spec.get("kit", False)),
        lines=int(spec.get("lines", 3)),
        quantity=None if spec.get("quantity") is None else int(spec["quantity"]),
        ship_by_hours=float(spec.get("ship_by_hours", 48)),
        order_age=float(spec.get("order_age", order_age)),
        late_cancel=_share(spec, "late_cancel"),
        late_cancel_after=float(spec.get("late_cancel_after", 1800)),
        same_buyer=bool(spec.get("same_buyer", False)),
        pending=float(spec.get("pending", 0)),
        fulfilled_by=str(spec.get("fulfilled_by", "MERCHANT")),
        programs=list(spec.get("programs", [])),
        business=bool(spec.get("business", False)),
        gift=bool(spec.get("gift", False)),
        variant=spec.get("variant") or None,
        missed_in_list=_share(spec, "missed_in_list"),
        missed_seconds=_optional_float(spec, "missed_seconds"),
    )
    _check(wish)
    return wish


def _optional_float(spec: Mapping[str, Any], name: str) -> float | None:
    return None if spec.get(name) is None else float(spec[name])


def _seller(spec: Mapping[str, Any], sellers: Mapping[str, Seller]) -> Seller:
    wanted = spec.get("seller_id")
    if wanted is None:
        if spec.get("marketplace"):
            site = find_marketplace(str(spec["marketplace"]))
            for seller in sellers.values():
                if site.id in seller.marketplaces:
                    return seller
        return next(iter(sellers.values()))
    if wanted not in sellers:
        raise LookupError(f"no seller {wanted!r}; there are: {', '.join(sellers)}")
    return sellers[wanted]


def _country(spec: Mapping[str, Any], marketplace: Marketplace) -> str:
    country = str(spec.get("country") or marketplace.country).upper()
    return "GB" if country == "UK" else country


def _share(spec: Mapping[str, Any], name: str) -> float:
    value = spec.get(name, 0)
    return float(value if not isinstance(value, bool) else int(value))


def _check(wish: Wish) -> None:
    for name, low, high in (
        ("count", 0, 200_000),
        ("lines", 1, 200),
        ("late_cancel", 0, 1),
        ("missed_in_list", 0, 1),
    ):
        if not low <= getattr(wish, name) <= high:
            raise ValueError(
                f"{name}={getattr(wish, name)}: must be from {low} to {high}"
            )
    if wish.ioss not in (None, True, False, "empty"):
        raise ValueError(f"ioss={wish.ioss!r}: true, false or 'empty'")
    if wish.quantity is not None and wish.quantity < 1:
        raise ValueError(f"quantity={wish.quantity}: must be at least 1")
    if wish.fulfilled_by not in ("MERCHANT", "AMAZON"):
        raise ValueError(f"fulfilled_by={wish.fulfilled_by!r}: MERCHANT or AMAZON")
    if wish.variant is not None and wish.variant not in VARIANTS:
        raise ValueError(f"variant={wish.variant!r}: one of {', '.join(VARIANTS)}")
    for program in wish.programs:
        if program not in (*ORDER_PROGRAMS, *LINE_PROGRAMS):
            raise ValueError(f"programs: no program {program!r}")
