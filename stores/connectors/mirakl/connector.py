"""Mirakl, one shop at one operator: the connector (see README.md here)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

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
from stores.connectors.mirakl import (
    accepting,
    answers,
    census,
    check,
    lists,
    settlements,
    window,
)
from stores.connectors.mirakl.carriers import (
    DEFAULT_CARRIERS,
    Carrier,
    Unlisted,
    resolve,
)
from stores.connectors.mirakl.client import BUDGET_SPECS, MiraklClient
from stores.connectors.mirakl.confirm import Partial
from stores.connectors.mirakl.deadlines import DEADLINES
from stores.connectors.mirakl.errors import WRONG_STATE
from stores.connectors.mirakl.fields import FieldError, Json
from stores.connectors.mirakl.forms import (
    ACCOUNT_HELP,
    DEFAULT_FIRST_PULL_DAYS,
    SECRET_FIELDS,
    SEVERAL,
    WHOLE,
    MiraklSettingsForm,
    read_links,
    shop_id_problem,
)
from stores.connectors.mirakl.lists import Lists
from stores.connectors.mirakl.pages import Pages
from stores.connectors.mirakl.parse import parse_order, parse_orders
from stores.connectors.mirakl.reading import Reading
from stores.connectors.mirakl.standards import STANDARDS, UNSEEN
from stores.connectors.mirakl.telling import Telling, order_in, orders_in
from stores.connectors.mirakl.times import USUAL_TIMES
from stores.errors import (
    RejectedError,
    TransientError,
    UnexpectedAnswerError,
    UnsupportedOperationError,
)
from stores.http import Answer, Gateway
from stores.remote_money import CensusStep, MoneyStep
from stores.remote_types import (
    Acceptance,
    CancellationAnswer,
    Choice,
    Confirmation,
    ConnectionReport,
    CursorState,
    MalformedOrder,
    OrderPage,
    RemoteOrder,
)


class MiraklConnector(Connector):
    """OR11 in; OR23 and OR24, or ST01, out."""

    code = "mirakl"
    label = "Mirakl"
    seller_pages = "the operator's seller back office (Mirakl)"
    refund_rule = RefundRule(
        sentence="The operator gives a cancelled order's money back; after shipping the "
        "seller refunds (OR28).",
    )
    combined_rule = CombinedRule(
        sentence="Mirakl has no rule of its own; only orders of the same operator may "
        "share a parcel.",
        alike=(Alike.OPERATOR,),
    )
    deadlines = DEADLINES
    standards = STANDARDS
    standards_unseen = UNSEEN
    capabilities = frozenset(
        {
            Capability.CONFIRM_DISPATCH,
            Capability.CORRECT_DISPATCH,
            Capability.READ_ONE,
            Capability.CANCEL_REQUESTS,
            Capability.CENSUS,
            Capability.ACCEPT_ORDERS,
            Capability.ACCEPT_CANCELLATION,
            Capability.LIST_CHOICES,
            Capability.SETTLEMENTS,
        }
    )
    settlement_source = "mirakl_cycle"
    usual_times = USUAL_TIMES
    # A cycle is paid days or weeks after it was closed.
    settlements_settle = timedelta(days=45)
    settlements_need = "a key of a user who may see the shop's accounting"
    documentation_url = "https://developer.mirakl.com/"
    settings_form = MiraklSettingsForm
    account_help: ClassVar = ACCOUNT_HELP
    secret_fields = SECRET_FIELDS
    regions = (("", "Chosen from the list of operators"),)
    operators = True
    budget_specs = BUDGET_SPECS
    default_carriers = DEFAULT_CARRIERS
    prices_include_tax = True
    # At most once a minute; nothing is pushed, and late cancellations come this way.
    streams: ClassVar = {Stream.OPEN: timedelta(minutes=2)}
    # Mirakl names no term: until the parcel's complaints and returns are over.
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
        self.client = MiraklClient(account, gateway=gateway)
        self.lists = Lists(self.client, self.choices)

    def __repr__(self) -> str:
        return f"MiraklConnector({self.account.key})"

    @classmethod
    def seller_id_problem(cls, seller_id: str) -> str:
        return shop_id_problem(seller_id)

    def check_connection(self) -> ConnectionReport:
        return check.check(self.client, self.account, self.lists)

    def fetch_page(
        self, stream: Stream, cursor: CursorState, *, now: datetime
    ) -> OrderPage:
        params, offset = window.request(cursor, now=now, first_pull=self._first_pull())
        try:
            answer = self.client.orders(params, offset)
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
        body = answer.json()
        rows = orders_in(answer)
        total = body.get("total_count")
        if isinstance(total, bool) or not isinstance(total, int):
            raise answer.unexpected("OR11 answered without the count of orders")
        pages = Pages(self.client, self._reading())
        orders, malformed = pages.read(answer, rows)
        if not offset:
            known = {order.remote_id for order in orders}
            late = pages.late(params["start_update_date"], known)
            orders, malformed = orders + late[0], malformed + late[1]
        state, more = window.following(
            cursor, params, offset, rows=len(rows), total=total, now=now
        )
        return OrderPage(
            orders=orders,
            malformed=malformed,
            next=state,
            more=more,
            as_of=answer.started_at,
        )

    def fetch_order(
        self, remote_id: str, *, urgent: bool = False
    ) -> RemoteOrder | None:
        answer = self.client.order(remote_id, urgent=urgent)
        raw = order_in(answer, remote_id)
        if raw is None:
            return None
        reading = self._reading()
        shipments = None
        if reading.several:
            shipments = Telling(self.client, urgent=urgent).shipments([remote_id])
        try:
            return parse_order(
                reading.keep(raw, shipments), as_of=answer.started_at, reading=reading
            )
        except FieldError as error:
            problem = f"Order {remote_id}: {error}"
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
                self.client, self._reading(), marketplace_id, since, until, cursor
            )

    def fetch_settlements(
        self,
        since: datetime,
        cursor: Mapping[str, Any],
        *,
        now: datetime,
        known: Collection[str] = (),
    ) -> MoneyStep:
        return settlements.take(self.client, since, cursor)

    @classmethod
    def reparse(
        cls, raw: Any, *, block: str, as_of: datetime
    ) -> RemoteOrder | MalformedOrder:
        reading = Reading.kept_in(raw if isinstance(raw, dict) else {})
        orders, malformed = parse_orders([raw], as_of=as_of, reading=reading)
        return malformed[0] if malformed else orders[0]

    @classmethod
    def carrier_told(cls, code: str, name: str, listed: tuple[Choice, ...]) -> str:
        return resolve(code, name, listed, Unlisted()).code

    def confirm(self, confirmation: Confirmation, *, urgent: bool = False) -> None:
        several = self._several()
        if several is None:
            raise TransientError(
                "The operator's configuration (PC01) can't be read, and without it "
                "nobody knows how a parcel is told; it is tried again",
                code="platform_unknown",
            )

        def carrier() -> Carrier:
            return resolve(
                confirmation.carrier_code,
                confirmation.carrier_name,
                self.lists.carriers(),
                self._unlisted(),
            )

        telling = Telling(self.client, urgent=urgent)
        if several:
            telling.parcel(confirmation, carrier)
        else:
            partial = Partial(self.account.settings.get("partial") or Partial.ASK)
            telling.whole(confirmation, carrier, partial)

    def accept(self, acceptance: Acceptance, *, urgent: bool = False) -> None:
        order_id = acceptance.order_remote_id
        body = accepting.accept_body(acceptance)
        try:
            self.client.accept(order_id, body, urgent=urgent)
        except RejectedError as error:
            refused = error
        else:
            return
        if refused.code == WRONG_STATE:
            now = Telling(self.client, urgent=urgent).order(order_id)
            with _readable(order_id):
                if accepting.is_done(now, acceptance):
                    return
        raise refused

    def answer_cancellation(
        self, answer: CancellationAnswer, *, urgent: bool = False
    ) -> None:
        if not answer.accept:
            raise UnsupportedOperationError(
                "Mirakl has no request to cancel that could be refused: write to the "
                "customer in the operator's back office"
            )
        order_id = answer.order_remote_id
        telling = Telling(self.client, urgent=urgent)
        with _readable(order_id):
            raw = telling.order(order_id)
            sent = telling.sent(order_id) if self._several() else {}
            if answers.is_done(raw, answer, sent):
                return
            try:
                self._cancel(raw, answer, sent, urgent=urgent)
            except RejectedError as error:
                refused = error
            else:
                return
            if refused.code == WRONG_STATE and answers.is_done(
                telling.order(order_id), answer, sent
            ):
                return
        raise refused

    def _cancel(
        self,
        raw: Json,
        answer: CancellationAnswer,
        sent: answers.Sent,
        *,
        urgent: bool,
    ) -> None:
        """The whole order by one call; with a reason, or partly sent, by its lines."""
        if answer.whole and not answer.reason and not sent:
            answers.may_cancel_whole(raw)
            self.client.cancel_order(answer.order_remote_id, urgent=urgent)
            return
        usual = str(self.account.settings.get("cancel_reason") or "")
        body = answers.lines_body(raw, answer, answer.reason or usual, sent)
        self.client.cancel_lines(body, urgent=urgent)

    def fetch_choices(self) -> tuple[Choice, ...]:
        return self.lists.every()

    def _several(self) -> bool | None:
        """Whether parcels are shipments; None while the operator does not say."""
        said = self.account.settings.get("shipments")
        if said in (SEVERAL, WHOLE):
            return bool(said == SEVERAL)
        return self.lists.feature(lists.SEVERAL)

    def _reading(self) -> Reading:
        return replace(
            Reading.of(self.account),
            several=self._several(),
            collected=self.lists.methods(lists.COLLECTED),
            theirs=self.lists.methods(lists.THEIRS),
        )

    def _unlisted(self) -> Unlisted:
        settings = self.account.settings
        if not settings.get("unlisted"):
            return Unlisted()
        taken = self.lists.feature(lists.OTHER_CARRIERS)
        return Unlisted(
            allowed=taken is not False,
            links=read_links(str(settings.get("links") or "")),
        )

    def _first_pull(self) -> timedelta:
        days = self.account.settings.get("first_pull_days") or DEFAULT_FIRST_PULL_DAYS
        return timedelta(days=int(days))


@contextmanager
def _readable(order_id: str) -> Iterator[None]:
    """A field of the order that can't be read is an answer that does not fit."""
    problem = ""
    try:
        yield
    except FieldError as error:
        problem = f"Order {order_id}: {error}"
    if problem:
        raise UnexpectedAnswerError(problem)


CONNECTORS.register(MiraklConnector)
