"""Feeds and their documents: queued, processed after a while, effective later still.

Documents have presigned addresses that end after five minutes (Feeds 2021-06-30); how
long a feed waits and works is the world's setting. Times are Unix milliseconds.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from stores.sandbox.amazon import acknowledgements
from stores.sandbox.amazon.acknowledgements import Cancellation
from stores.sandbox.amazon.orders import OrderBook

Json = dict[str, Any]

ACKNOWLEDGEMENT = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
# Amazon takes them no more: FATAL since 31 July 2025.
RETIRED = frozenset(
    {
        *("POST_PRODUCT_DATA", "POST_INVENTORY_AVAILABILITY_DATA"),
        *("POST_PRODUCT_PRICING_DATA", "POST_FLAT_FILE_INVLOADER_DATA"),
    }
)
ADDRESS_MS = 300_000
UNFINISHED = ("IN_QUEUE", "IN_PROGRESS")

Cancel = Callable[[Cancellation, str, int], None]


@dataclass(slots=True, kw_only=True)
class Document:
    """One file; ``content`` is Base64, None until it was uploaded."""

    id: str
    seller_id: str
    content_type: str = ""
    content: str | None = None
    packed: bool = False

    @property
    def body(self) -> bytes:
        """The file's bytes."""
        return base64.b64decode(self.content or "")


@dataclass(slots=True, kw_only=True)
class Feed:
    """One feed; ``effects`` wait for their moment after it is DONE."""

    id: str
    seller_id: str
    type: str
    marketplace_ids: list[str]
    document_id: str
    created: int
    starts: int
    ends: int
    effective: int
    status: str = "IN_QUEUE"
    result_id: str = ""
    fate: str = ""
    effects: list[Json] = field(default_factory=list)


class Feeds:
    """All feeds, documents and the addresses that were handed out."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._serial = 0
        self.documents: dict[str, Document] = {}
        self.feeds: dict[str, Feed] = {}
        # Signature → (document id, GET or PUT, end).
        self._addresses: dict[str, tuple[str, str, int]] = {}

    def new_document(self, seller_id: str, content_type: str) -> Document:
        """An empty document to be uploaded."""
        made = Document(
            id=f"amzn1.tortuga.4.eu.{self._mint('document')[:32]}",
            seller_id=seller_id,
            content_type=content_type,
        )
        self.documents[made.id] = made
        return made

    def sign(self, document: Document, method: str, now: int) -> str:
        """The query of a presigned address for ``method``, good for five minutes."""
        signature = self._mint("address")
        self._addresses[signature] = (document.id, method, now + ADDRESS_MS)
        return f"X-Amz-Expires=300&X-Amz-Signature={signature}"

    def signed(self, signature: str, method: str) -> tuple[Document, int] | None:
        """What a signature opens by this method, and until when; None: nothing."""
        document_id, allowed, ends = self._addresses.get(signature, ("", "", 0))
        document = self.documents.get(document_id)
        return (document, ends) if document and allowed == method else None

    def submit(self, feed: Feed) -> Feed:
        """Take a feed in under a new id."""
        self._serial += 1
        feed.id = str(50_000_019_000 + self._serial)
        self.feeds[feed.id] = feed
        return feed

    def advance(
        self,
        now: int,
        book: OrderBook,
        *,
        packed: bool,
        record: Callable[..., int],
        cancel: Cancel,
    ) -> None:
        """Let everything happen to feeds that is due."""
        for feed in self.feeds.values():
            if feed.status == "IN_QUEUE" and feed.starts <= now:
                feed.status = "IN_PROGRESS"
            if (
                feed.status == "IN_PROGRESS"
                and feed.ends <= now
                and feed.fate != "stuck"
            ):
                self._process(feed, book, packed=packed, record=record)
            if feed.effects and feed.effective <= now:
                for effect in feed.effects:
                    cancel(Cancellation(**effect), feed.id, feed.effective)
                feed.effects = []

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "serial": self._serial,
            "documents": [asdict(row) for row in self.documents.values()],
            "feeds": [asdict(row) for row in self.feeds.values()],
            "addresses": [[key, *value] for key, value in self._addresses.items()],
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.clear()
        self._serial = state["serial"]
        self.documents = {row["id"]: Document(**row) for row in state["documents"]}
        self.feeds = {row["id"]: Feed(**row) for row in state["feeds"]}
        self._addresses = {s: (d, m, at) for s, d, m, at in state["addresses"]}

    def _process(
        self,
        feed: Feed,
        book: OrderBook,
        *,
        packed: bool,
        record: Callable[..., int],
    ) -> None:
        try:
            if feed.type in RETIRED or feed.fate == "fatal":
                raise acknowledgements.FatalError("the feed type is not processed")
            taken, refused, messages = acknowledgements.process(
                self.documents[feed.document_id].body, feed.seller_id, book
            )
        except acknowledgements.FatalError as error:
            feed.status = "FATAL"
            record("feed_fatal", feed.id, accepted=False, reason=str(error))
            return
        feed.status = "DONE"
        feed.effects = [
            {
                "order_id": each.order_id,
                "item_ids": each.item_ids,
                "reason": each.reason,
            }
            for each in taken
        ]
        content = acknowledgements.report(feed.id, messages, refused)
        result = self.new_document(feed.seller_id, "text/xml")
        result.packed = packed
        result.content = base64.b64encode(
            gzip.compress(content) if packed else content
        ).decode()
        feed.result_id = result.id
        record(
            "feed_done",
            feed.id,
            accepted=not refused,
            type=feed.type,
            order_ids=sorted({each.order_id for each in taken}),
            errors=[row.text for row in refused],
        )

    def _mint(self, purpose: str) -> str:
        self._serial += 1
        return hashlib.sha256(f"{purpose}:{self._serial}".encode()).hexdigest()
