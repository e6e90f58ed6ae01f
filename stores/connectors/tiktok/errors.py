"""What TikTok's answers mean: by the ``code`` in the envelope, whatever the status.

A refusal mostly comes inside HTTP 200. Numbers: Partner Center, 'Common errors', and
the error lists of each operation (see :mod:`refusals`); 105001 and those of the token
endpoint as integrators report them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stores.connectors.tiktok.refusals import READ, Row
from stores.errors import (
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from stores.http import Answer, Call, error_for_status

TOO_MANY = 36009002
TOKEN_INVALID, TOKEN_EXPIRED = 105001, 105002
# A new access token may mend these; it is asked for once.
STALE_TOKEN = frozenset({str(TOKEN_INVALID), str(TOKEN_EXPIRED)})
SCOPE_MISSING, BAD_SIGN, BAD_CREDENTIAL, IP_REFUSED = 105005, 106001, 36009004, 36009033
BAD_CIPHER = 106013
CODE_UNKNOWN, REFRESH_EXPIRED, REFRESH_UNKNOWN = 36004004, 36004001, 36004005
# TikTok names no wait and advises to back off; its buckets refill within the second.
BACK_OFF = 2.0

_ACCESS: Mapping[int, tuple[str, str]] = {
    TOKEN_INVALID: (
        "revoked",
        (
            "TikTok does not accept the seller's authorisation any more: let the seller "
            "authorise again, on the account's page"
        ),
    ),
    TOKEN_EXPIRED: (
        "bad_key",
        (
            "TikTok gives an access token and then calls it expired: compare this machine's "
            "clock, then test again"
        ),
    ),
    SCOPE_MISSING: (
        "role_missing",
        (
            "The authorisation lacks a scope that this call needs: add it to the app in "
            "Partner Center (Manage API), then let the seller authorise again"
        ),
    ),
    BAD_SIGN: (
        "bad_key",
        (
            "TikTok refuses the signature: the app secret is not that of this app key. Copy "
            "both from the app's page in Partner Center"
        ),
    ),
    BAD_CREDENTIAL: (
        "bad_key",
        (
            "TikTok refuses app key, token or time of the call: copy the app key again, and "
            "compare this machine's clock"
        ),
    ),
    IP_REFUSED: (
        "role_missing",
        (
            "The app in Partner Center has a list of allowed IP addresses, and this "
            "machine's is not on it: add it there"
        ),
    ),
    BAD_CIPHER: (
        "wrong_region",
        (
            "TikTok does not take the shop's cipher: the authorisation does not cover this "
            "shop any more. Test the connection, which lists the shops it covers"
        ),
    ),
    10006402: (
        "role_missing",
        (
            "TikTok shows these orders to nobody with this authorisation: let the seller's "
            "main account authorise again"
        ),
    ),
}
# TikTok failed: of a write nobody knows whether it happened.
_FAILED = frozenset(
    {
        *(36009003, 36009007, 10002014, 10002015, 10037002, 10037003, 10037004),
        *(11001027, 11001031, 11005010, 11006005, 11006026, 21001008, 21001011),
        *(21001029, 21001043, 21001055, 21008300, 21022026, 21022029, 21022030),
        *(21034006, 25001058, 25007002),
    }
)
# Refused before anything was done: another change holds the order for a moment.
_LOCKED = frozenset({25001028})
# Requests that should never have been sent as they were.
_BROKEN = frozenset(
    {36009009, 36009010, 36009022, 101000, 11050001, 21001001, 25001001}
)
_LONGEST = 200


def is_known(code: int, refusals: Mapping[int, Row]) -> bool:
    """Whether a number has a meaning of its own in these tables."""
    tables = (refusals, _ACCESS, _FAILED, _LOCKED, _BROKEN, (TOO_MANY,))
    return any(code in table for table in tables)


def envelope(answer: Answer) -> dict[str, Any]:
    """The envelope; UnexpectedAnswerError for a body that is none."""
    body = answer.json()
    if not isinstance(body, dict) or not isinstance(body.get("code"), int):
        raise answer.unexpected("TikTok answered without its envelope (code, data)")
    return body


def data_of(answer: Answer) -> dict[str, Any]:
    """What a successful answer holds; {} for none."""
    data = envelope(answer).get("data")
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise answer.unexpected("TikTok answered with something else than an object")
    return data


def check(answer: Answer, call: Call, refusals: Mapping[int, Row] = READ) -> None:
    """Raise what an answer means unless it is a success."""
    try:
        body = envelope(answer)
    except RemoteError:
        if answer.status >= 300:
            raise error_for_status(answer, call) from None
        raise
    code = body["code"]
    if code == 0 and answer.status < 300:
        return
    raise _error(answer, call, code, body, refusals)


def _error(
    answer: Answer,
    call: Call,
    code: int,
    body: Mapping[str, Any],
    refusals: Mapping[int, Row],
) -> RemoteError:
    facts: dict[str, Any] = {
        "code": str(code),
        "status": answer.status,
        "request_id": str(body.get("request_id") or "")[:100],
    }
    if code == TOO_MANY or answer.status == 429:
        return ThrottledError(
            f"{call.operation}: TikTok refuses more calls for the moment",
            retry_after=BACK_OFF,
            **facts,
        )
    row = refusals.get(code)
    if row is not None:
        facts["code"] = row.code
        return RejectedError(
            f"{row.sentence} (TikTok {code})", field=row.field, **facts
        )
    if code in _ACCESS:
        reason, sentence = _ACCESS[code]
        return UnauthorisedError(sentence, reason=reason, **facts)
    if code in _LOCKED:
        return TransientError(
            f"{call.operation}: TikTok is changing this order just now", **facts
        )
    if code in _FAILED:
        text = f"{call.operation}: TikTok failed ({code})"
        return (OutcomeUnknownError if call.write else TransientError)(text, **facts)
    if answer.status >= 400:
        return error_for_status(answer, call, code=str(code), text=said(body))
    text = f"{call.operation}: TikTok refuses ({code}): {said(body)}"
    if code in _BROKEN and not call.write:
        error = answer.unexpected(text)
        error.code = str(code)
        return error
    return RejectedError(text, **facts)


def said(body: Mapping[str, Any]) -> str:
    """TikTok's own text on one line."""
    return " ".join(str(body.get("message") or "").split())[:_LONGEST]


