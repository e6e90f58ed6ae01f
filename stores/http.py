"""The one way out: budgets, timeouts, a row per call, errors by class.

``Gateway.send`` takes the call's budgets, writes its RemoteCall row, sends it outside
any transaction, hands the answer to the client's ``classify`` and finishes the row
with what that found. Nothing is retried here: the engine decides. No header, body,
query or secret is written to rows, logs or messages.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from django.db import transaction

from shipsync_site.lib import clock
from stores import budgets, transport
from stores.errors import (
    LockedError,
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
    UnexpectedAnswerError,
)
from stores.models import CallOutcome, RemoteCall

logger = logging.getLogger(__name__)

# How long a peer that says nothing else gets after a 429, in business seconds.
DEFAULT_RETRY_AFTER = 5.0
BODY_EXCERPT = 4000

_REQUEST_ID_HEADERS = ("x-amzn-RequestId", "x-request-id", "x-amz-request-id")
_EMAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+")

_OUTCOMES: tuple[tuple[type[RemoteError], CallOutcome], ...] = (
    (ThrottledError, CallOutcome.THROTTLED),
    (TransientError, CallOutcome.TRANSIENT),
    (OutcomeUnknownError, CallOutcome.UNKNOWN),
    (RejectedError, CallOutcome.REJECTED),
    (LockedError, CallOutcome.LOCKED),
    (UnauthorisedError, CallOutcome.UNAUTHORISED),
    (UnexpectedAnswerError, CallOutcome.UNEXPECTED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to make. ``write``: a lost answer leaves its outcome unknown."""

    operation: str
    method: str
    url: str
    groups: tuple[str, ...] = ()
    params: Mapping[str, Any] | None = field(default=None, repr=False)
    json: Any = field(default=None, repr=False)
    data: Mapping[str, str] | bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    write: bool = False
    urgent: bool = False
    subjects: int = 1
    timeout: float = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whatever its status. ``started_at`` is business time, UTC."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    started_at: datetime
    call: RemoteCall | None = None

    def json(self) -> Any:
        """The parsed body; raises UnexpectedAnswerError keeping an excerpt."""
        try:
            return json.loads(self.body)
        except ValueError:
            problem = f"The answer (status {self.status}) is not JSON"
        raise self.unexpected(problem)

    def unexpected(self, problem: str) -> UnexpectedAnswerError:
        """The error for a body that does not fit; it keeps an excerpt of the body."""
        return UnexpectedAnswerError(
            problem,
            body=self.body[:BODY_EXCERPT].decode("utf-8", "replace"),
            status=self.status,
            request_id=self.request_id,
        )

    @property
    def request_id(self) -> str:
        """The remote's id of this request, or ''."""
        for name in _REQUEST_ID_HEADERS:
            value = self.headers.get(name)
            if value:
                return str(value)[:100]
        return ""


Classify = Callable[[Answer], None]


def error_for_status(
    answer: Answer,
    call: Call,
    *,
    code: str = "",
    text: str = "",
    field: str = "",
    retry_after: float | None = None,
) -> RemoteError:
    """The error class of a status of 300 and above (DESIGN section 5).

    ``retry_after`` (business seconds) is for a 429; without it the Retry-After header
    or a default counts.
    """
    status = answer.status
    facts: dict[str, Any] = {
        "code": code or str(status),
        "field": field,
        "status": status,
        "request_id": answer.request_id,
    }
    said = f": {_clean(text)}" if text else ""
    if status == 429:
        return ThrottledError(
            f"{call.operation}: the remote's quota is used up",
            retry_after=_retry_after(answer) if retry_after is None else retry_after,
            **facts,
        )
    if status >= 500:
        message = f"{call.operation}: the remote answered {status}{said}"
        if call.write:
            return OutcomeUnknownError(message, **facts)
        return TransientError(message, **facts)
    if status in {401, 403}:
        return UnauthorisedError(
            f"{call.operation}: not authorised ({status}){said}",
            reason="bad_key" if status == 401 else "role_missing",
            **facts,
        )
    if status >= 400:
        return RejectedError(f"{call.operation}: refused ({status}){said}", **facts)
    error = answer.unexpected(f"{call.operation}: unexpected status {status}{said}")
    error.code = str(status)
    return error


