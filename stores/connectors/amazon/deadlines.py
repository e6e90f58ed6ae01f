"""Amazon's clocks: help pages G201722390 and on account health, as of 2026."""

from __future__ import annotations

from stores.remote_deadlines import Deadline

DEADLINES = (
    Deadline(
        what="The buyer cancels alone",
        by="30 minutes after the order",
        otherwise="After that the buyer can only ask, and you decide.",
    ),
    Deadline(
        what="Answer a request to cancel",
        by="before the parcel leaves; the request has no clock of its own",
        otherwise="Nothing: the request stays open, and the order grows late.",
    ),
    Deadline(
        what="Ship and confirm",
        by="the ship-by that the order brings",
        otherwise="It counts as late; late shipments must stay below 4 %.",
    ),
    Deadline(
        what="Confirm at all",
        by="7 days after the expected ship date",
        otherwise="Amazon cancels the order, and it counts as your cancellation (to "
        "stay below 2.5 %).",
    ),
)
