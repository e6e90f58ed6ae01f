"""One act on many cases: each on its own, with its own answer, none undoing another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orders import case_help, triage
from orders.case_locks import NotAllowedError, TriageError
from orders.exception_kinds import KINDS, Resolution
from orders.forms import colleagues
from orders.models import CaseState, OrderException, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one case; ``done``: the act was done on it."""

    case: OrderException
    done: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What to do with each: take, put_back, give, hand_over, retry or resolve."""

    name: str
    to: User | None = None
    team: str = ""
    resolution: str = ""
    reason: str = ""


def run(
    cases: Sequence[OrderException], versions: dict[int, int], act: Act, by: User
) -> list[Result]:
    """Do the act on each case as the person saw it (``versions`` by case key)."""
    does = _ACTS[act.name]
    results = []
    for case in cases:
        try:
            text = does(case, versions[case.pk], act, by)
        except NotAllowedError as error:
            results.append(
                Result(
                    case=case,
                    done=False,
                    text=f"Not yours: {case_help.who_may(error.permission)}.",
                )
            )
        except TriageError as error:
            results.append(Result(case=case, done=False, text=str(error)))
        else:
            results.append(Result(case=case, done=True, text=text))
    return results


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


def _take(case: OrderException, version: int, act: Act, by: User) -> str:
    triage.assign(case, by, by, version)
    return "You have it now."


def _put_back(case: OrderException, version: int, act: Act, by: User) -> str:
    triage.assign(case, None, by, version)
    return "Nobody has it now."


def _give(case: OrderException, version: int, act: Act, by: User) -> str:
    if act.to is None:
        raise TriageError("Nobody was chosen: choose whom to give it to.")
    if act.to.pk != by.pk and not colleagues(case.team).filter(pk=act.to.pk).exists():
        raise TriageError(f"{act.to.get_username()} does not work this team's cases.")
    triage.assign(case, act.to, by, version)
    return f"{act.to.get_username()} has it now."


def _hand_over(case: OrderException, version: int, act: Act, by: User) -> str:
    triage.hand_over(case, act.team, by, version)
    return f"In the {act.team.upper()} queue now."


def _retry(case: OrderException, version: int, act: Act, by: User) -> str:
    for way in triage.resolutions_for(case):
        if way.verb == Verb.RETRY and not way.needs_reason:
            return _end(case, way.code, version, "", by)
    raise TriageError("There is nothing to try again: it needs a decision.")


def _resolve(case: OrderException, version: int, act: Act, by: User) -> str:
    if act.resolution not in {way.code for way in ways(case.kind)}:
        raise TriageError("Not a way out of this kind of case: open it and choose.")
    return _end(case, act.resolution, version, act.reason, by)


def _end(case: OrderException, code: str, version: int, reason: str, by: User) -> str:
    after = triage.resolve(case, code, by, reason, version)
    if after.state == CaseState.OPEN:
        return "Decided, and open again: its cause still stands."
    return "Decided; its order was looked at again."


_ACTS: dict[str, Callable[[OrderException, int, Act, User], str]] = {
    "take": _take,
    "put_back": _put_back,
    "give": _give,
    "hand_over": _hand_over,
    "retry": _retry,
    "resolve": _resolve,
}
