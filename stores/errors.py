"""What can go wrong with a remote call, and nothing else.

RemoteError
├── ThrottledError          429, or our own budget is empty: wait, not an attempt
├── TransientError          nothing was sent, or the call was a read: back off
├── OutcomeUnknownError     a write whose answer we don't know: look before repeating
├── RejectedError           the remote said no about this subject: a case, no blind retry
├── LockedError             the record is shipped, cancelled or gone: re-read it
├── UnauthorisedError       credentials or scope: pause the account
├── UnexpectedAnswerError   the body does not fit the contract: park, keep the body
└── UnsupportedOperationError   the connector doesn't offer this capability

Connectors and clients only classify; the engine holds the policy.
"""

from __future__ import annotations


class RemoteError(Exception):
    """A remote call that did not do what it should.

    ``code`` is the remote's own code, ``field`` the field it names, ``request_id`` the
    remote's id of the request. Messages never carry credentials or buyer data.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        field: str = "",
        status: int | None = None,
        request_id: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.field = field
        self.status = status
        self.request_id = request_id


class ThrottledError(RemoteError):
    """The quota is used up; ``retry_after`` is in business seconds.

    ``ours`` tells our own budget's refusal (nothing was sent) from the peer's 429.
    """

    def __init__(
        self, message: str, *, retry_after: float, ours: bool = False, **kwargs: object
    ) -> None:
        super().__init__(message, **kwargs)  # type: ignore[arg-type]
        self.retry_after = retry_after
        self.ours = ours


class TransientError(RemoteError):
    """Nothing was sent, or the call was a read: it may simply be tried again."""


class OutcomeUnknownError(RemoteError):
    """A write was answered by 5xx, a reset or a read timeout: it may have happened."""


class RejectedError(RemoteError):
    """The remote understood and said no about this subject."""


class LockedError(RemoteError):
    """The remote record can no longer be changed, or is gone."""


class UnauthorisedError(RemoteError):
    """Credentials, scope, plan or region: ``reason`` is a ConnectionOutcome value."""

    def __init__(self, message: str, *, reason: str, **kwargs: object) -> None:
        super().__init__(message, **kwargs)  # type: ignore[arg-type]
        self.reason = reason


class UnexpectedAnswerError(RemoteError):
    """The answer does not fit the contract; ``body`` is kept for the engineer."""

    def __init__(self, message: str, *, body: str = "", **kwargs: object) -> None:
        super().__init__(message, **kwargs)  # type: ignore[arg-type]
        self.body = body


class UnsupportedOperationError(RemoteError):
    """The connector does not declare the capability that was asked for."""
