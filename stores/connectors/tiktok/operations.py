"""The operations that are used, with TikTok's own versions, and their quotas.

Partner Center reference. TikTok allows 50 requests a second per operation, app and
shop; a shop's calls are counted per account here, which can only be too careful.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from stores.remote_types import BudgetSpec

PER_SECOND = 50
# Calls that only urgent work may take: people at the console, stops.
RESERVE = 5
_SOURCE = "Partner Center, 'Rate limits': 50 requests a second per API, app and shop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation: its name in the reference, method and path on TikTok's host."""

    name: str
    method: str
    path: str
    write: bool = False

    def at(self, **ids: str) -> str:
        """The path with its ids."""
        return self.path.format(
            **{name: quote(value, safe="") for name, value in ids.items()}
        )


SHOPS = Operation(
    name="getAuthorizedShops", method="GET", path="/authorization/202309/shops"
)
SEARCH_ORDERS = Operation(
    name="getOrderList", method="POST", path="/order/202309/orders/search"
)
ORDERS = Operation(name="getOrderDetail", method="GET", path="/order/202507/orders")
SHIP = Operation(
    name="markPackageAsShipped",
    method="POST",
    path="/fulfillment/202309/orders/{order_id}/packages",
    write=True,
)
CORRECT_ORDER = Operation(
    name="updateShippingInfo",
    method="POST",
    path="/fulfillment/202309/orders/{order_id}/shipping_info/update",
    write=True,
)
CORRECT_PACKAGE = Operation(
    name="updatePackageShippingInfo",
    method="POST",
    path="/fulfillment/202610/packages/{package_id}/shipping_info/update",
    write=True,
)
SEARCH_CANCELLATIONS = Operation(
    name="searchCancellations",
    method="POST",
    path="/return_refund/202602/cancellations/search",
)
APPROVE = Operation(
    name="approveCancellation",
    method="POST",
    path="/return_refund/202309/cancellations/{cancel_id}/approve",
    write=True,
)
REJECT = Operation(
    name="rejectCancellation",
    method="POST",
    path="/return_refund/202309/cancellations/{cancel_id}/reject",
    write=True,
)
CANCEL = Operation(
    name="cancelOrder",
    method="POST",
    path="/return_refund/202602/cancellations",
    write=True,
)
REJECT_REASONS = Operation(
    name="getRejectReasons",
    method="GET",
    path="/return_refund/202309/reject_reasons",
)
ELIGIBILITY = Operation(
    name="getAftersaleEligibility",
    method="GET",
    path="/return_refund/202602/orders/{order_id}/aftersale_eligibility",
)
WAREHOUSES = Operation(
    name="getWarehouseList", method="GET", path="/logistics/202309/warehouses"
)
DELIVERY_OPTIONS = Operation(
    name="getWarehouseDeliveryOptions",
    method="GET",
    path="/logistics/202309/warehouses/{warehouse_id}/delivery_options",
)
PROVIDERS = Operation(
    name="getShippingProviders",
    method="GET",
    path="/logistics/202309/delivery_options/{delivery_option_id}/shipping_providers",
)
WEBHOOKS = Operation(
    name="getShopWebhooks", method="GET", path="/event/202309/webhooks"
)
SUBSCRIBE = Operation(
    name="updateShopWebhook", method="PUT", path="/event/202309/webhooks", write=True
)
STATEMENTS = Operation(
    name="getStatements", method="GET", path="/finance/202309/statements"
)
STATEMENT_TRANSACTIONS = Operation(
    name="getTransactionsByStatement",
    method="GET",
    path="/finance/202501/statements/{statement_id}/statement_transactions",
)
PAYMENTS = Operation(name="getPayments", method="GET", path="/finance/202309/payments")

OPERATIONS = (
    *(SHOPS, SEARCH_ORDERS, ORDERS, SHIP, CORRECT_ORDER, CORRECT_PACKAGE),
    *(SEARCH_CANCELLATIONS, APPROVE, REJECT, CANCEL, REJECT_REASONS, ELIGIBILITY),
    *(WAREHOUSES, DELIVERY_OPTIONS, PROVIDERS, WEBHOOKS, SUBSCRIBE),
    *(STATEMENTS, STATEMENT_TRANSACTIONS, PAYMENTS),
)
BUDGET_SPECS = tuple(
    BudgetSpec(
        group=row.name,
        capacity=PER_SECOND,
        rate=float(PER_SECOND),
        reserve=RESERVE,
        source=_SOURCE,
    )
    for row in OPERATIONS
)
