"""The contract of a marketplace connector.

A connector is a description (class attributes) plus one account's live object. It
returns only :mod:`stores.remote_types`, raises only :mod:`stores.errors`, reads no
settings and knows no models: its account and its gateway are handed in. What it does
not offer is not in ``capabilities``; calling it raises UnsupportedOperationError.

To add a marketplace: one folder beside this module, registered with
``CONNECTORS.register``; see CONTRIBUTING.md.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from django import forms

from stores.errors import RejectedError, UnsupportedOperationError
from stores.http import Gateway
from stores.money_contract import MoneyContract
from stores.remote_deadlines import Deadline
from stores.remote_lanes import LaneRule
from stores.remote_types import (
    Acceptance,
    BudgetSpec,
    CancellationAnswer,
    CarrierDefault,
    Choice,
    ChoiceKind,
    Confirmation,
    ConnectionReport,
    CursorState,
    Expiry,
    FreshToken,
    Grant,
    MalformedOrder,
    Notice,
    OrderPage,
    RemoteOrder,
    WebhookAnswer,
    WebhookRequest,
)


class Capability(StrEnum):
    """What core code may ask of a connector; never a marketplace's name."""

    CONFIRM_DISPATCH = "confirm_dispatch"
    READ_ONE = "read_one"
    READ_BACK_LIST = "read_back_list"
    CANCEL_REQUESTS = "cancel_requests"
    CORRECT_DISPATCH = "correct_dispatch"
    # A confirmation ends an open request to cancel: the order is read right before.
    CONFIRM_ENDS_REQUEST = "confirm_ends_request"
    CONSENT = "consent"
    WEBHOOKS = "webhooks"
    # Our address is told to the marketplace by a call, not typed in by a person.
    SUBSCRIBE = "subscribe"
    # Messages wait in a queue for us to fetch them.
    LISTEN = "listen"
    # Orders wait until the seller takes them.
    ACCEPT_ORDERS = "accept_orders"
    # A person's word on a cancellation can be told: yes (or cancel as seller), and no.
    ACCEPT_CANCELLATION = "accept_cancellation"
    REJECT_CANCELLATION = "reject_cancellation"
    # The marketplace lists its carriers, reasons or custom fields itself.
    LIST_CHOICES = "list_choices"
    # A source apart from the list that we import from counts the orders of a period.
    CENSUS = "census"
    # Settlements can be fetched; files of them can be read.
    SETTLEMENTS = "settlements"
    SETTLEMENT_FILES = "settlement_files"


class Stream(StrEnum):
    """What a pull reads: orders to ship and cancellations, or shipped ones again."""

    OPEN = "open"
    SHIPPED = "shipped"


class TokenStore(Protocol):
    """Where access tokens lie between processes (single-flight refresh)."""

    def get(self, kind: str) -> str:
        """A token still good for a minute, or ''."""

    def refresh(self, kind: str, fetch: TokenFetcher) -> str:
        """The token after one process ran ``fetch``; others wait for its result."""

    def secret(self, name: str) -> str:
        """A secret of the account as it is now: another process may have renewed it."""


class TokenFetcher(Protocol):
    """Asks the remote for a new token."""

    def __call__(self) -> FreshToken: ...


class ChoiceStore(Protocol):
    """Where the marketplace's own lists lie between processes, for a day."""

    def get(self, kind: ChoiceKind, scope: str = "") -> tuple[Choice, ...] | None:
        """The list as it was read within the last day, or None."""

    def keep(self, kind: ChoiceKind, scope: str, choices: tuple[Choice, ...]) -> None:
        """Keep what was read just now instead of what was kept before."""


class NoChoices:
    """Keeps nothing: each question is asked of the marketplace again."""

    def get(self, kind: ChoiceKind, scope: str = "") -> tuple[Choice, ...] | None:
        """Nothing is known."""
        return None

    def keep(self, kind: ChoiceKind, scope: str, choices: tuple[Choice, ...]) -> None:
        """Nothing is kept."""


