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

from stores.errors import UnsupportedOperationError
from stores.http import Gateway
from stores.remote_types import (
    BudgetSpec,
    CarrierDefault,
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


class TokenFetcher(Protocol):
    """Asks the remote for a new token: (token, seconds it is good for)."""

    def __call__(self) -> tuple[str, float]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountConfig:
    """What a connector may know of its account: settings in the open, secrets not.

    ``base_urls`` come from the connector and the environment (production or the
    sandbox), never from a form field.
    """

    key: str
    environment: str
    region: str
    seller_id: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)
    marketplace_ids: tuple[str, ...]
    sandbox_url: str = ""
    secrets_set_at: datetime | None = None
    secret_dates: Mapping[str, datetime] = field(default_factory=dict)
    app_id: str = ""

    def secret_set_at(self, name: str) -> datetime | None:
        """When this secret was entered or granted; business time, None: unknown."""
        return self.secret_dates.get(name) or self.secrets_set_at


class Connector(ABC):
    """One marketplace's API, for one account."""

    code: ClassVar[str]
    label: ClassVar[str]
    capabilities: ClassVar[frozenset[Capability]]
    documentation_url: ClassVar[str]
    settings_form: ClassVar[type[forms.Form]]
    # What to enter as name, seller_id or app_id, in this marketplace's words.
    account_help: ClassVar[Mapping[str, str]] = {}
    secret_fields: ClassVar[frozenset[str]]
    # Those of them that a consent brings, so that nobody has to type them.
    granted_secrets: ClassVar[frozenset[str]] = frozenset()
    regions: ClassVar[tuple[tuple[str, str], ...]] = (("", "Worldwide"),)
    marketplaces: ClassVar[tuple[tuple[str, str], ...]] = ()
    # Which region a marketplace is of; one that is not named here is of every region.
    marketplace_regions: ClassVar[Mapping[str, str]] = {}
    budget_specs: ClassVar[tuple[BudgetSpec, ...]]
    default_carriers: ClassVar[tuple[CarrierDefault, ...]] = ()
    streams: ClassVar[Mapping[Stream, timedelta]]
    retention: ClassVar[timedelta] = timedelta(days=30)

    def __init__(
        self, account: AccountConfig, *, gateway: Gateway, tokens: TokenStore
    ) -> None:
        self.account = account
        self.gateway = gateway
        self.tokens = tokens

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

    def confirm(self, confirmation: Confirmation, *, urgent: bool = False) -> None:
        """Tell the marketplace about a dispatch; repeatable with the same reference.

        Raises RejectedError (with the remote's code), OutcomeUnknownError and the rest.
        """
        raise UnsupportedOperationError(f"{self.label} takes no confirmations")

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
