"""Who gets which page of seller standards."""

from __future__ import annotations

from typing import Any

from tests.permissions.row import LEADS, LOOKERS, RECONCILERS, Row

ONE = ("slug", "standard")
BEHIND = (*ONE, "which")
ROWS: tuple[Row, ...] = (
    Row(name="reconciliation:standards", roles=LOOKERS),
    Row(
        name="reconciliation:standards_count",
        roles=RECONCILERS,
        method="post",
        status=302,
    ),
    Row(name="reconciliation:standard", roles=LOOKERS, args=ONE),
    # What they send is no limit.
    Row(
        name="reconciliation:standard_limit",
        roles=LEADS,
        args=ONE,
        method="post",
        status=422,
    ),
    Row(name="reconciliation:standard_cases", roles=LOOKERS, args=ONE),
    Row(name="reconciliation:standard_orders", roles=LOOKERS, args=BEHIND),
    Row(name="reconciliation:standard_orders_csv", roles=LOOKERS, args=BEHIND),
)


def values() -> dict[str, Any]:
    """Amazon's late shipment rate, and the orders that count against it."""
    return {"standard": "late_10d", "which": "bad"}
