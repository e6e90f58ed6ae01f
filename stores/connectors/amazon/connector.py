"""Amazon, one seller in one region: the connector (SP-API; see README.md here)."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from shipsync_site.lib import clock
from stores.connectors import CONNECTORS
from stores.connectors.amazon import (
    cancel,
    census,
    check,
    consent,
    fields,
    queue,
    settlement,
    settlements,
    window,
)
from stores.connectors.amazon.carriers import DEFAULT_CARRIERS
from stores.connectors.amazon.client import BUDGET_SPECS, AmazonClient
from stores.connectors.amazon.confirm import confirmation_body
from stores.connectors.amazon.deadlines import DEADLINES
from stores.connectors.amazon.forms import (
    ACCOUNT_HELP,
    DEFAULT_FIRST_PULL_DAYS,
    GRANTED_SECRETS,
    SECRET_FIELDS,
    AmazonSettingsForm,
)
from stores.connectors.amazon.marketplaces import MARKETPLACES, REGION_OF, REGIONS
from stores.connectors.amazon.parse import (
    line_identifiers,
    parse_order,
    parse_orders,
)
from stores.connectors.amazon.standards import STANDARDS, UNSEEN
from stores.connectors.amazon.times import USUAL_TIMES
from stores.connectors.base import (
    AccountConfig,
    Capability,
    ChoiceStore,
    CombinedRule,
    Connector,
    RefundRule,
    Stream,
    TokenStore,
)
from stores.errors import RejectedError
from stores.http import Answer, Gateway
from stores.remote_lanes import LaneRule
from stores.remote_money import (
    CensusStep,
    MoneyLine,
    MoneyStep,
    SettlementHead,
)
from stores.remote_types import (
    CancellationAnswer,
    Choice,
    Confirmation,
    ConnectionReport,
    CursorState,
    Expiry,
    Grant,
    MalformedOrder,
    Notice,
    OrderPage,
    RemoteOrder,
)

logger = logging.getLogger(__name__)


class AmazonConnector(Connector):
    """Orders v2026-01-01 in, confirmShipment v0 and acknowledgement feeds out."""

    code = "amazon"
    label = "Amazon"
    seller_pages = "Amazon Seller Central"
    refund_rule = RefundRule(
        sentence="Amazon charges the buyer when a dispatch is confirmed: cancelled before "
        "that, nothing is to be refunded; after it the seller refunds.",
    )
    combined_rule = CombinedRule(
        sentence="ShipStation's help says that combined Amazon orders are not updated "
        "properly; customs forbid to merge orders into the UK or the EU from outside.",
        allowed=("forbid", "ask"),
    )
    deadlines = DEADLINES
    standards = STANDARDS
    standards_unseen = UNSEEN
    capabilities = frozenset(
        {
            Capability.CONFIRM_DISPATCH,
            Capability.READ_ONE,
            Capability.READ_BACK_LIST,
            Capability.CANCEL_REQUESTS,
            Capability.CENSUS,
            Capability.CORRECT_DISPATCH,
            Capability.CONSENT,
            Capability.LISTEN,
            Capability.ACCEPT_CANCELLATION,
            Capability.SETTLEMENT_FILES,
            Capability.SETTLEMENTS,
            Capability.LIST_CHOICES,
        }
    )
    settlement_source = "amazon_v2"
    usual_times = USUAL_TIMES
    settlements_need = "the role Finance and Accounting of the application"
    documentation_url = "https://developer-docs.amazon.com/sp-api/"
    settings_form = AmazonSettingsForm
    account_help: ClassVar = ACCOUNT_HELP
    secret_fields = SECRET_FIELDS
    granted_secrets = GRANTED_SECRETS
    regions = REGIONS
    marketplaces = MARKETPLACES
    marketplace_regions: ClassVar = REGION_OF
    budget_specs = BUDGET_SPECS
    default_carriers = DEFAULT_CARRIERS
    # In Europe the total is that of ITEM and SHIPPING: TAX is a part of them.
    prices_include_tax = True
    # No interface lists the carriers; 'Other' does not pass.
    eligible_carriers = LaneRule(
        destination="EU",
        limit_eur=Decimal(150),
        since=datetime(2026, 7, 1, tzinfo=UTC),
        source="Amazon's notice on the EU customs reform, in force from 1 July 2026",
        listed="Seller Central, Help, 'Out-of-Region Carrier List'",
    )
    # searchOrders gives a call per 178.6 s: 16 + 4 an hour leave a little for pages.
    streams: ClassVar = {
        Stream.OPEN: timedelta(seconds=225),
        Stream.SHIPPED: timedelta(minutes=15),
    }
    # Data Protection Policy: 30 days after delivery.
    retention = timedelta(days=30)

    @classmethod
    def read_settlement_file(
        cls, content: bytes
    ) -> tuple[SettlementHead, Iterator[MoneyLine]]:
        """Read a settlement report, flat file V2."""
        return settlement.read(content)

    def __init__(
        self,
        account: AccountConfig,
        *,
        gateway: Gateway,
        tokens: TokenStore,
        choices: ChoiceStore | None = None,
    ) -> None:
        super().__init__(account, gateway=gateway, tokens=tokens, choices=choices)
        self.client = AmazonClient(account, gateway=gateway, tokens=tokens)
        self.queue = queue.of(account, gateway=gateway)

    def __repr__(self) -> str:
        return f"AmazonConnector({self.account.key})"

    def check_connection(self) -> ConnectionReport:
        return check.check(self.client, self.account, self.queue, now=clock.now())

    def fetch_page(
        self, stream: Stream, cursor: CursorState, *, now: datetime
    ) -> OrderPage:
        params, token = window.request(
            stream,
            cursor,
            now=now,
            first_pull=self._first_pull(),
            marketplace_ids=self.account.marketplace_ids,
        )
        sent = params | ({"paginationToken": token} if token else {})
        try:
            answer = self.client.search_orders(sent)
        except RejectedError as error:
            if not token:
                raise
            # A token that Amazon no longer takes: the window is read again.
            logger.warning(
                "account=%s stream=%s: pagination token refused (%s), window restarted",
                self.account.key,
                stream,
                error.code,
            )
            return OrderPage(
                orders=(),
                malformed=(),
                next=window.restarted(cursor),
                more=True,
                as_of=now,
            )
        return self._page(cursor, params, token, answer, now)

    def _page(
        self,
        cursor: CursorState,
        params: dict[str, str],
        token: str,
        answer: Answer,
        now: datetime,
    ) -> OrderPage:
        body = _object(answer)
        rows = body.get("orders")
        if not isinstance(rows, list):
            raise answer.unexpected("searchOrders answered without a list of orders")
        try:
            pagination = fields.obj(body, "pagination", "")
            next_token = fields.text(pagination, "nextToken", "pagination.")
            end = fields.moment(body, "lastUpdatedBefore", "")
        except fields.FieldError as error:
            problem = f"searchOrders: {error}"
        else:
            orders, malformed = parse_orders(
                rows,
                asked=params.get("includedData", "").split(","),
                as_of=answer.started_at,
            )
            state, more = window.following(
                cursor, params, token, next_token, end, now=now
            )
            return OrderPage(
                orders=orders,
                malformed=malformed,
                next=state,
                more=more,
                as_of=answer.started_at,
            )
        raise answer.unexpected(problem)

    def fetch_order(
        self, remote_id: str, *, urgent: bool = False
    ) -> RemoteOrder | None:
        try:
            answer = self.client.get_order(
                remote_id, ",".join(window.ALL_DATA), urgent=urgent
            )
        except RejectedError as error:
            if error.status == 404:
                return None
            raise
        body = _object(answer)
        # The older API answers 200 without an order for an id it doesn't know.
        if not body.get("order"):
            return None
        try:
            return parse_order(
                body["order"], asked=window.ALL_DATA, as_of=answer.started_at
            )
        except fields.FieldError as error:
            problem = f"getOrder {remote_id}: {error}"
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
        return census.take(self.client, marketplace_id, since, until, cursor, now=now)

    def fetch_settlements(
        self,
        since: datetime,
        cursor: Mapping[str, Any],
        *,
        now: datetime,
        known: Collection[str] = (),
    ) -> MoneyStep:
        return settlements.take(self.client, since, cursor, now=now, known=known)

    @classmethod
    def reparse(
        cls, raw: Any, *, block: str, as_of: datetime
    ) -> RemoteOrder | MalformedOrder:
        # Only reads for shipping ask for the recipient, and they ask for everything.
        whole = block == "order" or (isinstance(raw, dict) and "recipient" in raw)
        asked = window.ALL_DATA if whole else window.READ_BACK_DATA
        orders, malformed = parse_orders([raw], asked=asked, as_of=as_of)
        return orders[0] if orders else malformed[0]

    @classmethod
    def line_identifiers(cls, raw: Any) -> Mapping[str, Mapping[str, str]]:
        """The ASIN of each line (Orders v2026-01-01: orderItems[].product.asin)."""
        return line_identifiers(raw)

    @classmethod
    def confirmation_shown(cls, confirmation: Confirmation) -> Any:
        return confirmation_body(confirmation)

    def confirm(self, confirmation: Confirmation, *, urgent: bool = False) -> None:
        self.client.confirm_shipment(
            confirmation.order_remote_id,
            confirmation_body(confirmation),
            urgent=urgent,
        )

    def answer_cancellation(
        self, answer: CancellationAnswer, *, urgent: bool = False
    ) -> None:
        cancel.tell(
            self.client,
            self.tokens,
            self.account,
            answer,
            self.fetch_order(answer.order_remote_id, urgent=urgent),
            urgent=urgent,
        )

    def fetch_choices(self) -> tuple[Choice, ...]:
        # No call tells them: they are those of the feed's schema.
        return cancel.CHOICES

    @property
    def listens(self) -> bool:
        return self.queue is not None

    def listen(self) -> tuple[Notice, ...]:
        # Without a queue there is nothing to hear, and no error either.
        return self.queue.receive() if self.queue else ()

    def heard(self, notices: tuple[Notice, ...]) -> None:
        if self.queue and notices:
            self.queue.delete(notices)

    def consent_url(self, *, state: str, redirect_uri: str) -> str:
        return consent.url(self.account, state=state, redirect_uri=redirect_uri)

    def redeem_consent(self, answer: Mapping[str, str], *, redirect_uri: str) -> Grant:
        return consent.redeem(
            self.client, self.account, answer, redirect_uri=redirect_uri
        )

    def expiries(self) -> tuple[Expiry, ...]:
        return consent.expiries(self.account)

    def _first_pull(self) -> timedelta:
        days = self.account.settings.get("first_pull_days") or DEFAULT_FIRST_PULL_DAYS
        return timedelta(days=int(days))


def _object(answer: Answer) -> dict[str, Any]:
    body = answer.json()
    if not isinstance(body, dict):
        raise answer.unexpected("Amazon answered with something else than an object")
    return body


CONNECTORS.register(AmazonConnector)
