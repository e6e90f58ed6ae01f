"""eBay, one seller through one application: the connector (see README.md here)."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from shipsync_site.lib import clock
from stores.connectors import CONNECTORS
from stores.connectors.base import (
    AccountConfig,
    Alike,
    Capability,
    ChoiceStore,
    CombinedRule,
    Connector,
    RefundRule,
    Stream,
    TokenStore,
)
from stores.connectors.census import no_order_refused
from stores.connectors.ebay import (
    cancel,
    census,
    check,
    consent,
    fields,
    notify,
    settlements,
    window,
)
from stores.connectors.ebay.carriers import DEFAULT_CARRIERS
from stores.connectors.ebay.client import BUDGET_SPECS, EbayClient
from stores.connectors.ebay.confirm import fulfillment_body, plain_number
from stores.connectors.ebay.deadlines import DEADLINES
from stores.connectors.ebay.errors import MAY_BE_DONE, NOT_FOUND
from stores.connectors.ebay.finances import Finances
from stores.connectors.ebay.forms import (
    ACCOUNT_HELP,
    DEFAULT_FIRST_PULL_DAYS,
    GRANTED_SECRETS,
    SECRET_FIELDS,
    EbaySettingsForm,
)
from stores.connectors.ebay.marketplaces import MARKETPLACES
from stores.connectors.ebay.parcels import packages_of_list
from stores.connectors.ebay.parse import (
    CANCELED,
    IN_PROGRESS,
    cancel_state_of,
    parse_order,
    parse_orders,
)
from stores.connectors.ebay.post_order import PostOrder
from stores.connectors.ebay.quota import QuotaWatch
from stores.connectors.ebay.standards import STANDARDS, UNSEEN
from stores.connectors.ebay.times import USUAL_TIMES
from stores.errors import (
    RejectedError,
    ThrottledError,
    TransientError,
    UnexpectedAnswerError,
)
from stores.http import Answer, Gateway
from stores.remote_money import CensusStep, MoneyStep
from stores.remote_types import (
    Block,
    CancellationAnswer,
    Choice,
    Confirmation,
    ConnectionReport,
    CursorState,
    Expiry,
    Grant,
    MalformedOrder,
    OrderPage,
    RemoteOrder,
    RemotePackage,
    WebhookAnswer,
    WebhookRequest,
)

logger = logging.getLogger(__name__)

# How many orders of a page are read again one by one, those asked to cancel first.
READ_AGAIN = 25


class EbayConnector(Connector):
    """getOrders in, createShippingFulfillment out, notifications by the way."""

    code = "ebay"
    label = "eBay"
    seller_pages = "eBay Seller Hub"
    refund_rule = RefundRule(
        sentence="eBay refunds a cancelled order by itself, in up to 10 days; what was "
        "shipped is refunded by the seller.",
        days=10,
    )
    combined_rule = CombinedRule(
        sentence="eBay takes one tracking number on several orders of the same buyer "
        "only, and refuses it otherwise (error 21916964).",
        alike=(Alike.BUYER,),
    )
    deadlines = DEADLINES
    standards = STANDARDS
    standards_unseen = UNSEEN
    capabilities = frozenset(
        {
            Capability.CONFIRM_DISPATCH,
            Capability.CONFIRM_ENDS_REQUEST,
            Capability.READ_ONE,
            Capability.READ_BACK_LIST,
            Capability.CANCEL_REQUESTS,
            Capability.CENSUS,
            Capability.CONSENT,
            Capability.WEBHOOKS,
            Capability.ACCEPT_CANCELLATION,
            Capability.REJECT_CANCELLATION,
            Capability.LIST_CHOICES,
            Capability.SETTLEMENTS,
        }
    )
    settlement_source = "ebay_payout"
    usual_times = USUAL_TIMES
    # A payout that failed is tried again for weeks.
    settlements_settle = timedelta(days=30)
    settlements_need = (
        "the scope sell.finances in the seller's consent, and signed messages for "
        "sellers in the UK and the EU"
    )
    documentation_url = (
        "https://developer.ebay.com/api-docs/sell/fulfillment/overview.html"
    )
    settings_form = EbaySettingsForm
    account_help: ClassVar = ACCOUNT_HELP
    secret_fields = SECRET_FIELDS
    granted_secrets = GRANTED_SECRETS
    marketplaces = MARKETPLACES
    budget_specs = BUDGET_SPECS
    default_carriers = DEFAULT_CARRIERS
    # The collected tax is in a line's total, not in its cost, which is what we read.
    prices_include_tax = False
    # Nothing pushes cancel requests: the list is looked at often, which quotas allow.
    streams: ClassVar = {
        Stream.OPEN: timedelta(minutes=2),
        Stream.SHIPPED: timedelta(minutes=10),
    }
    # eBay itself shows names and addresses for 90 days after the order.
    retention = timedelta(days=60)

    def __init__(
        self,
        account: AccountConfig,
        *,
        gateway: Gateway,
        tokens: TokenStore,
        choices: ChoiceStore | None = None,
    ) -> None:
        super().__init__(account, gateway=gateway, tokens=tokens, choices=choices)
        self.client = EbayClient(account, gateway=gateway, tokens=tokens)

    def __repr__(self) -> str:
        return f"EbayConnector({self.account.key})"

    def check_connection(self) -> ConnectionReport:
        return check.check(self.client, self.account, self.gateway, now=clock.now())

    def fetch_page(
        self, stream: Stream, cursor: CursorState, *, now: datetime
    ) -> OrderPage:
        params, offset = window.request(
            stream, cursor, now=now, first_pull=self._first_pull()
        )
        if not offset:
            QuotaWatch(self.gateway, self.tokens).look(self.client.rate_limits)
        try:
            answer = self.client.get_orders(params | {"offset": str(offset)})
        except RejectedError as error:
            problem = UnexpectedAnswerError(
                error.message, code=error.code, status=error.status
            )
        else:
            return self._page(cursor, params, offset, answer, now)
        raise problem

    def _page(
        self,
        cursor: CursorState,
        params: dict[str, str],
        offset: int,
        answer: Answer,
        now: datetime,
    ) -> OrderPage:
        body = _object(answer)
        rows = body.get("orders")
        if not isinstance(rows, list):
            raise answer.unexpected("getOrders answered without a list of orders")
        orders, malformed = parse_orders(rows, as_of=answer.started_at)
        state, more = window.following(
            cursor,
            params,
            offset,
            rows=len(rows),
            goes_on=bool(body.get("next")),
            now=now,
        )
        return OrderPage(
            orders=self._read_again(orders),
            malformed=malformed,
            next=state,
            more=more,
            as_of=answer.started_at,
        )

    def _read_again(self, orders: tuple[RemoteOrder, ...]) -> tuple[RemoteOrder, ...]:
        """The list hides who asks to cancel and why: ask for those orders one by one.

        That somebody asks it does tell, so an order that can't be read now is taken as
        the list has it: asked for, the reason unknown.
        """
        wanted = [
            order.remote_id
            for state in (IN_PROGRESS, CANCELED)
            for order in orders
            if cancel_state_of(order) == state
        ][:READ_AGAIN]
        fuller: dict[str, RemoteOrder] = {}
        for order_id in wanted:
            try:
                answer = self.client.get_order(order_id)
                fuller[order_id] = parse_order(_object(answer), as_of=answer.started_at)
            except (ThrottledError, TransientError) as error:
                logger.warning(
                    "account=%s: cancellations are taken from the list: %s",
                    self.account.key,
                    error.message,
                )
                break
            except (RejectedError, UnexpectedAnswerError, fields.FieldError):
                continue
        return tuple(fuller.get(order.remote_id, order) for order in orders)

    def fetch_order(
        self, remote_id: str, *, urgent: bool = False
    ) -> RemoteOrder | None:
        try:
            answer = self.client.get_order(remote_id, urgent=urgent)
        except RejectedError as error:
            if error.code == NOT_FOUND:
                return None
            raise
        body = _object(answer)
        try:
            packages: tuple[RemotePackage, ...] | None = None
            if body.get("fulfillmentHrefs"):
                packages = self._packages(remote_id, urgent=urgent)
            return parse_order(body, as_of=answer.started_at, packages=packages)
        except fields.FieldError as error:
            problem = f"getOrder {remote_id}: {error}"
        raise answer.unexpected(problem)

    def _packages(self, order_id: str, *, urgent: bool) -> tuple[RemotePackage, ...]:
        answer = self.client.get_fulfillments(order_id, urgent=urgent)
        try:
            return packages_of_list(_object(answer))
        except fields.FieldError as error:
            problem = f"getShippingFulfillments {order_id}: {error}"
        raise answer.unexpected(problem)

    def census(
        self,
        marketplace_id: str,
        since: datetime,
        until: datetime,
        cursor: Mapping[str, Any],
        *,
        now: datetime,
    ) -> CensusStep:
        with no_order_refused():
            return census.take(
                self.client, marketplace_id, since, until, cursor, now=now
            )

    def fetch_settlements(
        self,
        since: datetime,
        cursor: Mapping[str, Any],
        *,
        now: datetime,
        known: Collection[str] = (),
    ) -> MoneyStep:
        finances = Finances(self.client, self.tokens, signed=self._signs)
        return settlements.take(finances, since, cursor, now=now)

    @classmethod
    def reparse(
        cls, raw: Any, *, block: str, as_of: datetime
    ) -> RemoteOrder | MalformedOrder:
        orders, malformed = parse_orders([raw], as_of=as_of)
        if malformed:
            return malformed[0]
        # Parcels may have been read by a call of their own, and more fully.
        blocks = orders[0].blocks - {Block.PACKAGES}
        return replace(orders[0], packages=None, blocks=blocks)

    @classmethod
    def confirmation_shown(cls, confirmation: Confirmation) -> Any:
        return fulfillment_body(confirmation)

    def confirm(self, confirmation: Confirmation, *, urgent: bool = False) -> None:
        body = fulfillment_body(confirmation)
        order_id = confirmation.order_remote_id
        try:
            self.client.create_fulfillment(order_id, body, urgent=urgent)
        except RejectedError as error:
            refusal = error
        else:
            return
        # eBay has no reference of ours: the number itself shows an earlier success.
        if refusal.code in MAY_BE_DONE and self._is_told(
            order_id, body["trackingNumber"], urgent=urgent
        ):
            return
        raise refusal

    def _is_told(self, order_id: str, number: str, *, urgent: bool) -> bool:
        told = self._packages(order_id, urgent=urgent)
        return any(
            plain_number(package.tracking_number).upper() == number.upper()
            for package in told
        )

    def answer_cancellation(
        self, answer: CancellationAnswer, *, urgent: bool = False
    ) -> None:
        cancel.tell(
            self.client,
            PostOrder(self.client, self.tokens),
            answer,
            signed=self._signs,
            urgent=urgent,
        )

    def fetch_choices(self) -> tuple[Choice, ...]:
        # No call tells them: they are those of Post-Order's enum.
        return cancel.CHOICES

    def consent_url(self, *, state: str, redirect_uri: str) -> str:
        return consent.consent_url(self.client, self.account, state=state)

    def redeem_consent(self, answer: Mapping[str, str], *, redirect_uri: str) -> Grant:
        return consent.redeem(self.client, self.account, answer, now=clock.now())

    def expiries(self) -> tuple[Expiry, ...]:
        return consent.expiries(self.account)

    def receive(self, request: WebhookRequest) -> WebhookAnswer:
        return notify.receive(self.client, self.account, self.tokens, request)

    @property
    def _signs(self) -> bool:
        return bool(self.account.settings.get("signs_messages", True))

    def _first_pull(self) -> timedelta:
        days = self.account.settings.get("first_pull_days") or DEFAULT_FIRST_PULL_DAYS
        return timedelta(days=int(days))


def _object(answer: Answer) -> dict[str, Any]:
    body = answer.json()
    if not isinstance(body, dict):
        raise answer.unexpected("eBay answered with something else than an object")
    return body


CONNECTORS.register(EbayConnector)
