"""Panels that the layers above add to an order's page, or to a case's.

An AppConfig.ready() above registers them here; the page draws those that have something
to say to the person who looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

    from orders.models import Order, OrderException


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A piece of the page: its template, and what that is drawn with (as ``panel``)."""

    template: str
    content: Mapping[str, Any]


Build = Callable[["Order", "AbstractBaseUser | AnonymousUser"], Panel | None]
_PANELS: dict[str, Build] = {}
BuildCase = Callable[
    ["OrderException", "AbstractBaseUser | AnonymousUser"], Panel | None
]
_OF_CASES: dict[str, BuildCase] = {}


def register(code: str, build: Build) -> None:
    """Have every order's page show this; the same code again replaces it."""
    _PANELS[code] = build


def of(order: Order, user: AbstractBaseUser | AnonymousUser) -> list[Panel]:
    """The panels of an order for a person, in the order of their registration."""
    found = (build(order, user) for build in _PANELS.values())
    return [panel for panel in found if panel is not None]


def register_for_cases(code: str, build: BuildCase) -> None:
    """Have every case's page show this; the same code again replaces it."""
    _OF_CASES[code] = build


def of_case(
    case: OrderException, user: AbstractBaseUser | AnonymousUser
) -> list[Panel]:
    """The panels of a case for a person, in the order of their registration."""
    found = (build(case, user) for build in _OF_CASES.values())
    return [panel for panel in found if panel is not None]
