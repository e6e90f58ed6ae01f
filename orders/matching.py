"""Is this ShipStation order that marketplace order? By more than its number; pure.

ShipStation's numbers are not unique and a prefix away from each other, so a number alone
proves nothing. What ShipStation's own connection imports carries no key of ours: the
channel's line ids, the goods, the order's time and the postcode stand in for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# Imported dates come as Pacific wall clock: one read with the wrong offset is hours off.
SAME_DAY = timedelta(hours=24)
# The channel's own second is kept; so much for rounding.
SAME_MOMENT = timedelta(minutes=2)


class Sign(StrEnum):
    """Something in which two orders agree or differ."""

    STORE = "store"
    NUMBER = "number"
    LINE_IDS = "line ids"
    GOODS = "goods"
    DAY = "day"
    MOMENT = "moment"
    POSTCODE = "postcode"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side's view of an order.

    ``lines``: (line id or '', SKU or '', units), cancelled units left out.
    ``numbers``: every name that people know it by. ``postcode``: a keyed hash.
    """

    store_id: int | None
    numbers: tuple[str, ...]
    lines: tuple[tuple[str, str, int], ...]
    ordered_at: datetime | None
    postcode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """In what two orders agree, and in what both are known and differ."""

    agrees: frozenset[Sign]
    differs: frozenset[Sign]

    @property
    def proved(self) -> bool:
        """Whether they are one order, whatever other records there are.

        The number, or the channel's own line ids, and one more sign beside it; in the
        store that they belong to.
        """
        if Sign.STORE not in self.agrees:
            return False
        beside = self.agrees & {Sign.GOODS, Sign.DAY, Sign.POSTCODE}
        if Sign.NUMBER in self.agrees:
            return bool(beside) or Sign.LINE_IDS in self.agrees
        return Sign.LINE_IDS in self.agrees and bool(beside)

    @property
    def likely(self) -> bool:
        """Whether they are one order if no other pair is as alike.

        A connection that gives numbers and line ids of its own leaves the goods, the
        postcode and the very moment of the order.
        """
        needed = {Sign.STORE, Sign.GOODS, Sign.MOMENT, Sign.POSTCODE}
        return needed <= self.agrees

    @property
    def possible(self) -> bool:
        """Whether a person should look: the number or the buyer's parcel agree."""
        if Sign.NUMBER in self.agrees or Sign.LINE_IDS in self.agrees:
            return True
        return {Sign.STORE, Sign.POSTCODE, Sign.GOODS, Sign.DAY} <= self.agrees


def compare(order: Side, record: Side) -> Likeness:
    """Compare the marketplace's order with ShipStation's; the unknown is neither."""
    agrees: set[Sign] = set()
    differs: set[Sign] = set()

    def note(sign: Sign, same: bool | None) -> None:
        if same is not None:
            (agrees if same else differs).add(sign)

    note(Sign.STORE, order.store_id == record.store_id)
    ours = {_plain(number) for number in order.numbers if number}
    note(Sign.NUMBER, bool(ours & {_plain(number) for number in record.numbers}))
    note(Sign.LINE_IDS, _same_ids(order.lines, record.lines))
    note(Sign.GOODS, _same_goods(order.lines, record.lines))
    if order.ordered_at is not None and record.ordered_at is not None:
        apart = abs(order.ordered_at - record.ordered_at)
        note(Sign.DAY, apart <= SAME_DAY)
        note(Sign.MOMENT, apart <= SAME_MOMENT)
    if order.postcode and record.postcode:
        note(Sign.POSTCODE, order.postcode == record.postcode)
    return Likeness(agrees=frozenset(agrees), differs=frozenset(differs))


def _plain(number: str) -> str:
    return number.strip().lstrip("#").casefold()


def _same_ids(
    ours: Iterable[tuple[str, str, int]], theirs: Iterable[tuple[str, str, int]]
) -> bool | None:
    """Whether the channel's line ids agree; None where the record has none of them.

    Some connections write ids of their own there: other ids prove nothing.
    """
    known = {line_id for line_id, _sku, _units in ours if line_id}
    shown = {line_id for line_id, _sku, _units in theirs if line_id}
    if not known or not shown:
        return None
    return True if shown <= known else None


def _same_goods(
    ours: Iterable[tuple[str, str, int]], theirs: Iterable[tuple[str, str, int]]
) -> bool | None:
    """Whether the same SKUs come in the same units; None where a SKU is missing."""
    first, second = _by_sku(ours), _by_sku(theirs)
    if first is None or second is None:
        return None
    return first == second


def _by_sku(lines: Iterable[tuple[str, str, int]]) -> Counter[str] | None:
    units: Counter[str] = Counter()
    for _line_id, sku, count in lines:
        if not sku:
            return None
        if count > 0:
            units[sku.strip().casefold()] += count
    return units or None