class Gateway:
    """Sends calls for one account (see the module docstring).

    ``on_open`` runs in the transaction that writes the RemoteCall row, before the call.
    """

    def __init__(
        self,
        account_key: str,
        *,
        session: requests.Session | None = None,
        on_open: Callable[[RemoteCall], None] | None = None,
    ) -> None:
        self.account_key = account_key
        self._session = session
        self._on_open = on_open

    def send(self, call: Call, *, classify: Classify | None = None) -> Answer:
        """Send a call; the answer if ``classify`` found nothing wrong with it.

        ``classify`` raises the RemoteError that an answer means; the default goes by
        status. Raises ThrottledError(ours=True) before anything is sent when a budget
        is empty; TransientError or OutcomeUnknownError when no answer came.
        """
        if call.groups:
            budgets.take(self.account_key, call.groups, urgent=call.urgent)
        row = self._open(call)
        started = time.monotonic()
        answer: Answer | None = None
        outcome, error = CallOutcome.UNEXPECTED, None
        try:
            answer = self._exchange(call, row)
            if classify is not None:
                classify(answer)
            elif answer.status >= 300:
                raise error_for_status(answer, call)
            outcome = CallOutcome.OK
        except RemoteError as exc:
            outcome, error = _outcome(exc), exc
            raise
        finally:
            self._finish(row, call, answer, outcome, error, started)
        return answer

    def learn(
        self,
        answer: Answer,
        group: str,
        *,
        limit: float | None = None,
        remaining: float | None = None,
        resets_in: float | None = None,
        rate: float | None = None,
    ) -> None:
        """Let the account's budget learn from the headers of an answer."""
        budgets.learn(
            self.account_key,
            group,
            limit=limit,
            remaining=remaining,
            resets_in=resets_in,
            rate=rate,
            sent_at=answer.started_at.timestamp(),
        )

    def refill_seconds(self, group: str) -> float:
        """Business seconds until one call comes back: the least wait after a 429."""
        for line in budgets.left(self.account_key):
            if line.group == group:
                return 1 / line.rate if line.rate > 0 else max(1.0, line.clears_in)
        return DEFAULT_RETRY_AFTER

    def _open(self, call: Call) -> RemoteCall:
        with transaction.atomic():
            row = RemoteCall.objects.create(
                account=self.account_key,
                operation=call.operation[:40],
                method=call.method,
                path=urlsplit(call.url).path[:300],
                subjects=call.subjects,
                urgent=call.urgent,
                started_at=clock.now(),
            )
            if self._on_open is not None:
                self._on_open(row)
        return row

    def _exchange(self, call: Call, row: RemoteCall) -> Answer:
        """Send the request; raises only errors of ours, chained to nothing.

        The library's exceptions hold the request with its headers and secrets, so ours
        are raised after its ``except`` block is left.
        """
        session = self._session or transport.default_session()
        started_at = clock.now()
        failure: RemoteError
        try:
            response = session.request(
                call.method,
                call.url,
                params=call.params,
                json=call.json,
                data=call.data,
                headers=dict(call.headers),
                auth=call.auth,
                timeout=(transport.CONNECT_TIMEOUT, call.timeout),
                allow_redirects=False,
            )
        except requests.RequestException as exc:
            failure = transport.no_answer(
                exc,
                operation=call.operation,
                url=call.url,
                write=call.write,
                timeout=call.timeout,
            )
        else:
            return Answer(
                status=response.status_code,
                headers=response.headers,
                body=response.content,
                started_at=started_at,
                call=row,
            )
        raise failure

    def _finish(
        self,
        row: RemoteCall,
        call: Call,
        answer: Answer | None,
        outcome: CallOutcome,
        error: RemoteError | None,
        started: float,
    ) -> None:
        row.duration_ms = round((time.monotonic() - started) * 1000)
        row.finished_at = clock.now()
        row.outcome = outcome
        row.status = answer.status if answer else None
        row.request_id = answer.request_id if answer else ""
        if error is not None:
            row.error_code = error.code[:100]
            row.error_text = _clean(error.message)[:500]
        row.save(
            update_fields=[
                "duration_ms",
                "finished_at",
                "outcome",
                "status",
                "request_id",
                "error_code",
                "error_text",
            ]
        )
        if isinstance(error, ThrottledError):
            for group in call.groups:
                budgets.block(self.account_key, group, error.retry_after)
        logger.info(
            "remote call account=%s operation=%s status=%s outcome=%s ms=%s request_id=%s",
            self.account_key,
            call.operation,
            row.status,
            outcome,
            row.duration_ms,
            row.request_id,
        )


def _outcome(error: RemoteError) -> CallOutcome:
    for kind, outcome in _OUTCOMES:
        if isinstance(error, kind):
            return outcome
    return CallOutcome.UNEXPECTED


def _retry_after(answer: Answer) -> float:
    try:
        return max(0.0, float(answer.headers.get("Retry-After", "")))
    except ValueError:
        return DEFAULT_RETRY_AFTER


def _clean(text: str) -> str:
    """A remote's text without e-mail addresses and line breaks, at most 500 long."""
    return " ".join(_EMAIL.sub("…@…", text).split())[:500]
