"""What the panels of home are made of: numbers with the lists that they count."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode

from orders.models import Order, Stage
from shipsync_site.presentation import Mark, mark

# What has ended is counted for a day: all of it would be counted for ever.
ENDED_WITHIN = "24h"
OPEN_SHOWN = (
    Stage.WAITING,
    Stage.TO_PUSH,
    Stage.RELEASE,
    Stage.IN_SHIPSTATION,
    Stage.HELD,
    Stage.DISPATCHED,
    Stage.CONFIRMED,
)
ENDED_SHOWN = (Stage.DONE, Stage.CANCELLED, Stage.NOT_OURS)
SHOWN_STAGES = (*OPEN_SHOWN, *ENDED_SHOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A number and the list that it counts; ``ended``: of the last 24 hours alone."""

    stage: Mark
    count: int
    url: str
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """An order with the address of its page."""

    order: Order
    url: str


def cell(stage: Stage, count: int, store: str = "") -> Cell:
    """The number of a stage, of one store or of all."""
    ended = stage in ENDED_SHOWN
    query = {
        **({"store": store} if store else {}),
        "stage": stage.value,
        **({"ended": ENDED_WITHIN} if ended else {}),
    }
    return Cell(
        stage=mark("stage", stage), count=count, url=orders_url(**query), ended=ended
    )


def order_row(order: Order) -> OrderRow:
    """An order with its page."""
    return OrderRow(order=order, url=reverse("orders:detail", args=[order.pk]))


def orders_url(**query: str) -> str:
    """The orders list with these filters."""
    return f"{reverse('orders:list')}?{urlencode(query)}"


def cases_url(**query: str) -> str:
    """The cases themselves with these filters."""
    return f"{reverse('orders:cases')}?{urlencode({**query, 'rows': 'cases'})}"
