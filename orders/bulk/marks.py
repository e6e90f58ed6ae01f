"""Acts that leave a case where it is: a tag, putting it off, taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.dateparse import parse_datetime

from orders import snoozing, tags
from orders.bulk.acts import Act
from orders.bulk.deeds import Deed, Json, not_yours
from orders.models import CaseState, CaseTag, OrderException

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Tag(Deed):
    """A word is put on it."""

    def __init__(self, act: Act, by: User) -> None:
        super().__init__(act, by)
        self._tagged: set[int] = set()

    def look(self, cases: Sequence[OrderException]) -> None:
        rows = CaseTag.objects.filter(case__in=cases, name=self.act.tag)
        self._tagged = set(rows.values_list("case_id", flat=True))

    def why_not(self, case: OrderException) -> str:
        if case.state != CaseState.OPEN:
            return "It is closed already."
        if not self.by.has_perm(tags.PERMISSION):
            return not_yours(tags.PERMISSION)
        return self._unfit(case)

    def _unfit(self, case: OrderException) -> str:
        return "It has that tag already." if case.pk in self._tagged else ""

    def do(self, case: OrderException, version: int, way: str) -> str:
        tags.add(case, self.act.tag, self.by)
        return f"Tagged ‘{self.act.tag}’."

    def undo(self, case: OrderException, version: int, before: Json) -> str:
        tags.remove(case, self.act.tag, self.by)
        return "The tag is off again."


class Snooze(Deed):
    """It leaves the queue and comes back by itself."""

    def _unfit(self, case: OrderException) -> str:
        return "It is put off already." if case.snooze else ""

    def do(self, case: OrderException, version: int, way: str) -> str:
        until = parse_datetime(self.act.until) if self.act.until else None
        rule, reason = self.act.rule, self.act.reason
        snoozing.snooze(case, rule, self.by, version, reason, until)
        return "Put off: it comes back by itself."

    def undo(self, case: OrderException, version: int, before: Json) -> str:
        snoozing.wake(case, self.by, version)
        return "In the queue again."


class Wake(Deed):
    """What was put off is back in the queue."""

    def _unfit(self, case: OrderException) -> str:
        return "" if case.snooze else "It is in the queue as it is."

    def before(self, case: OrderException) -> Json:
        until = case.snoozed_until.isoformat() if case.snoozed_until else ""
        return {"rule": case.snooze, "reason": case.snooze_reason, "until": until}

    def do(self, case: OrderException, version: int, way: str) -> str:
        snoozing.wake(case, self.by, version)
        return "In the queue again."

    def undo(self, case: OrderException, version: int, before: Json) -> str:
        until = parse_datetime(before["until"]) if before["until"] else None
        rule, reason = before["rule"], before["reason"]
        snoozing.snooze(case, rule, self.by, version, reason, until)
        return "Put off again, as before."
