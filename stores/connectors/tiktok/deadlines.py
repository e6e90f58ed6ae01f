"""TikTok Shop's clocks: seller policies of the UK, IE/EU and US, as of 2026."""

from __future__ import annotations

from stores.remote_deadlines import Deadline

DEADLINES = (
    Deadline(
        what="The buyer cancels alone",
        by="an hour after payment; until then the order has no address",
        otherwise="Nothing is to be done: we wait, and read it again.",
    ),
    Deadline(
        what="Answer a request to cancel",
        by="the time that the request brings, as a rule 48 hours",
        otherwise="TikTok cancels the order. A parcel is refused while it is open.",
    ),
    Deadline(
        what="Mark as shipped",
        by="the time that the order brings (2 working days as a rule)",
        otherwise="It counts as dispatched late; that must stay at 4 % or less.",
    ),
    Deadline(
        what="Hand over to the carrier",
        by="7 working days as a rule",
        otherwise="TikTok cancels the order, as the seller's fault (2.5 % or less).",
    ),
)
