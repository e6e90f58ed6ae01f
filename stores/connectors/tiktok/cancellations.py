"""Requests to cancel, as cancellation search tells them; pure.

An order itself says only that a request is open. Who asked, why and until when an
answer counts stands in the cancellation: without one TikTok lets the buyer cancel.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stores.connectors.tiktok import fields
from stores.connectors.tiktok.fields import Json

_PREFIX = "CANCELLATION_REQUEST_"
PENDING, SUCCESS, COMPLETE = (
    f"{_PREFIX}{word}" for word in ("PENDING", "SUCCESS", "COMPLETE")
)
# Withdrawn or rejected; the notice of it spells it out.
ENDED = frozenset({f"{_PREFIX}CANCEL", f"{_PREFIX}CANCELLED"})
STATES = frozenset({PENDING, SUCCESS, COMPLETE}) | ENDED
BUYER, SELLER = "BUYER", "SELLER"
# Keys of reasons, which read like words once these are gone.
_WORDS = (
    "ecom_order_to_ship_canceled_reason_",
    "ecom_order_delivered_refund_and_return_reason_",
    "order_manage_list_action_respond_popup_reject_reason_",
    "seller_cancel_paid_reason_",
    "seller_cancel_reason_",
    "seller_reject_apply_",
    "system_cancel_order_reason_",
    "system_cancel_",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """One cancellation of an order; ``unit_ids`` () means all of them."""

    id: str
    order_id: str
    state: str
    role: str
    reason: str
    answer_by: datetime | None
    updated_at: datetime | None
    unit_ids: frozenset[str]

    @property
    def asked(self) -> bool:
        """Whether the buyer waits for an answer."""
        return self.state == PENDING and self.role in (BUYER, "")

    @property
    def done(self) -> bool:
        """Whether it has taken effect, or is about to."""
        return self.state in (SUCCESS, COMPLETE)


def cancellation_of(raw: Json) -> Cancellation:
    """One row of the search; FieldError naming what can't be read."""
    path = "cancellations."
    role = fields.text(raw, "role", path)
    kind = fields.text(raw, "cancel_type", path)
    deadlines = [
        fields.moment(row, "deadline", f"{path}seller_next_action_response.")
        for row in fields.rows(raw, "seller_next_action_response", path)
    ]
    items = f"{path}cancel_line_items."
    ids = [
        fields.identifier(row, "order_line_item_id", items)
        for row in fields.rows(raw, "cancel_line_items", path)
    ]
    return Cancellation(
        id=fields.required_identifier(raw, "cancel_id", path),
        order_id=fields.required_identifier(raw, "order_id", path),
        state=fields.text(raw, "cancel_status", path),
        role=role or (BUYER if kind == "BUYER_CANCEL" else ""),
        reason=fields.text(raw, "cancel_reason_text", path)
        or plain_reason(fields.text(raw, "cancel_reason", path)),
        answer_by=min((x for x in deadlines if x is not None), default=None),
        updated_at=fields.moment(raw, "update_time", path),
        unit_ids=frozenset(filter(None, ids)),
    )


def plain_reason(key: str) -> str:
    """A reason's key as words: 'no longer needed' for '…_no_longer_needed_uk'."""
    words = key
    for prefix in _WORDS:
        words = words.removeprefix(prefix)
    for region in ("_uk", "_us", "_eu"):
        words = words.removesuffix(region)
    return words.replace("_", " ").strip()
