"""The error bodies of v1: three JSON shapes live side by side in the wild."""

from __future__ import annotations

import json

from django.http import HttpResponse


class ApiError(Exception):
    """A refusal; raised anywhere below the router, answered by it.

    ``field`` is the model path (``shipTo.country``) of a model error, else None.
    """

    def __init__(self, status: int, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field

    @property
    def row_text(self) -> str:
        """The text for a row of a createorders answer."""
        return f"{self.field}: {self.message}" if self.field else self.message


def respond(body: object, status: int = 200) -> HttpResponse:
    """A JSON answer."""
    return HttpResponse(
        json.dumps(body), status=status, content_type="application/json; charset=utf-8"
    )


def message(status: int, text: str) -> HttpResponse:
    """Shape a: ``{"message": text}``."""
    return respond({"message": text}, status)


def model_state(field: str, text: str) -> HttpResponse:
    """Shape b: a 400 which names the field under ``apiOrder.`` or ``apiOrders[n].``."""
    path = field if field.startswith("apiOrders[") else f"apiOrder.{field}"
    body = {"Message": "The request is invalid.", "ModelState": {path: [text]}}
    return respond(body, 400)


def exception(status: int, text: str, kind: str = "System.Exception") -> HttpResponse:
    """Shape c: the server's own exception, with its stack."""
    body = {
        "Message": "An error has occurred.",
        "ExceptionMessage": text,
        "ExceptionType": kind,
        "StackTrace": "   at ShipStation.Api.Controllers.OrdersController.Execute()",
    }
    return respond(body, status)


def server_error(turn: int) -> HttpResponse:
    """A 500 in one of the forms seen in the field, taken in turns."""
    form = turn % 3
    if form == 0:
        return exception(
            500,
            "Execution Timeout Expired.  The timeout period elapsed prior to completion "
            "of the operation or the server is not responding.",
            "System.Data.SqlClient.SqlException",
        )
    if form == 1:
        return message(500, "An internal error occurred")
    return HttpResponse(
        "<html><head><title>500 Internal Server Error</title></head></html>",
        status=500,
        content_type="text/html",
    )


def from_error(error: ApiError) -> HttpResponse:
    """The answer for a refusal: model errors in shape b, 500 in c, others in a."""
    if error.field is not None and error.status == 400:
        return model_state(error.field, error.message)
    if error.status >= 500:
        return exception(error.status, error.message)
    return message(error.status, error.message)
