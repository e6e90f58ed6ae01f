from __future__ import annotations

import json
from typing import Any

import pytest

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
from stores.shipstation import errors

MODEL_STATE = {
    "Message": "The request is invalid.",
    "ModelState": {"apiOrder.shipTo.country": ["must be 2 letters", "is unknown"]},
}
EXCEPTION = {
    "Message": "An error has occurred.",
    "ExceptionMessage": "Order 9001 can not be updated: it is shipped",
    "ExceptionType": "System.InvalidOperationException",
}


def found(
    status: int,
    body: Any,
    *,
    operation: str = "createorder",
    write: bool = True,
    updates: bool = False,
    headers: dict[str, str] | None = None,
) -> RemoteError | None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return errors.error_for(
        status, headers or {}, raw, operation=operation, write=write, updates=updates
    )


@pytest.mark.parametrize(
    ("body", "text", "field"),
    [
        ({"message": "Invalid request parameters"}, "Invalid request parameters", ""),
        (
            MODEL_STATE,
            "must be 2 letters; is unknown",
            "apiOrder.shipTo.country",
        ),
        (EXCEPTION, "Order 9001 can not be updated: it is shipped", ""),
        ({"MESSAGE": "shouting"}, "shouting", ""),
    ],
)
def test_the_json_shapes(body: dict[str, Any], text: str, field: str) -> None:
    said = errors.read_error(json.dumps(body).encode())

    assert (said.text, said.field) == (text, field)


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"\xff\xfe", b"[]"])
def test_anything_else_is_text(body: bytes) -> None:
    assert errors.read_error(body).shape == "text"


def test_error_texts_carry_no_e_mail_address() -> None:
    said = errors.read_error(b'{"message": "no customer ada@example.com"}')

    assert said.text == "no customer (e-mail)"


@pytest.mark.parametrize(
    ("status", "body", "options", "kind"),
    [
        (200, {"orderId": 1}, {}, None),
        (401, {"message": "Invalid API credentials"}, {}, UnauthorisedError),
        (401, b"", {"updates": True}, UnauthorisedError),
        (402, {"message": "Payment Required"}, {}, UnauthorisedError),
        (403, {"message": "no"}, {}, UnauthorisedError),
        # the edge refuses a body, not the key: the account must not be paused for it
        (403, b"<html>blocked</html>", {}, UnexpectedAnswerError),
        (400, MODEL_STATE, {}, RejectedError),
        (400, MODEL_STATE, {"updates": True}, RejectedError),
        (400, {"message": "Order is shipped"}, {"updates": True}, LockedError),
        (404, {"message": "No such order"}, {"updates": True}, LockedError),
        (405, b"", {"updates": True}, LockedError),
        (409, {"message": "conflict"}, {"updates": True}, LockedError),
        (500, EXCEPTION, {"updates": True}, LockedError),
        (500, {"message": "An internal error occurred"}, {"updates": True}, OutcomeUnknownError),
        (404, b"", {}, LockedError),
        (404, b"", {"operation": "createorders"}, UnexpectedAnswerError),
        (500, EXCEPTION, {}, OutcomeUnknownError),
        (502, b"<html>", {"operation": "createorders"}, OutcomeUnknownError),
        (500, b"", {"operation": "orders", "write": False}, TransientError),
        (408, b"", {"operation": "orders", "write": False}, TransientError),
        (400, MODEL_STATE, {"operation": "orders", "write": False}, UnexpectedAnswerError),
        (302, b"", {}, UnexpectedAnswerError),
        (429, {"message": "Too Many Requests"}, {}, ThrottledError),
        (500, b"Too Many Requests", {"updates": True}, ThrottledError),
    ],
)  # fmt: skip
def test_the_closed_table(
    status: int, body: Any, options: dict[str, Any], kind: type | None
) -> None:
    error = found(status, body, **options)

    assert type(error) is (kind or type(None))


def test_reserved_key_has_its_own_code() -> None:
    error = found(404, b"")

    assert error is not None
    assert error.code == "key_reserved"


def test_lock_said_as_model_state_is_locked() -> None:
    body = {"Message": "x", "ModelState": {"apiOrder.orderStatus": ["not allowed"]}}

    assert isinstance(found(400, body, updates=True), LockedError)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-Rate-Limit-Reset": "20"}, 21),
        ({"x-rate-limit-reset": "20", "Retry-After": "30"}, 31),
        ({}, 61),
        ({"X-Rate-Limit-Reset": "soon"}, 61),
        ({"X-Rate-Limit-Reset": "-5"}, 61),
    ],
)
def test_throttle_waits_until_the_window_opens(
    headers: dict[str, str], seconds: float
) -> None:
    error = found(429, b"{}", headers=headers)

    assert isinstance(error, ThrottledError)
    assert error.retry_after == seconds
    assert not error.ours


def test_a_long_answer_that_mentions_too_many_requests_is_no_throttle() -> None:
    body = {"customerNotes": "Too Many Requests", "padding": "x" * 400}

    assert found(200, body) is None


@pytest.mark.parametrize(
    ("text", "locked"),
    [
        ("Order has already been shipped", True),
        ("the order is cancelled", True),
        ("Cannot be updated", True),
        ("order not found", True),
        ("Ship name is required", False),
        ("shippedOn is not convertible to a date", False),
    ],
)
def test_lock_texts(text: str, locked: bool) -> None:
    assert errors.is_lock_text(text) is locked


@pytest.mark.parametrize(
    ("field", "row"),
    [("apiOrders[3].shipTo.country", 3), ("[0].orderNumber", 0), ("apiOrder", None)],
)
def test_model_state_of_a_batch_names_its_row(field: str, row: int | None) -> None:
    assert errors.rejected_row(field) == row
