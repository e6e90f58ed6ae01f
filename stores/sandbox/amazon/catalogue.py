"""What the demo seller sells: SKU, ASIN, title and the price in euro cents."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """One listing; kits are sold as one SKU and packed as several articles."""

    sku: str
    asin: str
    title: str
    cents: int
    kit: bool = False


def _item(row: str) -> Item:
    sku, asin, cents, title = row.split(maxsplit=3)
    return Item(sku, asin, title, int(cents), sku.startswith("KIT-"))


_ROWS = """\
MUG-BLUE B0CAT10001 1299 Stoneware mug, 350 ml, blue
MUG-GREEN B0CAT10002 1299 Stoneware mug, 350 ml, green
MUG-SET4 B0CAT10003 4490 Stoneware mugs, 350 ml, set of 4
BOWL-L B0CAT10004 1899 Serving bowl, 24 cm
BOWL-S B0CAT10005 899 Cereal bowl, 14 cm
PLATE-27 B0CAT10006 1450 Dinner plate, 27 cm
TEAPOT-1L B0CAT10007 2995 Teapot with strainer, 1 l
JUG-15 B0CAT10008 2190 Water jug with lid, 1.5 l
KNIFE-CHEF B0CAT10009 5490 Chef's knife, 20 cm
KNIFE-BREAD B0CAT10010 3990 Bread knife, 24 cm
BOARD-OAK B0CAT10011 3490 Chopping board, oak, 40 x 28 cm
PAN-24 B0CAT10012 4290 Frying pan, cast iron, 24 cm
PAN-28 B0CAT10013 5290 Frying pan, cast iron, 28 cm
POT-3L B0CAT10014 6490 Casserole with lid, 3 l
APRON-STR B0CAT10015 1990 Kitchen apron, striped
TOWEL-2 B0CAT10016 1190 Tea towels, linen, pack of 2
CLOTH-140 B0CAT10017 2690 Table cloth, 140 x 220 cm
NAPKIN-6 B0CAT10018 1590 Cotton napkins, pack of 6
CANDLE-FIG B0CAT10019 1690 Scented candle, fig
CANDLE-SEA B0CAT10020 1690 Scented candle, sea salt
LAMP-DESK B0CAT10021 7990 Desk lamp, dimmable
CUSHION-45 B0CAT10022 2290 Cushion cover, 45 x 45 cm
THROW-WOOL B0CAT10023 8900 Wool throw, 130 x 180 cm
BASKET-M B0CAT10024 2490 Storage basket, medium
FRAME-A4 B0CAT10025 1390 Picture frame, A4
CLOCK-WALL B0CAT10026 3290 Wall clock, 30 cm
VASE-TALL B0CAT10027 2790 Glass vase, 30 cm
PLANTER-18 B0CAT10028 1790 Planter, 18 cm
KIT-BREAKFAST B0CAT10029 3990 Breakfast set: mug, bowl and plate
KIT-TEA B0CAT10030 4490 Tea set: teapot and two mugs
KIT-STARTER B0CAT10031 12900 Kitchen starter set: pan, knife and board"""

ITEMS = tuple(map(_item, _ROWS.splitlines()))
SINGLES = tuple(item for item in ITEMS if not item.kit)
KITS = tuple(item for item in ITEMS if item.kit)
_BY_SKU = {item.sku: item for item in ITEMS}


def find_item(sku: str) -> Item:
    """The listing of this SKU; an unknown one is listed on the spot, as kit or single."""
    known = _BY_SKU.get(sku)
    return known or Item(sku, "B0CAT19999", f"Article {sku}", 1999, sku[:4] == "KIT-")
