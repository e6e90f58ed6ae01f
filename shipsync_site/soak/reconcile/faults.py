"""Faults as people would tell of them: what somebody did, or what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from shipsync_site.soak.reconcile.shop import Shop, package
from shipsync_site.soak.reconcile.stories import (
    DAY,
    HOUR,
    MINUTE,
    bring,
    combine,
    marked,
    pack,
    placed,
    ship,
)
from stores.shipstation.types import SsLine

# Plants the fault; gives the order numbers that suffer from it.
Fault = Callable[[Shop, datetime], list[str]]


def lost_by_the_import(shop: Shop, end: datetime) -> list[str]:
    """The marketplace has it, and no list ever brought it."""
    tale = shop.tale(end - 50 * HOUR)
    shop.counted(tale, tale.placed)
    return [tale.number]


def never_got_there(shop: Shop, end: datetime) -> list[str]:
    """ShipStation never had it."""
    return [placed(shop, end).number]


def deleted_there(shop: Shop, end: datetime) -> list[str]:
    """Somebody deleted it in ShipStation."""
    tale = placed(shop, end)
    shop.gone(bring(shop, tale), tale.placed + 5 * HOUR)
    return [tale.number]


def cancelled_by_the_packer(shop: Shop, end: datetime) -> list[str]:
    """Somebody cancelled it in ShipStation, and the buyer still wants it."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    shop.record(tale, tale.placed + 5 * HOUR, number=number, status="cancelled")
    return [tale.number]


def typed_in_beside(shop: Shop, end: datetime) -> list[str]:
    """Somebody typed it in by hand although it is there."""
    tale = placed(shop, end)
    bring(shop, tale)
    shop.record(tale, tale.placed + 5 * HOUR, stranger=True)
    return [tale.number]


def came_twice(shop: Shop, end: datetime) -> list[str]:
    """It was brought twice."""
    tale = placed(shop, end)
    bring(shop, tale)
    shop.record(tale, tale.placed + 3 * HOUR)
    return [tale.number]


def bought_by_nobody(shop: Shop, end: datetime) -> list[str]:
    """Somebody typed in what no marketplace knows."""
    tale = shop.tale(end - 60 * HOUR)
    shop.record(tale, tale.placed + HOUR, stranger=True)
    return [tale.number]


def forgotten_by_the_marketplace(shop: Shop, end: datetime) -> list[str]:
    """We have it, and the marketplace counts no such order."""
    tale = shop.tale(end - 60 * HOUR)
    shop.market(tale, tale.placed, count=False)
    bring(shop, tale)
    return [tale.number]


def nobody_told(shop: Shop, end: datetime) -> list[str]:
    """It left yesterday, and the marketplace heard nothing."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    shop.label([tale], number, end - DAY)
    shop.record(tale, end - DAY + MINUTE, number=number, status="shipped")
    return [tale.number]


def refused_at_once(shop: Shop, end: datetime) -> list[str]:
    """The marketplace did not take the confirmation."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    tracking = shop.label([tale], number, end - DAY)
    shop.record(tale, end - DAY + MINUTE, number=number, status="shipped")
    shop.told(tale, tracking, "refused", end - DAY + HOUR)
    return [tale.number]


def left_without_a_parcel(shop: Shop, end: datetime) -> list[str]:
    """The packer only marked it as shipped."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    shop.record(tale, end - DAY, number=number, status="shipped")
    return [tale.number]


def dropped(shop: Shop, end: datetime) -> list[str]:
    """The marketplace took the confirmation and shows nothing of it."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    tracking = shop.label([tale], number, end - DAY)
    shop.record(tale, end - DAY + MINUTE, number=number, status="shipped")
    shop.told(tale, tracking, "accepted", end - DAY + HOUR)
    return [tale.number]


def confirmed_by_hand(shop: Shop, end: datetime) -> list[str]:
    """Somebody marked it as shipped at the marketplace; it is still to be packed."""
    tale = placed(shop, end)
    bring(shop, tale)
    shop.market(tale, end - DAY, status="shipped", packages=())
    return [tale.number]


