"""TikTok Shop, one seller through one app: the connector (see README.md here)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
from stores.connectors.tiktok import (
    census,
    check,
    consent,
    notify,
    settlements,
    window,
)
from stores.connectors.tiktok.answering import Answering
from stores.connectors.tiktok.carriers import DEFAULT_CARRIERS
from stores.connectors.tiktok.client import TikTokClient
from stores.connectors.tiktok.deadlines import DEADLINES
from stores.connectors.tiktok.dispatch import Dispatcher
from stores.connectors.tiktok.fields import FieldError
from stores.connectors.tiktok.forms import (
    ACCOUNT_HELP,
    DEFAULT_FIRST_PULL_DAYS,
    GRANTED_SECRETS,
    SECRET_FIELDS,
    TikTokSettingsForm,
    shop_code_problem,
)
from stores.connectors.tiktok.operations import BUDGET_SPECS
from stores.connectors.tiktok.parse import parse_all, parse_order, read_of
from stores.connectors.tiktok.providers import Providers, match
from stores.connectors.tiktok.reading import Details, Reader
from stores.connectors.tiktok.reasons import Reasons, usual
from stores.connectors.tiktok.refusals import NOT_FOUND
from stores.connectors.tiktok.regions import MARKETPLACES
from stores.connectors.tiktok.shops import ShopBook
from stores.connectors.tiktok.standards import STANDARDS, UNSEEN
from stores.connectors.tiktok.times import USUAL_TIMES
from stores.errors import RejectedError, UnexpectedAnswerError
from stores.http import Gateway
from stores.remote_money import CensusStep, MoneyStep
from stores.remote_types import (
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
    WebhookAnswer,
    WebhookRequest,
)


class TikTokConnector(Connector):
    """Order search in, packages marked as shipped out, notices by the way."""

    code = "tiktok"
    label = "TikTok Shop"
    seller_pages = "TikTok Shop Seller Center"
    refund_rule = RefundRule(
        sentence="TikTok Shop refunds a cancelled order by itself; from the collection on "
        "there are returns, which the seller grants.",
    )
    combined_rule = CombinedRule(
        sentence="TikTok Shop takes it for the same recipient, name and address, and "
        "for 20 orders at most.",
        alike=(Alike.RECIPIENT,),
        most=20,
    )
    deadlines = DEADLINES
    standards = STANDARDS
    standards_unseen = UNSEEN
    capabilities = frozenset(
        {
            Capability.ACCEPT_CANCELLATION,
            Capability.CANCEL_REQUESTS,
            Capability.CENSUS,
            Capability.CONFIRM_DISPATCH,
            Capability.CONSENT,
            Capability.CORRECT_DISPATCH,
            Capability.LIST_CHOICES,
            Capability.READ_ONE,
            Capability.REJECT_CANCELLATION,
            Capability.SETTLEMENTS,
            Capability.SUBSCRIBE,
            Capability.WEBHOOKS,
        }
    )
    settlement_source = "tiktok_statement"
    usual_times = USUAL_TIMES
    settlements_settle = timedelta(days=30)
    settlements_need = "the finance scope in the app's authorisation"
    documentation_url = (
        "https://partner.tiktokshop.com/docv2/page/650b1b4bbace3e02b76d1011"
    )
    settings_form = TikTokSettingsForm
    account_help: ClassVar = ACCOUNT_HELP
    secret_fields = SECRET_FIELDS
    granted_secrets = GRANTED_SECRETS
    marketplaces = MARKETPLACES
    budget_specs = BUDGET_SPECS
    default_carriers = DEFAULT_CARRIERS
    prices_include_tax = True
    # Orders of every status come in one list: what was told is read back by it as well.
    streams: ClassVar = {Stream.OPEN: timedelta(minutes=1)}
    retention = timedelta(days=30)

    def __init__(
        self,
        account: AccountConfig,
        *,
        gateway: Gateway,
        tokens: TokenStore,
        choices: ChoiceStore | None = None,
    ) -> None:
        super().__init__(account, gateway=gateway, tokens=tokens, choices=choices)
        self.client = TikTokClient(account, gateway=gateway, tokens=tokens)
        self.shops = ShopBook(self.client, account, tokens)
        self.reasons = Reasons(self.client, self.choices)
        self.reader = Reader(self.client, account, self.reasons)
        self.providers = Providers(self.client, self.choices)

    def __repr__(self) -> str:
        return f"TikTokConnector({self.account.key})"

    @classmethod
    def seller_id_problem(cls, seller_id: str) -> str:
        return shop_code_problem(seller_id)

    def check_connection(self) -> ConnectionReport:
        return check.check(self.client, self.shops, self.account, now=clock.now())

    def fetch_page(
        self, stream: Stream, cursor: CursorState, *, now: datetime
    ) -> OrderPage:
        shops = {shop.id: shop for shop in self.shops.used()}
        shop_ids, first_pull = tuple(shops), self._first_pull()
        step = window.step_of(cursor, shop_ids, now=now, first_pull=first_pull)
        shop = shops[step.shop_id]
        try:
            found = self.reader.search(shop, step)
            listed = {}
            if step.phase is window.Phase.ORDERS:
                listed = {str(row.get("id")): row for row in found.rows}
            details = self.reader.details(shop, found.order_ids, listed=listed)
        except RejectedError as error:
            # No order is refused here: the request itself was.
            problem = UnexpectedAnswerError(
                error.message, code=error.code, status=error.status
            )
        else:
            reads = details.reads if details is not None else ()
            as_of = details.as_of if details is not None else now
            orders, malformed = parse_all(reads, as_of=as_of)
            state, more = window.following(
                cursor,
                step,
                shop_ids,
                last_change=found.last_change,
                next_token=found.next_token,
                now=now,
                first_pull=first_pull,
            )
            return OrderPage(
                orders=orders,
                malformed=malformed,
                next=state,
                more=more,
                as_of=as_of,
            )
        raise problem

    def fetch_order(
        self, remote_id: str, *, urgent: bool = False
    ) -> RemoteOrder | None:
        for shop in self.shops.used():
            try:
                details = self.reader.details(shop, [remote_id], urgent=urgent)
            except RejectedError as error:
                if error.code == NOT_FOUND:
                    continue
                raise
            order = self._parsed(remote_id, details)
            if order is not None:
                return order
        return None

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
                self.client, self.shops.of(marketplace_id), since, until, cursor
            )

    def fetch_settlements(
        self,
        since: datetime,
        cursor: Mapping[str, Any],
        *,
        now: datetime,
        known: Collection[str] = (),
    ) -> MoneyStep:
        return settlements.take(self.client, self.shops, since, cursor, now=now)

    @classmethod
    def reparse(
        cls, raw: Any, *, block: str, as_of: datetime
    ) -> RemoteOrder | MalformedOrder:
        try:
            read = read_of(raw)
        except FieldError as error:
            return MalformedOrder(
                remote_id="",
                marketplace_id="",
                field=error.path,
                problem=error.problem,
                raw=raw,
            )
        orders, malformed = parse_all([read], as_of=as_of)
        return malformed[0] if malformed else orders[0]

    @classmethod
    def carrier_told(cls, code: str, name: str, listed: tuple[Choice, ...]) -> str:
        return match(listed, code=code, name=name)

    def confirm(self, confirmation: Confirmation, *, urgent: bool = False) -> None:
        shop = self.shops.of(confirmation.marketplace_id)
        dispatcher = Dispatcher(self.client, self.providers, self.reader.one)
        dispatcher.confirm(shop, confirmation, urgent=urgent)

    def answer_cancellation(
        self, answer: CancellationAnswer, *, urgent: bool = False
    ) -> None:
        shop = self.shops.of(answer.marketplace_id)
        answering = Answering(self.client, self.reader, self.reasons)
        answering.tell(shop, answer, urgent=urgent)

    def fetch_choices(self) -> tuple[Choice, ...]:
        shops = self.shops.used()
        found = [choice for shop in shops for choice in self.providers.all(shop)]
        return (*found, *usual([shop.region for shop in shops]))

    def subscribe(self, url: str) -> None:
        if not self.account.sandbox_url:
            notify.check_address(url)
        notify.subscribe(self.client, self.shops.used(), url)

    def consent_url(self, *, state: str, redirect_uri: str) -> str:
        return consent.consent_url(self.client, self.account, state=state)

    def redeem_consent(self, answer: Mapping[str, str], *, redirect_uri: str) -> Grant:
        return consent.redeem(self.client, answer)

    def expiries(self) -> tuple[Expiry, ...]:
        return consent.expiries(self.account)

    def receive(self, request: WebhookRequest) -> WebhookAnswer:
        return notify.receive(self.account, request)

    def _parsed(self, remote_id: str, details: Details | None) -> RemoteOrder | None:
        """The order of this id among those read; None where it is not."""
        for read in details.reads if details is not None else ():
            if details is not None and str(read.order.get("id")) == remote_id:
                try:
                    return parse_order(read, as_of=details.as_of)
                except FieldError as error:
                    problem = f"getOrderDetail {remote_id}: {error}"
                raise UnexpectedAnswerError(problem)
        return None

    def _first_pull(self) -> timedelta:
        days = self.account.settings.get("first_pull_days") or DEFAULT_FIRST_PULL_DAYS
        return timedelta(days=int(days))


CONNECTORS.register(TikTokConnector)
