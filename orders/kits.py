"""A kit as it is packed: its components, with price, tax and weight split exactly; pure.

Everything is split by largest remainder: each part gets its share rounded down, what is
left goes one by one to the largest fractions, and among equals to the name that comes
first. So the parts always add up, none is negative, and the order in which the
components stand changes nothing.

A component whose price can't be parted evenly over its units becomes two rows, a penny
apart: unit prices times quantities are the price of the kit, to the penny.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from stores.rulebook import ComponentFacts, KitFacts

KEY_LENGTH = 50
PENNY = Decimal("0.01")
# Currencies of ISO 4217 without a smaller unit.
_WHOLE = frozenset({"JPY", "KRW", "CLP", "VND", "ISK"})
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """So many units of a component in one kit, each at this price and weight.

    None is unknown: the kit has no price, or nothing says what it weighs.
    """

    sku: str
    quantity: int
    unit_price: Decimal | None = None
    grams: int | None = None


def smallest(currency: str) -> Decimal:
    """The smallest unit of a currency."""
    return Decimal(1) if currency in _WHOLE else PENNY


def split(
    total: Decimal, weights: Mapping[str, Decimal], unit: Decimal = PENNY
) -> dict[str, Decimal]:
    """``total`` in parts like these weights (not negative), each a multiple of ``unit``.

    What of the total is no multiple of ``unit`` goes to the part that would get most of
    the rest. Without any weight all parts are alike. Raises ValueError without parts.
    """
    if not weights:
        raise ValueError("nothing to split over")
    sign = -1 if total < 0 else 1
    whole, odd = divmod(abs(total), unit)
    counted = _split(int(whole), weights)
    parts = {name: sign * unit * count for name, count in counted.items()}
    if odd:
        parts[_first(weights)] += sign * odd
    return parts


def _split(total: int, weights: Mapping[str, Decimal]) -> dict[str, int]:
    given = weights if any(weights.values()) else dict.fromkeys(weights, Decimal(1))
    # Integers: a Decimal would round, and the parts would depend on their order.
    scale = max(-int(x.normalize().as_tuple().exponent) for x in given.values())
    exact = {name: int(x.scaleb(max(0, scale))) for name, x in given.items()}
    everything = sum(exact.values())
    parts = {name: total * x // everything for name, x in exact.items()}
    left = total - sum(parts.values())
    by_rest = sorted(
        exact, key=lambda name: (-(total * exact[name] % everything), name)
    )
    for name in by_rest[:left]:
        parts[name] += 1
    return parts


def _first(weights: Mapping[str, Decimal]) -> str:
    return min(weights, key=lambda name: (-weights[name], name))


def explode(
    kit: KitFacts,
    *,
    price: Decimal | None,
    currency: str = "",
    grams: int | None = None,
    each_grams: Mapping[str, int | None] | None = None,
) -> tuple[Row, ...]:
    """One kit as rows, by the order of its components.

    ``price`` of one kit. ``each_grams``: what one unit of each component weighs; where
    one of them is unknown, ``grams`` of the whole kit are split by units instead.
    """
    shares = _shares(kit.components)
    prices = None if price is None else split(price, shares, smallest(currency))
    known = {x.sku: (each_grams or {}).get(x.sku) for x in kit.components}
    units = {x.sku: Decimal(x.quantity) for x in kit.components}
    weights = (
        split(Decimal(grams), units, Decimal(1))
        if grams is not None and None in known.values()
        else None
    )
    rows: list[Row] = []
    for part in kit.components:
        each = known[part.sku]
        costs = _over_units(
            None if prices is None else prices[part.sku],
            part.quantity,
            smallest(currency),
        )
        loads = (
            _over_units(weights[part.sku], part.quantity, Decimal(1))
            if weights is not None
            else [None if each is None else Decimal(each)] * part.quantity
        )
        for (cost, load), same in groupby(zip(costs, loads, strict=True)):
            rows.append(
                Row(
                    sku=part.sku,
                    quantity=len(list(same)),
                    unit_price=cost,
                    grams=None if load is None else int(load),
                )
            )
    return tuple(rows)


def _shares(components: Sequence[ComponentFacts]) -> dict[str, Decimal]:
    """What each component counts for: its percent, the others by their units.

    The components without a percent share what the others leave of a hundred.
    """
    given = {x.sku: x.share for x in components if x.share is not None}
    others = {x.sku: x.quantity for x in components if x.share is None}
    left = max(Decimal(0), _HUNDRED - sum(given.values(), Decimal(0)))
    units = sum(others.values())
    if not given or not units:
        return {x.sku: given.get(x.sku, Decimal(x.quantity)) for x in components}
    # All times the units, so that nothing is divided.
    return {
        x.sku: given[x.sku] * units if x.sku in given else left * x.quantity
        for x in components
    }


def _over_units(
    total: Decimal | None, count: int, unit: Decimal
) -> Sequence[Decimal | None]:
    """What each of so many units gets of a total, the dearer ones last."""
    if total is None:
        return [None] * count
    names = {f"{index:05}": Decimal(1) for index in range(count)}
    return sorted(split(total, names, unit).values())


def shared_out(
    total: Decimal | None, worth: Mapping[str, Decimal | None], currency: str = ""
) -> dict[str, Decimal | None]:
    """A line's tax over its rows by what these are worth; None stays None."""
    if total is None:
        return dict.fromkeys(worth)
    weights = {name: abs(value or Decimal(0)) for name, value in worth.items()}
    return dict(split(total, weights, smallest(currency)))


def component_key(line_key: str, number: int) -> str:
    """The lineItemKey of a kit's row: stable, unique per row, at most 50 characters."""
    key = f"{line_key}+{number}"
    if len(key) <= KEY_LENGTH:
        return key
    digest = hashlib.sha256(line_key.encode()).hexdigest()[:20]
    return f"{line_key[:24]}~{digest}+{number}"


def whole(per_kit: Mapping[str, int], units: Mapping[str, int]) -> int:
    """How many whole kits these units of its components make."""
    return min(
        (units.get(sku, 0) // count for sku, count in per_kit.items() if count),
        default=0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What a parcel holds of kits: units by (line id, component SKU)."""

    id: int
    voided: bool
    units: Mapping[tuple[int, str], int]


def kits_completed(
    parcels: Iterable[Parcel], kits: Mapping[int, Mapping[str, int]]
) -> dict[int, dict[int, int]]:
    """By parcel id and line id, how many kits are whole with this parcel.

    ``parcels`` in the order in which they were made; ``kits``: units of each component
    per kit, by line id. A voided parcel is counted as though it still stood, and leaves
    nothing for the next: its label is printed again.
    """
    sent: Counter[tuple[int, str]] = Counter()
    found: dict[int, dict[int, int]] = {}
    for parcel in parcels:
        after = sent + Counter(parcel.units)
        share = {}
        for line_id in {line_id for line_id, _sku in parcel.units}:
            per_kit = kits.get(line_id, {})
            before = whole(per_kit, _of(sent, line_id))
            done = whole(per_kit, _of(after, line_id)) - before
            if done > 0:
                share[line_id] = done
        found[parcel.id] = share
        if not parcel.voided:
            sent = after
    return found


def _of(units: Mapping[tuple[int, str], int], line_id: int) -> dict[str, int]:
    return {sku: count for (line, sku), count in units.items() if line == line_id}