class Alike(StrEnum):
    """What the orders of one parcel must have in common."""

    OPERATOR = "operator"
    BUYER = "buyer"
    RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedRule:
    """What a marketplace says of one tracking number on several orders.

    ``allowed`` are the rules that a store may choose (CombinedPolicy values). What
    breaks ``alike`` or holds more than ``most`` orders (None: any number) is a person's.
    """

    sentence: str
    allowed: tuple[str, ...] = ("forbid", "ask", "confirm_each")
    alike: tuple[Alike, ...] = ()
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRule:
    """Who pays the buyer of a cancelled order back: 'marketplace' or 'seller'.

    ``cancelled``: of one that was not confirmed yet; ``confirmed``: of one that was.
    ``days``: how long that may take.
    """

    sentence: str
    cancelled: str = "marketplace"
    confirmed: str = "seller"
    days: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountConfig:
    """What a connector may know of its account: settings in the open, secrets not.

    Base URLs come from the connector and the environment (production or the sandbox),
    never from a form field. ``host`` is that of an operator on the list that only an
    admin edits, '' for connectors with hosts of their own.
    """

    key: str
    environment: str
    region: str
    seller_id: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)
    marketplace_ids: tuple[str, ...]
    sandbox_url: str = ""
    host: str = ""
    secrets_set_at: datetime | None = None
    secret_dates: Mapping[str, datetime] = field(default_factory=dict)
    app_id: str = ""

    def secret_set_at(self, name: str) -> datetime | None:
        """When this secret was entered or granted; business time, None: unknown."""
        return self.secret_dates.get(name) or self.secrets_set_at


