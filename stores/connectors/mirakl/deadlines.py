"""Clocks of Mirakl's marketplaces: each operator sets its own, as of 2026."""

from __future__ import annotations

from stores.remote_deadlines import Deadline

DEADLINES = (
    Deadline(
        what="Accept the order",
        by="the operator's own delay, 3 to 5 days on those that we know",
        otherwise="It counts as refused, and is gone.",
    ),
    Deadline(
        what="Answer an incident or a message that asks to cancel",
        by="no clock, but operators score how fast you answer",
        otherwise="Nothing: the order grows late.",
    ),
    Deadline(
        what="Ship and confirm",
        by="the shipping deadline that the order brings",
        otherwise="It counts as late in the operator's score.",
    ),
)
