"""What ShipStation's refusals mean: a closed table (API v1).

v1 answers errors in three JSON shapes and, from its edge, in plain text or HTML:
``{"message"}``, ``{"Message", "ModelState": {field: [texts]}}`` and
``{"Message", "ExceptionMessage", "ExceptionType"}``. The status of an update to a
locked order is documented nowhere, so an update that is refused without naming a field
is a LockedError: the caller reads the order and goes by what it is now.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
from stores.remote_types import ConnectionOutcome

WINDOW_SECONDS = 60.0
_EXCERPT = 500
_THROTTLE_BODY = 300
_THROTTLE_TEXT = re.compile(r"too many requests", re.IGNORECASE)
_LOCK_TEXT = re.compile(
    r"\b(?:locked|inactive|deleted|not found|does not exist"
    r"|already (?:been )?(?:shipped|cancell?ed)"
    r"|(?:is|are|was|been|status)\s+'?(?:shipped|cancell?ed)"
    r"|(?:can ?not|can't|could not) (?:be )?(?:updated?|modif(?:y|ied)|changed?|edit(?:ed)?))",
    re.IGNORECASE,
)
_ROW = re.compile(r"\[(\d+)\]")
_E_MAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBody:
    """What an error answer says: its text, the field it names, and in which shape."""

    text: str
    field: str = ""
    shape: str = "text"


def read_error(body: bytes) -> ErrorBody:
    """Read any of v1's error shapes; key names vary in case."""
    text = body.decode("utf-8", "replace").strip()
    try:
        parsed = json.loads(text)
    except ValueError:
        return ErrorBody(text=_plain(text))
    if not isinstance(parsed, Mapping):
        return ErrorBody(text=_plain(text))
    keys = {str(key).casefold(): value for key, value in parsed.items()}
    message = _plain(str(keys.get("message") or ""))
    state = keys.get("modelstate")
    if isinstance(state, Mapping) and state:
        field, problems = next(iter(state.items()))
        return ErrorBody(
            text=_plain("; ".join(_texts(problems))) or message,
            field=str(field)[:100],
            shape="model_state",
        )
    exception = keys.get("exceptionmessage")
    if exception:
        return ErrorBody(text=_plain(str(exception)), shape="exception")
    return ErrorBody(text=message or _plain(text), shape="message")


def error_for(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    operation: str,
    write: bool,
    updates: bool,
) -> RemoteError | None:
    """The error that an answer stands for, or None for a good one.

    ``updates``: the call changes an order that is already in ShipStation.
    """
    throttled = _throttled(status, headers, body)
    if throttled:
        return throttled
    if 200 <= status < 300:
        return None
    said = read_error(body)
    text = f"ShipStation answered {status} to {operation}: {said.text or 'no text'}"
    common: dict[str, Any] = {"status": status, "code": str(status)}
    if status == 401:
        return UnauthorisedError(
            "ShipStation does not accept this API key and secret",
            reason=ConnectionOutcome.BAD_KEY,
            **common,
        )
    if status == 402:
        return UnauthorisedError(
            "The ShipStation plan of this account does not include the API",
            reason=ConnectionOutcome.PLAN_WITHOUT_API,
            **common,
        )
    if status == 403 and said.shape != "text":
        return UnauthorisedError(text, reason=ConnectionOutcome.ROLE_MISSING, **common)
    if updates and _says_locked(status, said):
        return LockedError(text, field=said.field, **common)
    if status >= 500 or status == 408:
        kind = OutcomeUnknownError if write else TransientError
        return kind(text, **common)
    if status == 404 and operation == "createorder":
        # The key of a deleted order stays reserved and answers 404 for good.
        return LockedError(text, **{**common, "code": "key_reserved"})
    if write and status in {400, 413, 422}:
        return RejectedError(text, field=said.field, **common)
    return UnexpectedAnswerError(
        text, body=body[:_EXCERPT].decode("utf-8", "replace"), **common
    )


def refused(operation: str, text: str) -> RemoteError:
    """The error for a 200 that says ``success: false`` about an existing order."""
    message = f"ShipStation refused {operation}: {_plain(text) or 'no reason given'}"
    if is_lock_text(text):
        return LockedError(message, status=200, code="refused")
    return RejectedError(message, status=200, code="refused")


def is_lock_text(text: str) -> bool:
    """Whether a refusal speaks of a record that is shipped, cancelled or gone."""
    return bool(_LOCK_TEXT.search(text))


def rejected_row(field: str) -> int | None:
    """Which row of a batch a ModelState field names: ``apiOrders[3].shipTo`` is 3."""
    match = _ROW.search(field)
    return int(match[1]) if match else None


def seconds_to_reset(headers: Mapping[str, str]) -> float | None:
    """Whole seconds until the next window, as the header says; None without one."""
    return number(headers, "X-Rate-Limit-Reset")


def number(headers: Mapping[str, str], name: str) -> float | None:
    """A header as a number that is not negative, else None."""
    for key, value in headers.items():
        if key.casefold() == name.casefold():
            try:
                parsed = float(value)
            except ValueError:
                return None
            return parsed if 0 <= parsed < 1e9 else None
    return None


def _throttled(
    status: int, headers: Mapping[str, str], body: bytes
) -> ThrottledError | None:
    """A 429, or the same said in a short body under any other status."""
    if status != 429:
        if len(body) > _THROTTLE_BODY:
            return None
        if not _THROTTLE_TEXT.search(body.decode("utf-8", "replace")):
            return None
    waits = (seconds_to_reset(headers), number(headers, "Retry-After"))
    # The header counts whole seconds and may be cut down: one more is the safe side.
    wait = max((value for value in waits if value is not None), default=WINDOW_SECONDS)
    return ThrottledError(
        "ShipStation's limit of calls per minute is used up",
        retry_after=wait + 1,
        status=status,
        code="429",
    )


def _says_locked(status: int, said: ErrorBody) -> bool:
    """Whether a refused update means: read the order again (see the module text)."""
    if status >= 500 or status == 408:
        return said.shape != "text" and is_lock_text(said.text)
    if status in {400, 413, 422} and said.shape == "model_state":
        return "orderstatus" in said.field.casefold() or is_lock_text(said.text)
    return status != 403


def _texts(problems: Any) -> list[str]:
    if isinstance(problems, list | tuple):
        return [str(problem) for problem in problems]
    return [str(problems)]


def _plain(text: str) -> str:
    """One line without e-mail addresses, short enough for a log or a case."""
    return _E_MAIL.sub("(e-mail)", " ".join(text.split()))[:_EXCERPT]
