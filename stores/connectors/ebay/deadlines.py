"""eBay's clocks: Post-Order API and seller standards, as of 2026."""

from __future__ import annotations

from stores.remote_deadlines import Deadline

DEADLINES = (
    Deadline(
        what="The buyer asks to cancel",
        by="within a short window after the order (an hour on eBay US; each site has "
        "its own)",
        otherwise="Later the buyer can only write; cancelling then is your own doing.",
    ),
    Deadline(
        what="Answer a request to cancel",
        by="3 days",
        otherwise="eBay cancels the order. A parcel that is told of before ends the "
        "request.",
    ),
    Deadline(
        what="Ship and confirm",
        by="the ship-by of the line that is due first (payment and handling time)",
        otherwise="Without a scan by the carrier in that time it counts as late.",
    ),
)
