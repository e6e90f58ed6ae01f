"""What the pages of rules ask whoever knows orders and tax schemes.

This app knows neither; each question is a signal, and a receiver in a higher app gives
the one answer. Where nobody answers, the page says so instead of a figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.dispatch import Signal

from stores.models import Store

# ``store``. The answer: a Trials, by tax rule.
tax_tried = Signal()
# ``store``. The answer: a Trials, by attribute rule.
attributes_tried = Signal()
# ``name`` of a scheme and a ``number``, '' for none. The answer: a SchemeWord.
scheme_asked = Signal()
# ``store``. The answer: a list of Marker, newest first.
markers_asked = Signal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a rule does with the last orders; ``absent`` is what it looked for in vain.

    ``why``: what was wrong with what it found in one of them, '' for nothing.
    """

    found: int = 0
    absent: int = 0
    not_concerned: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """Every active rule of a store, tried on its last ``orders``.

    ``no_rule``: orders that no rule was for; ``stopped``: orders of which the rules
    could not be asked to the end, with one reason in ``why``.
    """

    orders: int = 0
    by_rule: Mapping[int, Trial] = field(default_factory=dict)
    no_rule: int = 0
    stopped: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeWord:
    """A tax scheme: where it holds, what its number looks like.

    ``known`` False: nobody here knows it, and nothing is checked. ``fits``: whether the
    number that was asked about has that shape. ``every``: the codes that are known.
    """

    code: str
    known: bool
    where: str = ""
    shape: str = ""
    fits: bool = True
    every: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A text that orders of a store carry for ShipStation's rule."""

    text: str
    scheme: str
    number: str
    orders: int
    last_at: datetime


def ask(question: Signal, **asked: Any) -> Any:
    """The first answer to a question, None where nobody answers."""
    for _receiver, answer in question.send(sender=Store, **asked):
        if answer is not None:
            return answer
    return None
