"""Which deed stands behind the name of an act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.bulk import endings, marks, moves
from orders.bulk.acts import Act
from orders.bulk.deeds import Deed

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DEEDS: dict[str, type[Deed]] = {
    "take": moves.Take,
    "put_back": moves.PutBack,
    "give": moves.Give,
    "hand_over": moves.HandOver,
    "tag": marks.Tag,
    "snooze": marks.Snooze,
    "wake": marks.Wake,
    "fix": endings.Fix,
    "retry": endings.Retry,
    "resolve": endings.Resolve,
}


def deed_of(act: Act, by: User) -> Deed:
    """The act as this person does it."""
    return DEEDS[act.name](act, by)
