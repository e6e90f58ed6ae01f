"""A person's cancellation, told to Amazon by a feed.

Each try reads the order first: what Amazon has cancelled is a success, whoever did it.
Then the feed of this reference is looked up in the token store, or made. A feed takes
minutes, at times hours: until it ends the outcome is unknown and reading back decides.
A feed whose id got lost may be made twice; the second finds nothing to cancel.
"""

from __future__ import annotations

import hashlib
from typing import Any

from stores.connectors.amazon import acknowledge
from stores.connectors.amazon.client import AmazonClient
from stores.connectors.base import AccountConfig, TokenStore
from stores.errors import OutcomeUnknownError, RejectedError, UnexpectedAnswerError
from stores.http import Answer
from stores.remote_types import (
    CancellationAnswer,
    Choice,
    ChoiceKind,
    FreshToken,
    RemoteLine,
    RemoteOrder,
    RemoteStatus,
)

# Amazon keeps feeds and their documents for 28 days.
FEED_LIFE = 28 * 86400.0
UNFINISHED = ("IN_QUEUE", "IN_PROGRESS")
# Before the id of a feed that Amazon refused: it is not asked for again.
REFUSED = "refused "

CHOICES = tuple(
    Choice(kind=ChoiceKind.CANCEL_REASON, code=code, label=label)
    for code, label in acknowledge.REASONS.items()
)


def tell(
    client: AmazonClient,
    tokens: TokenStore,
    account: AccountConfig,
    answer: CancellationAnswer,
    order: RemoteOrder | None,
    *,
    urgent: bool,
) -> None:
    """Cancel what ``answer`` names of ``order``, as it was read just now.

    Raises RejectedError (also for what Amazon's report refuses), OutcomeUnknownError
    while the feed is being processed, and what calls raise.
    """
    if not answer.accept:
        raise _refusal(
            "accept",
            "Amazon takes no refusal of a cancellation: ship the order and confirm it; "
            "the buyer then refuses or returns the parcel",
        )
    lines = _open_lines(answer, order)
    if not lines:
        return
    reason = _reason(answer, lines)
    content = acknowledge.envelope(
        account.seller_id,
        answer.order_remote_id,
        tuple(line.remote_id for line in lines),
        reason,
    )
    kind = _kind(answer)
    feed_id = tokens.get(kind)
    if not feed_id or feed_id.startswith(REFUSED):
        made = tokens.refresh(
            kind,
            lambda: _new_feed(client, answer.marketplace_id, content, urgent=urgent),
        )
        raise _in_the_making(made)
    try:
        _check_feed(client, feed_id, urgent=urgent)
    except RejectedError:
        # Whoever tries again after this sends another feed.
        tokens.refresh(
            kind, lambda: FreshToken(token=f"{REFUSED}{feed_id}", seconds=FEED_LIFE)
        )
        raise


def _open_lines(
    answer: CancellationAnswer, order: RemoteOrder | None
) -> list[RemoteLine]:
    """The lines that are still to be cancelled; none: all is done."""
    if order is None:
        raise RejectedError(
            f"Amazon knows no order {answer.order_remote_id}", code="not_found"
        )
    if order.status is RemoteStatus.CANCELLED:
        return []
    known = {line.remote_id: line for line in order.lines}
    wanted: list[RemoteLine] = []
    shipped = ""
    for line_id, units in answer.lines:
        line = known.get(line_id)
        if line is None:
            raise _refusal("lines", f"The order has no item {line_id} at Amazon")
        gone = line.quantity_cancelled or 0
        left = line.quantity - gone - (line.quantity_fulfilled or 0)
        if gone and not left:
            continue
        if not left:
            shipped = line_id
            continue
        if units < left:
            raise _refusal(
                "lines",
                f"Item {line_id}: {units} of {left} open units can't be cancelled here, "
                "only the item as a whole; cancel them in Seller Central",
            )
        wanted.append(line)
    if shipped and not wanted:
        raise RejectedError(
            f"Item {shipped} is confirmed as shipped, so Amazon can't cancel it any more: "
            "refund it in Seller Central",
            code="already_fulfilled",
            field="lines",
        )
    return wanted


