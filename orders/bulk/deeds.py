"""What a bulk act is to one case: when it can't be done, how it is, how it is undone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from orders import case_help
from orders.as_if_calls import Call
from orders.bulk.acts import Act
from orders.case_locks import NotAllowedError
from orders.models import CaseState, OrderException

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Json = dict[str, Any]
ASSIGN = "orders.assign_exception"


class Deed(ABC):
    """One act of one person; made once for many cases."""

    def __init__(self, act: Act, by: User) -> None:
        self.act = act
        self.by = by

    def look(self, cases: Sequence[OrderException]) -> None:  # noqa: B027
        """Read at once what the next cases need; most acts need nothing."""

    def why_not(self, case: OrderException) -> str:
        """Why this case will be left as it is, in a sentence; '' where it won't."""
        if case.state != CaseState.OPEN:
            return "It is closed already."
        if not self.by.has_perm(ASSIGN):
            return not_yours(ASSIGN)
        return self._unfit(case)

    def way(self, case: OrderException) -> str:
        """The code of the way out that is taken; '' for acts that end nothing."""
        return ""

    def sends(self, case: OrderException) -> bool:
        """Whether calls may follow."""
        return False

    def label(self, case: OrderException, way: str) -> str:
        """The way out as its button says it; '' for acts that end nothing."""
        return ""

    def calls(self, case: OrderException, way: str) -> Sequence[Call]:
        """What would be sent for this case; a buyer's words masked."""
        return ()

    def before(self, case: OrderException) -> Json:
        """What stands there now, for :meth:`undo`."""
        return {"assignee": case.assignee_id}

    @abstractmethod
    def do(self, case: OrderException, version: int, way: str) -> str:
        """Do it; returns a sentence, raises TriageError."""

    @abstractmethod
    def undo(self, case: OrderException, version: int, before: Json) -> str:
        """Put back what stood there before; returns a sentence, raises TriageError."""

    @abstractmethod
    def _unfit(self, case: OrderException) -> str:
        """As :meth:`why_not`, for an open case that the person may move."""


def not_yours(permission: str) -> str:
    """Who may do it instead."""
    return f"Not yours: {case_help.who_may(permission)}."


def words_of(error: Exception) -> str:
    """Why an act was not done, for the person."""
    if isinstance(error, NotAllowedError):
        return not_yours(error.permission)
    return str(error)
