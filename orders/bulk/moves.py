"""Acts that move a case: to a person, to nobody, to another team."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from orders import triage
from orders.bulk.acts import Act
from orders.bulk.deeds import Deed, Json
from orders.case_locks import TriageError
from orders.exception_kinds import Team
from orders.forms import colleagues
from orders.models import OrderException

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# What is gone since can't have the case again.
_NOBODY = "Nobody has it now: whoever had it has left."


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


def _give_back(case: OrderException, version: int, before: Json, by: User) -> str:
    """To whoever had it, if they still work here."""
    people = type(by).objects.filter(pk=before["assignee"] or 0, is_active=True)
    had = people.first()
    triage.assign(case, had, by, version)
    if had is None:
        return _NOBODY if before["assignee"] else "Nobody has it, as before."
    return f"{had} has it again."
