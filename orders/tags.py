"""Words on a case by which it is found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from orders.case_locks import TAGGED, InvalidActError, note_act, require
from orders.models import CaseTag, OrderException
from shipsync_site.lib import clock

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PERMISSION = "orders.note_exception"
MOST = 10


def add(case: OrderException, name: str, by: User) -> CaseTag:
    """Put a tag on the case; one that it has stays. As lower-case words.

    Raises InvalidActError, NotAllowedError.
    """
    require(by, PERMISSION)
    name = " ".join(name.lower().split())
    if not name:
        raise InvalidActError("The tag is empty: type a word, then add it.")
    if len(name) > 30:
        raise InvalidActError(
            f"The tag has {len(name)} characters; up to 30 are kept. Shorten it."
        )
    with transaction.atomic():
        if case.tags.count() >= MOST:
            raise InvalidActError(f"It has {MOST} tags already: take one off first.")
        tag, new = CaseTag.objects.get_or_create(
            case=case, name=name, defaults={"by": by, "at": clock.now()}
        )
        if new:
            note_act(case, by, TAGGED, f"Tagged it ‘{name}’")
    return tag


def remove(case: OrderException, name: str, by: User) -> None:
    """Take a tag off the case, if it has it; raises NotAllowedError."""
    require(by, PERMISSION)
    with transaction.atomic():
        gone, _ = CaseTag.objects.filter(case=case, name=name).delete()
        if gone:
            note_act(case, by, TAGGED, f"Took the tag ‘{name}’ off")
