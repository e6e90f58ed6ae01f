"""What a change of a store's rules would do to its open orders, in sentences.

This app knows no orders: whoever does registers here with :func:`foretells`.
"""

from __future__ import annotations

from collections.abc import Callable

from stores.models import OperatingModel, Store

# (store, rules in force, rules wanted) → a sentence, '' where nothing would change.
Tell = Callable[[Store, OperatingModel, OperatingModel], str]
_tellers: list[Tell] = []


def foretells(tell: Tell) -> Tell:
    """Ask this function too, which only reads."""
    _tellers.append(tell)
    return tell


def foretold(store: Store, before: OperatingModel, after: OperatingModel) -> list[str]:
    """What would become of the store's open orders if ``after`` were in force."""
    return [text for tell in _tellers if (text := tell(store, before, after))]