class Connector(MoneyContract, ABC):
    """One marketplace's API, for one account."""

    code: ClassVar[str]
    label: ClassVar[str]
    capabilities: ClassVar[frozenset[Capability]]
    documentation_url: ClassVar[str]
    # The marketplace's own pages where a seller answers buyers, as people call them.
    seller_pages: ClassVar[str] = "the marketplace's own pages for sellers"
    combined_rule: ClassVar[CombinedRule] = CombinedRule(
        sentence="What this marketplace says of it is not known.",
        allowed=("forbid", "ask"),
    )
    refund_rule: ClassVar[RefundRule] = RefundRule(
        sentence="Who pays a buyer back here is not known: look before it is closed.",
        cancelled="seller",
    )
    settings_form: ClassVar[type[forms.Form]]
    # What to enter as name, seller_id or app_id, in this marketplace's words.
    account_help: ClassVar[Mapping[str, str]] = {}
    secret_fields: ClassVar[frozenset[str]]
    # Those of them that a consent brings, so that nobody has to type them.
    granted_secrets: ClassVar[frozenset[str]] = frozenset()
    regions: ClassVar[tuple[tuple[str, str], ...]] = (("", "Worldwide"),)
    # Whether the regions are operators with hosts of their own (see AccountConfig.host).
    operators: ClassVar[bool] = False
    marketplaces: ClassVar[tuple[tuple[str, str], ...]] = ()
    # Which region a marketplace is of; one that is not named here is of every region.
    marketplace_regions: ClassVar[Mapping[str, str]] = {}
    budget_specs: ClassVar[tuple[BudgetSpec, ...]]
    default_carriers: ClassVar[tuple[CarrierDefault, ...]] = ()
    # The clocks it starts, for people to read; orders bring their own times.
    deadlines: ClassVar[tuple[Deadline, ...]] = ()
    # Where it takes only carriers of a list that people keep (EligibleCarrier).
    eligible_carriers: ClassVar[LaneRule | None] = None
    # Whether the prices of lines contain the tax that stands beside them.
    prices_include_tax: ClassVar[bool] = False
    streams: ClassVar[Mapping[Stream, timedelta]]
    retention: ClassVar[timedelta] = timedelta(days=30)
    # How long (business time) to wait after a queue of messages was found empty.
    listen_every: ClassVar[timedelta] = timedelta(seconds=5)

    def __init__(
        self,
        account: AccountConfig,
        *,
        gateway: Gateway,
        tokens: TokenStore,
        choices: ChoiceStore | None = None,
    ) -> None:
        self.account = account
        self.gateway = gateway
        self.tokens = tokens
        self.choices: ChoiceStore = choices or NoChoices()

    @classmethod
    def seller_id_problem(cls, seller_id: str) -> str:
        """What is wrong with a seller's id as a person typed it, '' for nothing."""
        return ""

    @property
    def listens(self) -> bool:
        """Whether this account has a queue to fetch messages from; no call is made."""
        return Capability.LISTEN in self.capabilities

    @abstractmethod
    def check_connection(self) -> ConnectionReport:
        """Do one cheap real call and say in a sentence what it found; never raises."""

    @abstractmethod
    def fetch_page(
        self, stream: Stream, cursor: CursorState, *, now: datetime
    ) -> OrderPage:
        """Read the next page of a stream after ``cursor``.

        Raises ThrottledError, TransientError, UnauthorisedError and, for a page that
        can't be read at all, UnexpectedAnswerError.
        """

    def fetch_order(
        self, remote_id: str, *, urgent: bool = False
    ) -> RemoteOrder | None:
        """Read one order with every block; None when the marketplace knows no such."""
        raise UnsupportedOperationError(f"{self.label} can't read a single order")

    @classmethod
    def reparse(
        cls, raw: Any, *, block: str, as_of: datetime
    ) -> RemoteOrder | MalformedOrder:
        """Read a stored answer again, as it was read at ``as_of``; no call is made.

        ``block`` is 'order' or 'shipped', as ingest stored it, '' where that is not
        known. What the answer may not have covered must not be in its blocks.
        """
        raise UnsupportedOperationError(f"{cls.label} can't read answers again")

    @classmethod
    def line_identifiers(cls, raw: Any) -> Mapping[str, Mapping[str, str]]:
        """Line id → its 'gtin' or 'asin', as a stored answer names them; {} for none.

        No call is made. A wrong one would let a SKU stand for other goods: only what the
        marketplace says of the product itself counts.
        """
        return {}

    @classmethod
    def carrier_told(cls, code: str, name: str, listed: tuple[Choice, ...]) -> str:
        """What a mapping's code becomes where ``listed`` are the carriers to choose from.

        No call is made. Raises RejectedError where the list has no such carrier, or
        several.
        """
        fitting = [x for x in listed if code in (x.code, x.standard, x.label)]
        if len({choice.code for choice in fitting}) == 1:
            return fitting[0].code
        raise RejectedError(
            f"{cls.label} lists {'several carriers' if fitting else 'no carrier'} for "
            f"{code!r}: choose one of its codes",
            code="carrier_not_listed",
            field="carrier_code",
        )

    @classmethod
    def confirmation_shown(cls, confirmation: Confirmation) -> Any:
        """The body that :meth:`confirm` would send, None where that takes reads first.

        No call is made. Raises RejectedError as confirm() does before it sends.
        """
        return None

    def confirm(self, confirmation: Confirmation, *, urgent: bool = False) -> None:
        """Tell the marketplace about a dispatch; repeatable with the same reference.

        Raises RejectedError (with the remote's code), OutcomeUnknownError and the rest.
        Two codes mean the same everywhere: ``already_fulfilled`` (nothing is left to be
        told) and ``cancel_request_open`` (the buyer's request has to end first).
        """
        raise UnsupportedOperationError(f"{self.label} takes no confirmations")

    def accept(self, acceptance: Acceptance, *, urgent: bool = False) -> None:
        """Take or refuse an order's lines; repeatable while nothing else happened.

        Raises what :meth:`confirm` raises.
        """
        raise UnsupportedOperationError(f"{self.label} waits for no acceptance")

    def answer_cancellation(
        self, answer: CancellationAnswer, *, urgent: bool = False
    ) -> None:
        """Tell a person's yes or no to a cancellation; repeatable by its reference.

        A marketplace that has done so already is a success. Raises what
        :meth:`confirm` raises.
        """
        raise UnsupportedOperationError(f"{self.label} takes no such answer")

    def fetch_choices(self) -> tuple[Choice, ...]:
        """Read the marketplace's own lists (carriers, reasons, custom fields)."""
        raise UnsupportedOperationError(f"{self.label} has no lists")

    def subscribe(self, url: str) -> None:
        """Have notices sent to ``url``; to be repeated, and ends older addresses."""
        raise UnsupportedOperationError(f"{self.label} takes no address by a call")

    def listen(self) -> tuple[Notice, ...]:
        """Fetch messages that wait in our queue, without taking them off it."""
        raise UnsupportedOperationError(f"{self.label} has no queue")

    def heard(self, notices: tuple[Notice, ...]) -> None:
        """Take stored messages off the queue."""
        raise UnsupportedOperationError(f"{self.label} has no queue")

    def consent_url(self, *, state: str, redirect_uri: str) -> str:
        """Where a seller's browser goes to let us in; ``state`` comes back with it.

        ``redirect_uri`` is our own address, for marketplaces that take one.
        """
        raise UnsupportedOperationError(f"{self.label} has no consent page")

    def redeem_consent(self, answer: Mapping[str, str], *, redirect_uri: str) -> Grant:
        """Change what the seller's browser brought back (its query) for secrets.

        The caller has checked ``state``. Raises RejectedError when the seller said no
        or the code is spent, and what calls raise.
        """
        raise UnsupportedOperationError(f"{self.label} has no consent page")

    def expiries(self) -> tuple[Expiry, ...]:
        """What of this account's access ends, and when; past ones too."""
        return ()

    def receive(self, request: WebhookRequest) -> WebhookAnswer:
        """Check what was sent to us and say what to answer; never raises.

        Only what the marketplace proves to have sent gets a ``dedupe_key``.
        """
        raise UnsupportedOperationError(f"{self.label} sends nothing")


ConnectorType = type[Connector]
