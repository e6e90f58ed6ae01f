"""Acts that end a case by one of its ways out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from orders import approvals, as_if, carrier_fix, case_suggestions, triage
from orders.as_if_calls import Call
from orders.bulk.acts import Act
from orders.bulk.deeds import Deed, Json, not_yours
from orders.exception_kinds import KINDS, Resolution
from orders.models import CaseState, OrderException, Verb
from orders.reconsider import reconsider

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# Way of a fix that maps a carrier: this and the marketplace's code.
_MAP = "map:"


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

    def label(self, case: OrderException, way: str) -> str:
        found = _way_of(case, way)
        return found.label if found else ""

    def calls(self, case: OrderException, way: str) -> Sequence[Call]:
        found = _way_of(case, way)
        outlook = as_if.outlook(case, found) if found else None
        return outlook.calls if outlook else ()

    def do(self, case: OrderException, version: int, way: str) -> str:
        after = triage.resolve(case, way, self.by, self.act.reason, version)
        if after.state == CaseState.OPEN and approvals.waiting(after) is not None:
            return "Asked for: a second person has to say yes first."
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
    """What is suggested for each: a way out, or the carrier's code that is proposed."""

    def __init__(self, act: Act, by: User) -> None:
        super().__init__(act, by)
        self._found: dict[int, case_suggestions.Suggestion] = {}
        self._codes: dict[tuple[int, str], carrier_fix.Proposal | None] = {}

    def look(self, cases: Sequence[OrderException]) -> None:
        self._found = case_suggestions.suggest(cases)

    def way(self, case: OrderException) -> str:
        code = self._mapped(case)
        return f"{_MAP}{code.code}" if code else super().way(case)

    def sends(self, case: OrderException) -> bool:
        return self._mapped(case) is not None or super().sends(case)

    def label(self, case: OrderException, way: str) -> str:
        fix = carrier_fix.fix_of(case) if way.startswith(_MAP) else None
        return fix.label if fix else super().label(case, way)

    def calls(self, case: OrderException, way: str) -> Sequence[Call]:
        if not way.startswith(_MAP):
            return super().calls(case, way)
        fix = carrier_fix.fix_of(case)
        return [fix.call] if fix and fix.call else []

    def do(self, case: OrderException, version: int, way: str) -> str:
        if not way.startswith(_MAP) or case.order_id is None:
            return super().do(case, version, way)
        # The first case maps it; the others are looked at again.
        text = carrier_fix.take(case, way.removeprefix(_MAP), self.by, version)
        reconsider([case.order_id])
        case.refresh_from_db(fields=["state"])
        if case.state == CaseState.OPEN:
            return f"{text} The case stays open: its cause still stands."
        return text

    def _unfit(self, case: OrderException) -> str:
        if self._mapped(case) is None:
            return super()._unfit(case)
        if not self.by.has_perm(carrier_fix.PERMISSION):
            return not_yours(carrier_fix.PERMISSION)
        return ""

    def _choose(self, case: OrderException) -> Resolution | str:
        found = self._found.get(case.pk)
        if found is None:
            return "No fix is known for it: open it and decide."
        if found.resolution is None or found.resolution not in ways(case.kind):
            return f"'{found.label}' is done on its own page: open the case."
        return found.resolution

    def _mapped(self, case: OrderException) -> carrier_fix.Proposal | None:
        """The code that its carrier is mapped to; None where a person must say more."""
        found = self._found.get(case.pk)
        if (
            found is None
            or found.code != case_suggestions.MAP_CARRIER
            or not case.store
        ):
            return None
        key = (case.store.pk, str(case.context.get("carrier") or ""))
        if key not in self._codes:
            self._codes[key] = carrier_fix.proposal(case.store, key[1])
        code = self._codes[key]
        return code if code and code.sure and len(code.code) <= 36 else None


def _way_of(case: OrderException, code: str) -> Resolution | None:
    return next((x for x in triage.resolutions_for(case) if x.code == code), None)


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
