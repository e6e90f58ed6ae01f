"""What each bulk act does to one case, when it can't, and how it is undone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from orders import case_help, case_suggestions, triage
from orders.bulk.acts import Act
from orders.case_locks import NotAllowedError, TriageError
from orders.exception_kinds import KINDS, Resolution, Team
from orders.forms import colleagues
from orders.models import CaseState, OrderException, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Json = dict[str, Any]
ASSIGN = "orders.assign_exception"
# What is gone since can't have the case again.
_NOBODY = "Nobody has it now: whoever had it has left."


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


class _Assign(Deed):
    """Somebody else has the case afterwards, or nobody."""

    @cached_property
    def to(self) -> User | None:
        """Who gets it."""
        return None

    def do(self, case: OrderException, version: int, way: str) -> str:
        triage.assign(case, self.to, self.by, version)
        if self.to is None:
            return "Nobody has it now."
        name = "You have" if self.to.pk == self.by.pk else f"{self.to} has"
        return f"{name} it now."

    def undo(self, case: OrderException, version: int, before: Json) -> str:
        return _give_back(case, version, before, self.by)


class Take(_Assign):
    """The person has it."""

    @cached_property
    def to(self) -> User | None:
        return self.by

    def _unfit(self, case: OrderException) -> str:
        return "You have it already." if case.assignee_id == self.by.pk else ""


class PutBack(_Assign):
    """Nobody has it."""

    def _unfit(self, case: OrderException) -> str:
        return "" if case.assignee_id else "Nobody has it as it is."


class Give(_Assign):
    """A colleague of its team has it."""

    def __init__(self, act: Act, by: User) -> None:
        super().__init__(act, by)
        self._teams: dict[str, dict[int, User]] = {}

    @cached_property
    def to(self) -> User | None:
        people = {pk: user for team in Team for pk, user in self._of(team).items()}
        people[self.by.pk] = self.by
        return people.get(self.act.to or 0)

    def _of(self, team: str) -> dict[int, User]:
        if team not in self._teams:
            self._teams[team] = {user.pk: user for user in colleagues(team)}
        return self._teams[team]

    def _unfit(self, case: OrderException) -> str:
        if self.to is None:
            return "Whom to give it to was not found: choose again."
        if self.to.pk != self.by.pk and self.to.pk not in self._of(case.team):
            return f"{self.to} does not work this team's cases."
        return f"{self.to} has it already." if case.assignee_id == self.to.pk else ""

    def do(self, case: OrderException, version: int, way: str) -> str:
        if self.to is None:
            raise TriageError("Whom to give it to was not found: choose again.")
        return super().do(case, version, way)


class HandOver(Deed):
    """Another team's queue has it."""

    def _unfit(self, case: OrderException) -> str:
        if self.act.team == case.team:
            return f"It is in the {self.act.team.upper()} queue already."
        return ""

    def before(self, case: OrderException) -> Json:
        return super().before(case) | {"team": case.team}

    def do(self, case: OrderException, version: int, way: str) -> str:
        triage.hand_over(case, self.act.team, self.by, version)
        return f"In the {self.act.team.upper()} queue now."

    def undo(self, case: OrderException, version: int, before: Json) -> str:
        case = triage.hand_over(case, before["team"], self.by, version)
        text = f"Back in the {case.team.upper()} queue."
        if before["assignee"]:
            return f"{text} {_give_back(case, case.version, before, self.by)}"
        return text


class _End(Deed):
    """A way out is taken."""

    def why_not(self, case: OrderException) -> str:
        if case.state != CaseState.OPEN:
            return "It is closed already."
        return self._unfit(case)

    @abstractmethod
    def _choose(self, case: OrderException) -> Resolution | str:
        """The way out of this case, or why there is none."""

    def _unfit(self, case: OrderException) -> str:
        way = self._choose(case)
        if isinstance(way, str):
            return way
        if not self.by.has_perm(way.permission):
            return not_yours(way.permission)
        if way.needs_reason and not self.act.reason:
            return f"'{way.label}' needs a reason: give one for all of them."
        return ""

    def way(self, case: OrderException) -> str:
        way = self._choose(case)
        return "" if isinstance(way, str) else way.code

    def sends(self, case: OrderException) -> bool:
        way = self._choose(case)
        return not isinstance(way, str) and not triage.only_says(way)

    def do(self, case: OrderException, version: int, way: str) -> str:
        after = triage.resolve(case, way, self.by, self.act.reason, version)
        if after.state == CaseState.OPEN:
            return "Decided, and open again: its cause still stands."
        return "Decided; its order was looked at again."

    def undo(self, case: OrderException, version: int, before: Json) -> str:
        after = triage.reopen(case, self.by, version)
        if after.state != CaseState.OPEN:
            return "Taken back, and nothing is left to decide: its cause is gone."
        return "Open again."


class Retry(_End):
    """What was refused is sent again."""

    def _choose(self, case: OrderException) -> Resolution | str:
        for way in triage.resolutions_for(case):
            if way.verb == Verb.RETRY and not way.needs_reason:
                return way
        return "There is nothing to try again: it needs a decision."


class Resolve(_End):
    """The same way out for all."""

    def _choose(self, case: OrderException) -> Resolution | str:
        if self.act.resolution in {way.code for way in ways(case.kind)}:
            for way in triage.resolutions_for(case):
                if way.code == self.act.resolution:
                    return way
        return "Not a way out of this case: open it and choose."


class Fix(_End):
    """The way out that is suggested for each."""

    def __init__(self, act: Act, by: User) -> None:
        super().__init__(act, by)
        self._found: dict[int, case_suggestions.Suggestion] = {}

    def look(self, cases: Sequence[OrderException]) -> None:
        self._found = case_suggestions.suggest(cases)

    def _choose(self, case: OrderException) -> Resolution | str:
        found = self._found.get(case.pk)
        if found is None:
            return "No fix is known for it: open it and decide."
        if found.resolution is None or found.resolution not in ways(case.kind):
            return f"'{found.label}' is done on its own page: open the case."
        return found.resolution


def ways(kind: str) -> tuple[Resolution, ...]:
    """The ways out that may fit many cases of one kind: without a page or a choice.

    Whether one fits a case's marketplace is seen case by case.
    """
    if kind not in KINDS:
        return ()
    return tuple(
        way
        for way in KINDS.get(kind).resolutions
        if not (way.page or way.chooses_record or way.must_choose)
    )


def not_yours(permission: str) -> str:
    """Who may do it instead."""
    return f"Not yours: {case_help.who_may(permission)}."


def words_of(error: Exception) -> str:
    """Why an act was not done, for the person."""
    if isinstance(error, NotAllowedError):
        return not_yours(error.permission)
    return str(error)


def _give_back(case: OrderException, version: int, before: Json, by: User) -> str:
    """To whoever had it, if they still work here."""
    people = type(by).objects.filter(pk=before["assignee"] or 0, is_active=True)
    had = people.first()
    triage.assign(case, had, by, version)
    if had is None:
        return _NOBODY if before["assignee"] else "Nobody has it, as before."
    return f"{had} has it again."


DEEDS: dict[str, type[Deed]] = {
    "take": Take,
    "put_back": PutBack,
    "give": Give,
    "hand_over": HandOver,
    "fix": Fix,
    "retry": Retry,
    "resolve": Resolve,
}


def deed_of(act: Act, by: User) -> Deed:
    """The act as this person does it."""
    return DEEDS[act.name](act, by)
