"""Working through a queue: where somebody is, and what they did so far.

Kept in the person's session: one queue at a time. Which case is next is asked anew each
time, for others work through the same one.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from orders import claims
from orders.case_filters import CaseFilter
from orders.models import OrderException

KEY = "work_through"
Session = MutableMapping[str, Any]


@dataclass(slots=True, kw_only=True)
class Working:
    """``query`` is the queue's; ``at`` the case that is open, 0 for none."""

    query: str
    at: int = 0
    done: int = 0
    skipped: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The queue that is worked through."""
        path = reverse("orders:cases")
        return f"{path}?{self.query}" if self.query else path

    def cases(self, user_id: int) -> QuerySet[OrderException]:
        """What is left in it for this person: what others took is theirs to do."""
        form = CaseFilter(QueryDict(self.query))
        rows = form.narrow(OrderException.objects.all(), user_id)
        if not form.value("owner"):
            rows = rows.filter(Q(assignee=None) | Q(assignee=user_id))
        return rows

    def holds(self, case_id: int, user_id: int) -> bool:
        """Whether a case is still to be done."""
        open_cases = self.cases(user_id).filter(state="open")
        return open_cases.filter(pk=case_id).exists()


def current(session: Session) -> Working | None:
    """Where the person is, if they work through a queue."""
    kept = session.get(KEY)
    return Working(**kept) if kept else None


def keep(session: Session, working: Working | None) -> None:
    """Note where they are; None ends it."""
    if working is None:
        session.pop(KEY, None)
    else:
        session[KEY] = asdict(working)


def move_on(working: Working, user_id: int) -> OrderException | None:
    """Leave the case that is open and claim the next; None at the end.

    What still waits was skipped; what doesn't was done.
    """
    leave(working, user_id)
    case = claims.take_next(working.cases(user_id), user_id, working.skipped)
    working.at = case.pk if case else 0
    return case


def leave(working: Working, user_id: int) -> None:
    """Give the case back that is open, and count what became of it."""
    if not working.at:
        return
    claims.release(working.at, user_id)
    if working.holds(working.at, user_id):
        working.skipped.append(working.at)
    else:
        working.done += 1
    working.at = 0
