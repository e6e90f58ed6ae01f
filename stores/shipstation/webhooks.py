"""ShipStation's webhook subscriptions, API v1: subscribe, list, delete; no update.

A subscription's address is secret: it is in no error and no row of calls.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stores.errors import OutcomeUnknownError, RemoteError, UnexpectedAnswerError
from stores.http import Answer
from stores.shipstation.client import ShipStationClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscription of the account, ours or anybody's."""

    id: int
    event: str
    url: str = field(repr=False)
    name: str = ""
    active: bool = True


def subscribe(
    client: ShipStationClient, *, event: str, url: str, name: str, urgent: bool = False
) -> int:
    """Have an event of all stores sent to an address; the subscription's id.

    Raises RejectedError when ShipStation refuses the event, OutcomeUnknownError when
    its answer can't be read: list before repeating.
    """
    body = {"target_url": url, "event": event, "friendly_name": name}
    found: list[int] = []

    def classify(answer: Answer) -> None:
        try:
            client.classify(answer, operation="subscribe", write=True)
        except RemoteError as error:
            # Its text may repeat what was sent.
            error.message = error.message.replace(url, "our address")
            error.args = (error.message,)
            raise
        number = _id(_json(answer))
        if number is None:
            raise OutcomeUnknownError(
                "ShipStation took the subscription, but told no id of it",
                status=answer.status,
                code="malformed",
            )
        found.append(number)

    client.send(
        "subscribe",
        "POST",
        path="/webhooks/subscribe",
        body=body,
        urgent=urgent,
        classify=classify,
    )
    return found[0]


def list_all(
    client: ShipStationClient, *, urgent: bool = False
) -> tuple[Subscription, ...]:
    """Every subscription of the account; raises UnexpectedAnswerError for nonsense."""
    found: list[Subscription] = []

    def classify(answer: Answer) -> None:
        client.classify(answer, operation="webhooks", write=False)
        body = _json(answer)
        rows = body.get("webhooks") if isinstance(body, dict) else body
        if not isinstance(rows, list):
            raise UnexpectedAnswerError(
                "ShipStation's answer to webhooks is no list",
                status=answer.status,
                code="malformed",
            )
        found.extend(each for row in rows if (each := _subscription(row)) is not None)

    client.send("webhooks", "GET", path="/webhooks", urgent=urgent, classify=classify)
    return tuple(found)


def delete(client: ShipStationClient, number: int, *, urgent: bool = False) -> None:
    """End a subscription; one that is gone already is fine."""

    def classify(answer: Answer) -> None:
        if answer.status == 404:
            client.learn(answer)
        else:
            client.classify(answer, operation="unsubscribe", write=True)

    client.send(
        "unsubscribe",
        "DELETE",
        path=f"/webhooks/{number}",
        urgent=urgent,
        classify=classify,
    )


def _subscription(row: Any) -> Subscription | None:
    """A row of the list; one without an id can't be ours nor be ended."""
    number = _id(row)
    if number is None:
        return None
    return Subscription(
        id=number,
        event=_text(row, "HookType", "hook_type", "event"),
        url=_text(row, "Url", "url", "target_url"),
        name=_text(row, "Name", "name", "friendly_name"),
        active=row.get("Active") is not False,
    )


def _id(row: Any) -> int | None:
    """``{"id": N}`` in the older documents, ``{"WebHookID": N, …}`` in the newer."""
    if not isinstance(row, dict):
        return None
    for name in ("id", "WebHookID", "webhook_id"):
        value = row.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return int(value)
    return None


def _text(row: dict[str, Any], *names: str) -> str:
    return next(
        (str(row[name]) for name in names if isinstance(row.get(name), str)), ""
    )


def _json(answer: Answer) -> Any:
    """The body; an error about it does not keep it, for it holds addresses."""
    try:
        return answer.json()
    except UnexpectedAnswerError as error:
        error.body = ""
        raise
