"""Which of Mirakl's operations is played at which path, and in which counter it counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from stores.sandbox.mirakl import (
    list_calls,
    money_calls,
    offer_calls,
    order_calls,
    platform,
    ship_calls,
    shipment_calls,
    thread_calls,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """``coded``: refusals carry Mirakl's codes; ``shipments``: needs the feature."""

    name: str
    method: str
    path: re.Pattern[str]
    serve: Callable[..., HttpResponse]
    coded: bool = False
    shipments: bool = False

    def counter(self, request: HttpRequest) -> str:
        """The counter of this call."""
        if self.name == "RE02":
            return "RE01"
        if self.name != "OR11":
            return self.name
        named = ("order_ids", "order_references_for_customer")
        if any(name in request.GET for name in named):
            return "OR11_NAMED"
        return "OR11" if request.GET.get("offset", "0") in ("", "0") else "OR11_PAGE"


def _operation(
    name: str,
    method: str,
    path: str,
    serve: Callable[..., HttpResponse],
    *,
    coded: bool = False,
    shipments: bool = False,
) -> Operation:
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return Operation(
        name=name,
        method=method,
        path=re.compile(f"api/{pattern}"),
        serve=serve,
        coded=coded,
        shipments=shipments,
    )


OPERATIONS = (
    _operation("V01", "GET", "version", list_calls.version),
    _operation("A01", "GET", "account", list_calls.account),
    _operation("PC01", "GET", "platform/configuration", platform.configuration),
    _operation("AF01", "GET", "additional_fields", list_calls.custom_fields),
    _operation("CH11", "GET", "channels", list_calls.channels),
    _operation("RE01", "GET", "reasons", list_calls.reasons),
    _operation("RE02", "GET", "reasons/{reason_type}", list_calls.reasons_of),
    _operation("SH12", "GET", "shipping/types", list_calls.shipping_types),
    _operation("SH21", "GET", "shipping/carriers", list_calls.carriers),
    _operation("OR11", "GET", "orders", order_calls.list_orders),
    _operation("OR30", "PUT", "orders/cancel", order_calls.cancel_lines),
    _operation("OR12", "GET", "orders/{order_id}", order_calls.get_order),
    _operation(
        "OR21", "PUT", "orders/{order_id}/accept", order_calls.accept, coded=True
    ),
    _operation("OR29", "PUT", "orders/{order_id}/cancel", order_calls.cancel_order),
    _operation("OR23", "PUT", "orders/{order_id}/tracking", ship_calls.set_tracking),
    _operation("OR24", "PUT", "orders/{order_id}/ship", ship_calls.ship),
    _operation(
        "ST01", "POST", "shipments", shipment_calls.create_shipments, shipments=True
    ),
    _operation(
        "ST11", "GET", "shipments", shipment_calls.list_shipments, shipments=True
    ),
    _operation(
        "ST12",
        "GET",
        "shipments/items_to_ship",
        shipment_calls.list_items_to_ship,
        shipments=True,
    ),
    _operation(
        "ST23",
        "POST",
        "shipments/tracking",
        shipment_calls.correct_tracking,
        shipments=True,
    ),
    _operation(
        "ST24", "PUT", "shipments/ship", shipment_calls.ship_shipments, shipments=True
    ),
    _operation("OF21", "GET", "offers", offer_calls.list_offers),
    _operation("OF24", "POST", "offers", offer_calls.import_offers),
    _operation("OF02", "GET", "offers/imports/{import_id}", offer_calls.offers_status),
    _operation(
        "OF03",
        "GET",
        "offers/imports/{import_id}/error_report",
        offer_calls.offers_report,
    ),
    _operation("STO01", "POST", "offers/stock/imports", offer_calls.import_stock),
    _operation(
        "STO02",
        "GET",
        "offers/stock/imports/{import_id}/status",
        offer_calls.stock_status,
    ),
    _operation(
        "STO03",
        "GET",
        "offers/stock/imports/{import_id}/error_report",
        offer_calls.stock_report,
    ),
    _operation("OR28", "PUT", "orders/refund", money_calls.refund_lines),
    _operation(
        "TL02", "GET", "sellerpayment/transactions_logs", money_calls.list_transactions
    ),
    _operation("SBC11", "GET", "seller-billing-cycles", money_calls.list_cycles),
    _operation("M11", "GET", "inbox/threads", thread_calls.list_threads),
    _operation("M10", "GET", "inbox/threads/{thread_id}", thread_calls.get_thread),
)


def find_operation(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation of a request and its path's parts; None when nothing is played."""
    for row in OPERATIONS:
        if row.method == method and (found := row.path.fullmatch(path)):
            return row, found.groupdict()
    return None


def knows_path(path: str) -> bool:
    """Whether another method would be served there."""
    return any(row.path.fullmatch(path) for row in OPERATIONS)