def _reason(answer: CancellationAnswer, lines: list[RemoteLine]) -> str:
    """The given reason; the buyer's own where the buyer asked."""
    if answer.reason:
        if answer.reason not in acknowledge.REASONS:
            raise _refusal(
                "reason",
                f"Amazon knows no reason {answer.reason!r}; there are: "
                + ", ".join(acknowledge.REASONS),
            )
        return answer.reason
    if all(line.cancel_requested for line in lines):
        return acknowledge.BUYER_CANCELED
    raise _refusal(
        "reason",
        "The buyer did not ask Amazon to cancel all of this, so a reason is needed: "
        + ", ".join(acknowledge.REASONS),
    )


def _kind(answer: CancellationAnswer) -> str:
    """Where the token store keeps the feed's id; kinds are at most 40 long."""
    name = f"{answer.order_remote_id} {answer.reference}"
    return f"cancel-{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def _new_feed(
    client: AmazonClient, marketplace_id: str, content: bytes, *, urgent: bool
) -> FreshToken:
    """Upload the feed and have it processed; its id, as the token store keeps one."""
    made = client.create_feed_document(acknowledge.CONTENT_TYPE, urgent=urgent)
    document_id, url = _field(made, "feedDocumentId"), _field(made, "url")
    client.document(url, content=content, content_type=acknowledge.CONTENT_TYPE)
    feed = client.create_feed(
        {
            "feedType": acknowledge.FEED_TYPE,
            "marketplaceIds": [marketplace_id],
            "inputFeedDocumentId": document_id,
        },
        urgent=urgent,
    )
    return FreshToken(token=_field(feed, "feedId"), seconds=FEED_LIFE)


def _check_feed(client: AmazonClient, feed_id: str, *, urgent: bool) -> None:
    """Return where Amazon's report has our message as done."""
    answer = client.get_feed(feed_id, urgent=urgent)
    status = _field(answer, "processingStatus")
    if status in UNFINISHED:
        raise _in_the_making(feed_id)
    document_id = _object(answer).get("resultFeedDocumentId")
    found = acknowledge.Outcome(refused=status != "DONE")
    if isinstance(document_id, str) and document_id:
        found = _report(client, document_id, urgent=urgent)
    elif status == "DONE":
        raise _in_the_making(feed_id)
    if status == "DONE" and not found.refused:
        return
    said = f": {found.text}" if found.text else ""
    raise RejectedError(
        f"Amazon did not take the cancellation (feed {feed_id}, {status}){said}. Look "
        "at the order in Manage Orders",
        code=found.code or f"feed_{status.lower()}",
    )


def _report(
    client: AmazonClient, document_id: str, *, urgent: bool
) -> acknowledge.Outcome:
    answer = client.get_feed_document(document_id, urgent=urgent)
    packed = _object(answer).get("compressionAlgorithm") == "GZIP"
    content = client.document(_field(answer, "url"))
    try:
        return acknowledge.read_report(content.body, compressed=packed)
    except acknowledge.BadReportError as error:
        problem = f"The processing report of a cancellation can't be read: {error}"
    raise content.unexpected(problem)


def _in_the_making(feed_id: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        f"Amazon has the cancellation and works on it (feed {feed_id})",
        code="feed_in_progress",
    )


def _object(answer: Answer) -> dict[str, Any]:
    body = answer.json()
    if not isinstance(body, dict):
        raise answer.unexpected("Feeds answered with something else than an object")
    return body


def _field(answer: Answer, name: str) -> str:
    value = _object(answer).get(name)
    if isinstance(value, str) and value:
        return value
    error: UnexpectedAnswerError = answer.unexpected(f"Feeds answered without {name}")
    # A presigned address may stand beside it.
    error.body = ""
    raise error


def _refusal(field: str, text: str) -> RejectedError:
    return RejectedError(text, code="not_sent", field=field)