def left_open(shop: Shop, end: datetime) -> list[str]:
    """All of it is told and shown, and the marketplace keeps the order open."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    at = tale.placed + 5 * HOUR
    tracking = shop.label([tale], number, at)
    shop.record(tale, at + MINUTE, number=number, status="shipped")
    shop.told(tale, tracking, "read_back", at + HOUR)
    shop.market(tale, at + 2 * HOUR, packages=(package(tale, tracking, at),))
    return [tale.number]


def packed_although_cancelled(shop: Shop, end: datetime) -> list[str]:
    """Cancelled yesterday, and still on the packers' list."""
    tale = placed(shop, end)
    bring(shop, tale)
    shop.market(tale, end - DAY, status="cancelled")
    return [tale.number]


def cancelled_unheard(shop: Shop, end: datetime) -> list[str]:
    """Cancelled there two days ago, which no list told; only its count knows."""
    tale = placed(shop, end)
    bring(shop, tale)
    shop.counted(tale, tale.placed + 2 * HOUR, "cancelled")
    return [tale.number]


def cancelled_inside(shop: Shop, end: datetime) -> list[str]:
    """One of two combined orders was cancelled; the parcel is still to be packed."""
    first, second = placed(shop, end), placed(shop, end)
    kept, taken = bring(shop, first), bring(shop, second)
    at = max(first.placed, second.placed) + 2 * HOUR
    combine(shop, first, second, kept, taken, at)
    shop.market(second, at + 3 * HOUR, status="cancelled")
    return [second.number]


def sent_although_cancelled(shop: Shop, end: datetime) -> list[str]:
    """Cancelled two days ago, and a label was bought all the same."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    shop.market(tale, tale.placed + HOUR, status="cancelled")
    at = tale.placed + 5 * HOUR
    shop.label([tale], number, at)
    shop.record(tale, at + MINUTE, number=number, status="shipped")
    return [tale.number]


def another_number(shop: Shop, end: datetime) -> list[str]:
    """Somebody changed the quantity in ShipStation."""
    tale = placed(shop, end)
    shop.record(tale, tale.placed + 10 * MINUTE, lines=_one_more)
    return [tale.number]


def _one_more(lines: list[SsLine]) -> list[SsLine]:
    return [replace(lines[0], quantity=lines[0].quantity + 1), *lines[1:]]


def a_line_too_few(shop: Shop, end: datetime) -> list[str]:
    """Somebody took a line out in ShipStation."""
    tale = placed(shop, end, lines=2)
    shop.record(tale, tale.placed + 10 * MINUTE, lines=lambda lines: lines[1:])
    return [tale.number]


def something_else_too(shop: Shop, end: datetime) -> list[str]:
    """Somebody put other goods into it in ShipStation."""
    tale = placed(shop, end)
    gift = SsLine(item_id=None, line_key="", sku="GIFT", quantity=1)
    shop.record(tale, tale.placed + 10 * MINUTE, lines=lambda lines: [*lines, gift])
    return [tale.number]


def cancelled_unit_packed(shop: Shop, end: datetime) -> list[str]:
    """A unit was cancelled, and ShipStation still has it."""
    tale = placed(shop, end, lines=2)
    bring(shop, tale)
    sku = tale.lines[0][0]
    shop.market(tale, tale.placed + HOUR, cancelled={sku: 1})
    return [tale.number]


def kit_with_a_part_less(shop: Shop, end: datetime) -> list[str]:
    """Somebody took a part of a kit out."""
    tale = placed(shop, end, lines=1)
    shop.at(tale.placed + 6 * MINUTE, lambda: pack(tale))
    shop.record(tale, tale.placed + 10 * MINUTE, lines=lambda lines: lines[:1])
    return [tale.number]


def to_another_house(shop: Shop, end: datetime) -> list[str]:
    """Somebody changed the address in ShipStation."""
    tale = placed(shop, end)
    other = shop.place()
    while other.postcode == tale.address.postcode:
        other = shop.place()
    shop.record(tale, tale.placed + 10 * MINUTE, to=other)
    return [tale.number]


def moved_unheard(shop: Shop, end: datetime) -> list[str]:
    """The buyer moved two days ago, and ShipStation still has the old house."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    old, new = tale.address, shop.place()
    while new.postcode == old.postcode:
        new = shop.place()
    shop.market(tale, tale.placed + HOUR, address=new)
    shop.record(tale, tale.placed + 5 * HOUR, number=number, to=old)
    return [tale.number]


