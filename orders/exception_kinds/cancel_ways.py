"""The ways out of cancellations, as far as the marketplace can be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orders.exception_kinds import Resolution

_DECIDE = "orders.decide_cancellation"


def _grants(capabilities: frozenset[str], context: Mapping[str, Any]) -> bool:
    """Whether the marketplace can be told to cancel, and has not done so yet."""
    return "accept_cancellation" in capabilities and _ours_to_tell(context)


def _rejects(capabilities: frozenset[str], context: Mapping[str, Any]) -> bool:
    return "reject_cancellation" in capabilities and _ours_to_tell(context)


def _ships(capabilities: frozenset[str], context: Mapping[str, Any]) -> bool:
    """Whether it may be shipped without a word about the request.

    Where requests are turned down by a call, an open one stands in a dispatch's way,
    unless the dispatch itself ends it.
    """
    return not _rejects(capabilities, context) or "confirm_ends_request" in capabilities


def _is_cancelled(_capabilities: frozenset[str], context: Mapping[str, Any]) -> bool:
    return context.get("at_marketplace") == "cancelled"


def _ships_asked(capabilities: frozenset[str], context: Mapping[str, Any]) -> bool:
    """What the marketplace itself has cancelled can't be confirmed any more."""
    return not _is_cancelled(capabilities, context) and _ships(capabilities, context)


def _ours_to_tell(context: Mapping[str, Any]) -> bool:
    """Not done there yet, and not answered there by the store's rule."""
    done = context.get("at_marketplace") == "cancelled"
    return not done and not context.get("answered_in")


CANCEL_MARKET = Resolution(
    code="cancel_market",
    label="Cancel it, at the marketplace too",
    effect="Stops the order in ShipStation first, then tells the marketplace in your "
    "name, and reads the order until it shows as cancelled.",
    verb="cancel_market",
    permission=_DECIDE,
    reasons="cancel_reason",
    fits=_grants,
)
SELLER_CANCEL = Resolution(
    code="cancel_market",
    label="Cancel it at the marketplace",
    effect="Tells the marketplace in your name to cancel the order, though nobody asked "
    "for it; with most reasons that counts against you.",
    verb="cancel_market",
    permission=_DECIDE,
    reasons="cancel_reason",
    must_choose=True,
    fits=_grants,
)
REJECT_REQUEST = Resolution(
    code="reject_request",
    label="Reject the request and ship",
    effect="Tells the marketplace no in your name; once it has taken that, the order "
    "goes on its way, off our hold where there is one.",
    verb="reject_request",
    permission=_DECIDE,
    reasons="reject_reason",
    must_choose=True,
    fits=_rejects,
)
SHIP_ANYWAY = Resolution(
    code="ship_anyway",
    label="Ship anyway",
    effect="Lets the order go on its way, off our hold where there is one; your reason "
    "is kept.",
    verb="ship_anyway",
    permission=_DECIDE,
    needs_reason=True,
    fits=_ships,
)
CANCEL = Resolution(
    code="cancel",
    label="Cancel in ShipStation",
    effect="Cancels the order in ShipStation and reads it again to be sure; one that "
    "is not there yet is never sent. The marketplace's own cancellation stays yours to "
    "answer there.",
    verb="cancel",
    permission=_DECIDE,
)
INTERCEPT = Resolution(
    code="intercept",
    label="Have the bench take it off the line",
    effect="Puts the parcel on the stop list of every packing bench until somebody there "
    "says whether it was stopped or has left. Nothing is confirmed meanwhile.",
    verb="intercept",
    permission=_DECIDE,
)
INTERCEPTED = Resolution(
    code="intercepted",
    label="Parcel stopped: it stays here",
    effect="Records that the parcel stays here; nothing is confirmed to the marketplace. "
    "Its label and its goods are followed up.",
    verb="accept",
    permission=_DECIDE,
    needs_reason=True,
)
STOPPED = Resolution(
    code="stopped_cancel",
    label="Parcel stopped: cancel it at the marketplace",
    effect="Records that the parcel stays here or comes back, and tells the marketplace "
    "in your name to cancel the order.",
    verb="cancel_market",
    permission=_DECIDE,
    reasons="cancel_reason",
    fits=_grants,
)
COMING_BACK = Resolution(
    code="coming_back",
    label="It has left: expect it back",
    effect="Records that a parcel nobody wants is on its way; its return and the refund "
    "are followed up. Nothing is confirmed to the marketplace.",
    verb="left_with_it",
    permission=_DECIDE,
    needs_reason=True,
    fits=_is_cancelled,
)
CONFIRM_PARCEL = Resolution(
    code="ship_anyway",
    label="It has left: confirm it",
    effect="Confirms the parcel's tracking although the buyer asked to cancel.",
    verb="ship_anyway",
    permission=_DECIDE,
    needs_reason=True,
    fits=_ships_asked,
)
REJECT_PARCEL = Resolution(
    code="reject_request",
    label="It has left: reject the request and confirm it",
    effect="Tells the marketplace no in your name first, for it refuses the tracking of "
    "an order with an open request; then confirms the parcel.",
    verb="reject_request",
    permission=_DECIDE,
    reasons="reject_reason",
    must_choose=True,
    fits=_rejects,
)
SEND_AGAIN = Resolution(
    code="retry",
    label="Send the same answer again",
    effect="Tells the marketplace once more what was decided, with the same reason.",
    verb="retry",
    permission=_DECIDE,
)
TAKEN_OUT = Resolution(
    code="taken_out",
    label="Units taken out of the parcel",
    effect="Records that the cancelled units stay here; the parcel leaves with the "
    "others, and they are confirmed.",
    verb="taken_out",
    permission=_DECIDE,
    needs_reason=True,
)
LEFT_WITH_IT = Resolution(
    code="left_with_it",
    label="It has left with them",
    effect="Records that the cancelled units are on their way to the buyer, and have to "
    "come back; the units still wanted are confirmed.",
    verb="left_with_it",
    permission=_DECIDE,
    needs_reason=True,
)
DONE_BY_HAND = Resolution(
    code="done_by_hand",
    label="Done by hand",
    effect="Records that you did it there; we look again and reopen the case if the "
    "two sides still differ in another way.",
    verb="accept",
    needs_reason=True,
)
