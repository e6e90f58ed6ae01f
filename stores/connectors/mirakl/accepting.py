"""Taking or refusing an order's lines (OR21), and what a repeat of it means; pure."""

from __future__ import annotations

from stores.connectors.mirakl import fields
from stores.connectors.mirakl.errors import refusal
from stores.connectors.mirakl.fields import Json
from stores.connectors.mirakl.states import CANCELED, REFUSED, WAITING_ACCEPTANCE
from stores.remote_types import Acceptance

_UNDECIDED = frozenset({"", "STAGING", WAITING_ACCEPTANCE})


def accept_body(acceptance: Acceptance) -> Json:
    """OR21's body; raises RejectedError where nothing is decided."""
    if not acceptance.lines:
        raise refusal(
            "No line is decided",
            field="order_lines",
            remedy="Every line needs a yes or a no",
        )
    return {
        "order_lines": [
            {"id": line_id, "accepted": accepted}
            for line_id, accepted in acceptance.lines
        ]
    }


def is_done(raw: Json, acceptance: Acceptance) -> bool:
    """Whether the order stands as it was decided: an earlier call of ours arrived."""
    states = {
        fields.text(line, "order_line_id", "order_lines."): fields.text(
            line, "order_line_state", "order_lines."
        )
        for line in fields.rows(raw, "order_lines", "")
    }
    for line_id, accepted in acceptance.lines:
        state = states.get(line_id, "")
        if state in _UNDECIDED:
            return False
        # A line that was taken and then cancelled was taken all the same.
        if accepted == (state == REFUSED) and state != CANCELED:
            return False
    return True
