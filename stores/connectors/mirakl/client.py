"""One operator's seller API for one shop: key, host, quotas; answers out.

Operations are named as Mirakl names them (OR11, SH21 …). Frequencies are those of the
seller contract, 'Call Frequency'; operations without a figure there have no budget and
wait as a 429's Retry-After says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from stores.connectors.base import AccountConfig
from stores.connectors.mirakl import errors
from stores.errors import UnauthorisedError
from stores.http import Answer, Call, Gateway
from stores.remote_types import BudgetSpec

Json = dict[str, Any]

ORDERS, PAGES, NAMED = "OR11", "OR11 pages", "OR11 by id"
CYCLES, LOG, LOG_HOURLY = "SBC11", "TL02", "TL02 an hour"
DAILY = ("A01", "SH21", "SH12", "AF01", "RE01")
_DAY = 86400.0
BUDGET_SPECS = (
    BudgetSpec(
        group=ORDERS,
        capacity=1,
        rate=1 / 60,
        source="seller contract, OR11: at most once a minute",
    ),
    BudgetSpec(
        group=PAGES,
        capacity=5,
        rate=1 / 5,
        source="our own measure for the later pages of one pull; an operator that "
        "counts them as pulls says so with Retry-After",
    ),
    *(
        BudgetSpec(
            group=group,
            capacity=2,
            period=_DAY,
            # Once a day as published; the other one is a person's, who is waiting.
            reserve=1,
            source=f"seller contract, {group}: once a day",
        )
        for group in DAILY
    ),
    BudgetSpec(
        group=CYCLES,
        capacity=3,
        period=_DAY,
        source="seller contract, SBC11: once a day; two more for people who wait",
    ),
    BudgetSpec(
        group=LOG,
        capacity=20,
        rate=20 / 60,
        source="seller contract, TL02: at most 20 times a minute",
    ),
    BudgetSpec(
        group=LOG_HOURLY,
        capacity=60,
        period=3600.0,
        source="seller contract, TL02: at most 60 times an hour",
    ),
)


class MiraklClient:
    """The calls of one account; raises only :mod:`stores.errors`."""

    def __init__(self, account: AccountConfig, *, gateway: Gateway) -> None:
        self._account = account
        self._gateway = gateway

    def __repr__(self) -> str:
        return f"MiraklClient({self._account.key})"

    def shop(self, *, urgent: bool = False) -> Answer:
        """A01: the shop that the key belongs to."""
        return self._daily("A01", "/account", urgent=urgent)

    def platform(self, *, urgent: bool = False) -> Answer:
        """PC01: which features the operator has switched on."""
        path = "/platform/configuration"
        return self._send("PC01", "GET", path, urgent=urgent)

    def carriers(self, *, urgent: bool = False) -> Answer:
        """SH21: the operator's carriers."""
        return self._daily("SH21", "/shipping/carriers", urgent=urgent)

    def shipping_types(self, *, urgent: bool = False) -> Answer:
        """SH12: the operator's shipping methods."""
        return self._daily("SH12", "/shipping/types", urgent=urgent)

    def reasons(self, *, urgent: bool = False) -> Answer:
        """RE01: reasons of every type."""
        return self._daily("RE01", "/reasons", urgent=urgent)

    def additional_fields(self, *, urgent: bool = False) -> Answer:
        """AF01: the operator's custom fields of orders and order lines."""
        return self._daily(
            "AF01",
            "/additional_fields",
            params={"entities": "ORDER,ORDER_LINE"},
            urgent=urgent,
        )

    def orders(self, params: Mapping[str, str], offset: int) -> Answer:
        """OR11: the page of orders that begins after ``offset`` rows."""
        return self._send(
            ORDERS,
            "GET",
            "/orders",
            group=PAGES if offset else ORDERS,
            params={**params, "offset": str(offset)},
        )

    def order(self, order_id: str, *, urgent: bool = False) -> Answer:
        """OR11 for one id, for which no frequency is published.

        OR12 shows less of an order: no cancellations, custom fields or deadline.
        """
        return self._send(
            NAMED, "GET", "/orders", params={"order_ids": order_id}, urgent=urgent
        )

    def orders_by_id(self, order_ids: Sequence[str]) -> Answer:
        """OR11 for at most 100 ids."""
        params = {"order_ids": ",".join(order_ids), "max": "100"}
        return self._send(NAMED, "GET", "/orders", params=params)

    def shipments(
        self,
        order_ids: Sequence[str],
        *,
        since: str = "",
        page_token: str = "",
        urgent: bool = False,
    ) -> Answer:
        """ST11: a page of the shipments of these orders, or changed since a time."""
        params: Json = {"limit": "100"}
        if order_ids:
            params["order_id"] = list(order_ids)
        if since:
            params["last_updated_from"] = since
        if page_token:
            params["page_token"] = page_token
        return self._send("ST11", "GET", "/shipments", params=params, urgent=urgent)

    def billing_cycles(self, params: Mapping[str, str]) -> Answer:
        """SBC11: a page of billing cycles; later pages count in no quota."""
        group = "" if "page_token" in params else CYCLES
        path = "/seller-billing-cycles"
        return self._send(CYCLES, "GET", path, group=group, params=params)

    def transaction_log(self, params: Mapping[str, str]) -> Answer:
        """TL02: a page of the transaction log."""
        path = "/sellerpayment/transactions_logs"
        return self._send(LOG, "GET", path, group=LOG, also=LOG_HOURLY, params=params)

    def accept(self, order_id: str, body: Json, *, urgent: bool = False) -> Answer:
        """OR21: which lines are taken; 204."""
        path = f"{_order(order_id)}/accept"
        return self._send("OR21", "PUT", path, json=body, urgent=urgent)

    def set_tracking(
        self, order_id: str, body: Json, *, urgent: bool = False
    ) -> Answer:
        """OR23: carrier and number of a whole order; 204, may be repeated."""
        path = f"{_order(order_id)}/tracking"
        return self._send("OR23", "PUT", path, json=body, urgent=urgent)

    def ship(self, order_id: str, *, urgent: bool = False) -> Answer:
        """OR24: the whole order is shipped; 204, in SHIPPING only."""
        return self._send("OR24", "PUT", f"{_order(order_id)}/ship", urgent=urgent)

    def create_shipments(self, body: Json, *, urgent: bool = False) -> Answer:
        """ST01: 201, with refusals inside."""
        return self._send("ST01", "POST", "/shipments", json=body, urgent=urgent)

    def correct_shipments(self, body: Json, *, urgent: bool = False) -> Answer:
        """ST23: another carrier or number of shipments; 200, with refusals inside."""
        path = "/shipments/tracking"
        return self._send("ST23", "POST", path, json=body, urgent=urgent)

    def ship_shipments(self, body: Json, *, urgent: bool = False) -> Answer:
        """ST24: prepared shipments have left; 200, with refusals inside."""
        return self._send("ST24", "PUT", "/shipments/ship", json=body, urgent=urgent)

    def cancel_order(self, order_id: str, *, urgent: bool = False) -> Answer:
        """OR29: the whole order is cancelled; 204."""
        return self._send("OR29", "PUT", f"{_order(order_id)}/cancel", urgent=urgent)

    def cancel_lines(self, body: Json, *, urgent: bool = False) -> Answer:
        """OR30: amounts of lines are cancelled; 200."""
        return self._send("OR30", "PUT", "/orders/cancel", json=body, urgent=urgent)

    def _daily(
        self,
        operation: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        urgent: bool = False,
    ) -> Answer:
        return self._send(
            operation, "GET", path, group=operation, params=params, urgent=urgent
        )

    def _send(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        group: str = "",
        also: str = "",
        params: Mapping[str, Any] | None = None,
        json: Json | None = None,
        urgent: bool = False,
    ) -> Answer:
        shop = self._account.seller_id.strip()
        call = Call(
            operation=operation,
            method=method,
            url=f"{self._base}/api{path}",
            groups=tuple(name for name in (group, also) if name),
            params={**(params or {}), **({"shop_id": shop} if shop else {})},
            json=json,
            headers={
                # The bare key: no 'Bearer' before it.
                "Authorization": self._account.secrets.get("api_key", ""),
                "Accept": "application/json",
            },
            write=method != "GET",
            urgent=urgent,
        )
        return self._gateway.send(call, classify=_classifier(call))

    @property
    def _base(self) -> str:
        """The operator's host; the key is sent to no other."""
        account = self._account
        base = account.host
        if not base and account.sandbox_url:
            base = f"{account.sandbox_url}/{account.region}"
        if not base.startswith("https://") and not account.sandbox_url:
            raise UnauthorisedError(
                f"There is no host for the operator '{account.region}': an admin adds "
                "it to the list of operators",
                reason="wrong_region",
                code="no_host",
            )
        return base.rstrip("/")


def _classifier(call: Call) -> Any:
    def classify(answer: Answer) -> None:
        if answer.status >= 300:
            raise errors.api_error(answer, call)

    return classify


def _order(order_id: str) -> str:
    return f"/orders/{quote(order_id, safe='')}"
