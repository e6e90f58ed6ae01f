"""The states of orders, lines and shipments (seller contract), and what each means."""

from __future__ import annotations

from stores.remote_types import RemoteStatus

WAITING_ACCEPTANCE, SHIPPING = "WAITING_ACCEPTANCE", "SHIPPING"
CANCELED, REFUSED = "CANCELED", "REFUSED"
INCIDENT_OPEN = "INCIDENT_OPEN"
ORDER_STATES = {
    "STAGING": RemoteStatus.PENDING,
    WAITING_ACCEPTANCE: RemoteStatus.WAITING_ACCEPTANCE,
    "WAITING_DEBIT": RemoteStatus.PENDING,
    "WAITING_DEBIT_PAYMENT": RemoteStatus.PENDING,
    SHIPPING: RemoteStatus.OPEN,
    "SHIPPED": RemoteStatus.SHIPPED,
    "TO_COLLECT": RemoteStatus.SHIPPED,
    "RECEIVED": RemoteStatus.SHIPPED,
    "CLOSED": RemoteStatus.SHIPPED,
    REFUSED: RemoteStatus.CANCELLED,
    CANCELED: RemoteStatus.CANCELLED,
}
# Before the parcel may leave: the order waits for somebody else.
BEFORE_SHIPPING = frozenset(
    {"STAGING", WAITING_ACCEPTANCE, "WAITING_DEBIT", "WAITING_DEBIT_PAYMENT"}
)
SHIPPED = frozenset({"SHIPPED", "TO_COLLECT", "RECEIVED", "CLOSED"})
GONE = frozenset({CANCELED, REFUSED})
LINE_STATES = frozenset({*ORDER_STATES, INCIDENT_OPEN, "REFUNDED"})
# Shipments that are made ready or have not been told as sent prove nothing.
SHIPMENT_STATES = frozenset(
    {*SHIPPED, SHIPPING, "SHIPMENT_PREPARED", "READY_FOR_PICK_UP", CANCELED}
)
INVALID = "INVALID"
VALIDITY = frozenset(
    {"MISSING_TRACKING", "UNVERIFIED", "UNCOVERED", INVALID, "VERIFIED"}
)
# What somebody must look at: the operator can't follow the parcel with that number.
DOUBTFUL = frozenset({"MISSING_TRACKING", "UNCOVERED", INVALID})
