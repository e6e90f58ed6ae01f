"""Calls that can wait: they leave half of each quota to the work of the day."""

from __future__ import annotations

from stores import budgets
from stores.budgets import BudgetLeft
from stores.errors import ThrottledError
from stores.http import Answer, Call, Classify, Gateway

# What a sweep leaves to others of a quota, and from when on it may have all of it.
KEPT = 1 / 2
OPEN_END = 1 / 6


class SweepGateway(Gateway):
    """Sends a call only while more than half of each of its quotas is left.

    Near the end of a fixed window (its last sixth) what is left is anybody's. Raises
    ThrottledError(ours=True) with the business seconds to wait before anything is sent.
    """

    def send(self, call: Call, *, classify: Classify | None = None) -> Answer:
        """As Gateway.send(), unless the call has to give way."""
        wanted = set(call.groups)
        for line in budgets.left(self.account_key):
            wait = gives_way(line) if line.group in wanted else 0.0
            if wait > 0:
                raise ThrottledError(
                    f"The quota {line.group} of {self.account_key} is left to others",
                    retry_after=wait,
                    ours=True,
                    code="gives_way",
                )
        return super().send(call, classify=classify)


def gives_way(line: BudgetLeft) -> float:
    """Business seconds until a sweep may use this quota; 0.0 when it may now."""
    if line.blocked_for:
        return line.blocked_for
    kept = line.capacity * KEPT
    if line.left - 1 >= kept or line.capacity < 2:
        return 0.0
    if line.period > 0:
        return max(0.0, line.clears_in - line.period * OPEN_END)
    return (kept + 1 - line.left) / line.rate if line.rate > 0 else 60.0
