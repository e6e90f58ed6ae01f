"""Trying a path on a store's last orders; their buyers are masked before it looks.

A person who types a path sees what it gives, so what it works on is the masked order:
neither the value nor a condition can be made to tell a buyer's name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orders.masking import DOTS
from orders.models import Order, RawBlock
from orders.payload_inputs import WHOLE
from orders.raw_masking import masked_body
from stores import jmespaths
from stores.models import Store

LAST = 50
_SHOWN = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An order's answer as it may be shown, with when it was read."""

    order: Order
    read_at: datetime
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a path does.

    ``here``: what it gives in the order that is shown, '' for nothing; ``true`` where
    that is a condition which holds. ``found`` of ``orders`` have something; ``examples``
    are up to three other values. ``problem`` says why it is no path.
    """

    path: str
    problem: str = ""
    here: str = ""
    holds: bool = False
    masked: bool = False
    kind: str = ""
    found: int = 0
    orders: int = 0
    examples: tuple[str, ...] = ()


def last_orders(store: Store, limit: int = LAST) -> list[Order]:
    """The orders of a store that came in last, newest first."""
    return list(Order.objects.filter(store=store).order_by("-pk")[:limit])


def bodies(orders: Iterable[Order]) -> list[Body]:
    """The masked answers of these orders, in their order; purged ones are left out."""
    by_pk = {order.pk: order for order in orders}
    rows = RawBlock.objects.filter(order__in=by_pk, block=WHOLE)
    found = {
        row.order_id: Body(
            order=by_pk[row.order_id], read_at=row.as_of, body=masked_body(row.body)
        )
        for row in rows
        if row.body
    }
    return [found[pk] for pk in by_pk if pk in found]


def find_order(store: Store, number: str) -> Order | None:
    """An order of this store by the number that people see."""
    text = number.strip()
    if not text:
        return None
    return Order.objects.filter(store=store, number=text).first()


def tried(path: str, shown: Body | None, last: Iterable[Body]) -> Tried:
    """What a path gives here, and in how many of the last orders."""
    path = path.strip()
    if not path:
        return Tried(path="")
    try:
        jmespaths.compiled(path)
    except jmespaths.PathError as error:
        return Tried(path=path, problem=str(error))
    here = jmespaths.search(path, shown.body) if shown is not None else None
    text = jmespaths.first_text(here)
    results = [jmespaths.search(path, row.body) for row in last]
    texts = [jmespaths.first_text(found) for found in results]
    others = dict.fromkeys(
        x[:_SHOWN] for x in texts if x and x != text and x != "false"
    )
    return Tried(
        path=path,
        here=text[:_SHOWN],
        holds=jmespaths.holds(here),
        masked=DOTS in text,
        kind=_kind(here),
        found=sum(jmespaths.holds(found) for found in results),
        orders=len(results),
        examples=tuple(others)[:3],
    )


def _kind(found: Any) -> str:
    """'condition', 'object', 'list' or 'value'; '' for nothing."""
    if isinstance(found, bool):
        return "condition"
    if isinstance(found, dict):
        return "object"
    if isinstance(found, list):
        return "list" if found else ""
    return "" if found in (None, "") else "value"
