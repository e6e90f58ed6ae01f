"""Feeds and their documents: queued, processed after a while, effective later still.

Documents have presigned addresses that end after five minutes (Feeds 2021-06-30); how
long a feed waits and works is the world's setting. Times are Unix milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from stores.sandbox.amazon import acknowledgements
from stores.sandbox.amazon.acknowledgements import Cancellation
from stores.sandbox.amazon.documents import Documents
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
UNFINISHED = ("IN_QUEUE", "IN_PROGRESS")

Cancel = Callable[[Cancellation, str, int], None]


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


class Feeds(Documents):
    """All feeds, with the documents that they came in and are answered by."""

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self.feeds: dict[str, Feed] = {}

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
            **super().dump(),
            "feeds": [asdict(row) for row in self.feeds.values()],
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        super().load(state)
        self.feeds = {row["id"]: Feed(**row) for row in state["feeds"]}

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
        result.fill(content, packed=packed)
        feed.result_id = result.id
        record(
            "feed_done",
            feed.id,
            accepted=not refused,
            type=feed.type,
            order_ids=sorted({each.order_id for each in taken}),
            errors=[row.text for row in refused],
        )