def number_wiped(shop: Shop, end: datetime) -> list[str]:
    """The custom field with the tax number was emptied."""
    tale = placed(shop, end, ioss="IM5280002556")
    number = shop.record(tale, tale.placed + 10 * MINUTE, body=marked(tale.ioss))
    shop.record(tale, tale.placed + 5 * HOUR, number=number)
    return [tale.number]


def other_customs(shop: Shop, end: datetime) -> list[str]:
    """ShipStation put its own product data into the customs form."""
    tale = placed(shop, end)
    ours = {"description": "Teapot", "quantity": 1, "value": 20.0}
    theirs = {
        "internationalOptions": {"customsItems": [ours | {"description": "Gift"}]}
    }
    shop.record(tale, tale.placed + 10 * MINUTE, customs=(ours,), body=theirs)
    return [tale.number]


def refused_afterwards(shop: Shop, end: datetime) -> list[str]:
    """The marketplace took carrier and number, and refused them later."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    at = tale.placed + 5 * HOUR
    tracking = shop.label([tale], number, at)
    shop.record(tale, at + MINUTE, number=number, status="shipped")
    shop.told(tale, tracking, "refused", at + 5 * HOUR, accepted=at + HOUR)
    return [tale.number]


def second_never_told(shop: Shop, end: datetime) -> list[str]:
    """Two orders left in one parcel, and only the first was told."""
    first, second = placed(shop, end), placed(shop, end)
    kept, taken = bring(shop, first), bring(shop, second)
    at = max(first.placed, second.placed) + 2 * HOUR
    combine(shop, first, second, kept, taken, at)
    tracking = ship(shop, [first, second], kept, confirmed=False)
    told = max(first.placed, second.placed) + 21 * HOUR
    if not shop.direct:
        shop.told(first, tracking, "read_back", told)
    shop.market(
        first, told, status="shipped", packages=(package(first, tracking, told),)
    )
    return [second.number]


def voided_afterwards(shop: Shop, end: datetime) -> list[str]:
    """The label was voided after the marketplace was told, and no other followed."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    at = tale.placed + 5 * HOUR
    notified = True if shop.direct else None
    tracking = shop.label([tale], number, at, notified=notified)
    if not shop.direct:
        shop.told(tale, tracking, "read_back", at + HOUR)
    shop.market(
        tale, at + HOUR, status="shipped", packages=(package(tale, tracking, at),)
    )
    shop.void([tale], number, tracking, at, at + 3 * HOUR, notified=notified)
    shop.record(tale, at + 4 * HOUR, number=number)
    return [tale.number]


def hold_forgotten(shop: Shop, end: datetime) -> list[str]:
    """Held by us two days ago, for nothing that anybody remembers."""
    tale = placed(shop, end)
    number = bring(shop, tale)
    shop.record(tale, end - 46 * HOUR, number=number, status="on_hold", held_by_us=True)
    return [tale.number]


def hold_of_the_packer(shop: Shop, end: datetime) -> list[str]:
    """Somebody held it two days ago, and its last day has begun."""
    tale = shop.tale(end - 60 * HOUR)
    shop.market(tale, tale.placed)
    number = bring(shop, tale)
    shop.record(tale, end - 40 * HOUR, number=number, status="on_hold")
    return [tale.number]


EITHER: tuple[Fault, ...] = (
    lost_by_the_import, never_got_there, deleted_there, cancelled_by_the_packer,
    typed_in_beside, came_twice, bought_by_nobody, forgotten_by_the_marketplace,
    nobody_told, left_without_a_parcel, confirmed_by_hand, packed_although_cancelled,
    cancelled_unheard, cancelled_inside, sent_although_cancelled, another_number,
    a_line_too_few, something_else_too, cancelled_unit_packed, to_another_house,
    moved_unheard, number_wiped, second_never_told, voided_afterwards, hold_forgotten,
    hold_of_the_packer,
)  # fmt: skip
# What only happens to what shipsync itself brings and tells.
ORCHESTRATED: tuple[Fault, ...] = (
    *EITHER, refused_at_once, dropped, left_open, kit_with_a_part_less, other_customs,
    refused_afterwards,
)  # fmt: skip
