"""What cases of many orders have in common: the cause that one fix ends; pure.

A case's own ``cause`` names what a decision about its order would answer. Its shared
cause leaves the order out: what ShipStation says of one unknown carrier code, it says
of all orders with that code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from orders.exception_kinds import KINDS
from orders.facts import fingerprint

_ELSE = "…"
# Words with six digits or more are ids: order numbers, tracking numbers, record ids.
_WORD = re.compile(r"[\w#~/-]*\d[\w#~/-]*")
_DIGITS = 6


def shared_cause(
    kind: str, cause: str, summary: str, context: Mapping[str, Any], own: Iterable[str]
) -> str:
    """The name of what this case shares with others of its kind.

    By the fields of the context that its kind names, else by its sentence without ids.
    ``own``: the order's number and keys; nothing for a case of no order, which shares
    its cause with none.
    """
    own = [text for text in own if text]
    named = KINDS.get(kind).shared if kind in KINDS else ()
    values = [context.get(name) for name in named]
    if any(values):
        return fingerprint(kind, *values)
    if not own:
        return fingerprint(kind, cause)
    return fingerprint(kind, shared_text(summary, own))


def shared_text(summary: str, own: Iterable[str]) -> str:
    """The sentence for all of them: 'Order … was not found'."""
    for text in sorted((text for text in own if text), key=len, reverse=True):
        summary = summary.replace(text, _ELSE)
    return _WORD.sub(_unless_short, summary)


def _unless_short(found: re.Match[str]) -> str:
    digits = sum(character.isdigit() for character in found.group())
    return _ELSE if digits >= _DIGITS else found.group()
