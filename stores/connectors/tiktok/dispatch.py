"""Telling TikTok of a parcel: look, choose the units, tell, and look again in doubt."""

from __future__ import annotations

from typing import Any, Protocol

from stores.connectors.tiktok.client import TikTokClient
from stores.connectors.tiktok.confirm import Correct, Tell, Told, checked_number, plan
from stores.connectors.tiktok.fields import FieldError, Json
from stores.connectors.tiktok.lines import groups_of
from stores.connectors.tiktok.operations import CORRECT_ORDER, CORRECT_PACKAGE, SHIP
from stores.connectors.tiktok.parse import ON_HOLD, asks_to_cancel
from stores.connectors.tiktok.providers import Providers
from stores.connectors.tiktok.refusals import CANCEL_OPEN, CORRECT, MAY_BE_DONE
from stores.connectors.tiktok.refusals import ON_HOLD as HELD
from stores.connectors.tiktok.refusals import SHIP as SHIP_REFUSALS
from stores.connectors.tiktok.shops import Shop
from stores.errors import RejectedError, UnexpectedAnswerError
from stores.remote_types import Confirmation


class OrderReader(Protocol):
    """Reads one order's detail; None where TikTok does not know it."""

    def __call__(self, shop: Shop, order_id: str, *, urgent: bool) -> Json | None: ...


class Dispatcher:
    """Confirms the dispatches of one account."""

    def __init__(
        self, client: TikTokClient, providers: Providers, read: OrderReader
    ) -> None:
        self._client = client
        self._providers = providers
        self._read = read

    def confirm(
        self, shop: Shop, confirmation: Confirmation, *, urgent: bool = False
    ) -> None:
        """Mark as shipped, or correct the number; harmless to repeat."""
        number = checked_number(confirmation)
        order, step = self._plan(shop, confirmation, number, urgent=urgent)
        if isinstance(step, Told):
            return
        _may_be_told(order)
        provider = self._providers.pick(
            shop,
            confirmation.delivery_option or str(order.get("delivery_option_id") or ""),
            code=confirmation.carrier_code,
            name=confirmation.carrier_name,
            urgent=urgent,
        )
        try:
            self._send(shop, confirmation, step, number, provider, urgent=urgent)
        except RejectedError as error:
            refusal = error
        else:
            return
        # Our own earlier call may have arrived: then the number shows it.
        if refusal.code in MAY_BE_DONE:
            try:
                _, step = self._plan(shop, confirmation, number, urgent=urgent)
            except RejectedError:
                raise refusal from None
            if isinstance(step, Told):
                return
        raise refusal

    def _plan(
        self, shop: Shop, confirmation: Confirmation, number: str, *, urgent: bool
    ) -> tuple[Json, Told | Tell | Correct]:
        """The order as it is now, and what is to be done."""
        order_id = confirmation.order_remote_id
        order = self._read(shop, order_id, urgent=urgent)
        if order is None:
            raise RejectedError(
                f"TikTok does not show order {order_id} to this seller",
                code="order_unknown",
                field="orderId",
            )
        try:
            groups = groups_of(order)
        except FieldError as error:
            problem = f"Order {order_id} can't be read: {error}"
        else:
            return order, plan(confirmation, number, groups)
        raise UnexpectedAnswerError(problem)

    def _send(
        self,
        shop: Shop,
        confirmation: Confirmation,
        step: Tell | Correct,
        number: str,
        provider: str,
        *,
        urgent: bool,
    ) -> None:
        pair = {"tracking_number": number, "shipping_provider_id": provider}
        body: dict[str, Any]
        if isinstance(step, Tell):
            body = {**pair, "order_line_item_ids": list(step.unit_ids)}
            operation, ids, table = SHIP, {}, SHIP_REFUSALS
        elif step.package_id:
            body = {"shipping_info_list": [pair]}
            operation, table = CORRECT_PACKAGE, CORRECT
            ids = {"package_id": step.package_id}
        else:
            body, operation, ids, table = pair, CORRECT_ORDER, {}, CORRECT
        self._client.send(
            operation,
            cipher=shop.cipher,
            ids=ids or {"order_id": confirmation.order_remote_id},
            body=body,
            refusals=table,
            urgent=urgent,
        )


def _may_be_told(order: Json) -> None:
    """Refuse what TikTok would refuse anyway, or what would end a request by the way."""
    if order.get("status") == ON_HOLD:
        row = SHIP_REFUSALS[21011044]
        raise RejectedError(row.sentence, code=HELD)
    if asks_to_cancel(order):
        row = SHIP_REFUSALS[21011007]
        raise RejectedError(row.sentence, code=CANCEL_OPEN)