def check_token(answer: Answer, call: Call) -> None:
    """Raise what an answer of the token endpoint means unless it is a success.

    Its texts may repeat what was sent: the number says enough.
    """
    try:
        body = envelope(answer)
    except RemoteError:
        if answer.status >= 300:
            raise error_for_status(answer, call) from None
        error = answer.unexpected("TikTok's token endpoint answered oddly")
        # It may hold a token.
        error.body = ""
        raise error from None
    code = body["code"]
    if code == 0 and answer.status < 300:
        return
    facts: dict[str, Any] = {"code": str(code), "status": answer.status}
    if code == TOO_MANY or answer.status == 429:
        raise ThrottledError(
            f"{call.operation}: TikTok refuses more calls for the moment",
            retry_after=BACK_OFF,
            **facts,
        )
    if code in _FAILED or answer.status >= 500:
        raise TransientError(f"{call.operation}: TikTok failed ({code})", **facts)
    if code in (BAD_CREDENTIAL, BAD_SIGN):
        raise UnauthorisedError(
            "TikTok refuses the app key or the app secret: copy both from the app's "
            "page in Partner Center",
            reason="bad_key",
            **facts,
        )
    reason = "secret_expired" if code == REFRESH_EXPIRED else "revoked"
    ended = "has ended" if code == REFRESH_EXPIRED else "is not valid any more"
    raise UnauthorisedError(
        f"The seller's authorisation {ended} (TikTok {code}): let the seller authorise "
        "again, on the account's page",
        reason=reason,
        **facts,
    )
