"""The operations of Feeds 2021-06-30."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

from stores.sandbox.amazon import answers
from stores.sandbox.amazon.answers import ApiError
from stores.sandbox.amazon.calls import Call
from stores.sandbox.amazon.document_store import presigned
from stores.sandbox.amazon.feeds import ACKNOWLEDGEMENT, RETIRED, Feed
from stores.sandbox.amazon.render import iso

Json = dict[str, Any]

STORE_PATH = "feed-documents/"
_STATUSES = ("CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE")


def create_feed_document(call: Call) -> HttpResponse:
    """``createFeedDocument``."""
    content_type = _body(call).get("contentType")
    if not isinstance(content_type, str) or not content_type.strip():
        raise answers.invalid("contentType is required.")
    document = call.world.feeds.new_document(call.seller.id, content_type)
    body = {
        "feedDocumentId": document.id,
        "url": presigned(call, call.world.feeds, document, STORE_PATH, "PUT"),
    }
    return _answer(call, 201, body)


def create_feed(call: Call) -> HttpResponse:
    """``createFeed``; each leaves a ledger row."""
    world, body = call.world, _body(call)
    kind = body.get("feedType")
    if kind != ACKNOWLEDGEMENT and kind not in RETIRED:
        raise answers.invalid(
            f"Invalid feed type: {kind} (the practice server plays {ACKNOWLEDGEMENT})."
        )
    markets = body.get("marketplaceIds")
    if not isinstance(markets, list) or not 1 <= len(markets) <= 25:
        raise answers.invalid("marketplaceIds must hold 1 to 25 ids.")
    if not set(markets) <= set(call.seller.marketplaces):
        raise answers.invalid("marketplaceIds names one that the seller is not in.")
    document = world.feeds.documents.get(str(body.get("inputFeedDocumentId")))
    if document is None or document.seller_id != call.seller.id:
        raise answers.invalid("inputFeedDocumentId is not valid.")
    settings, now = world.settings, call.now_ms
    starts = now + int(settings.feed_queue * 1000)
    ends = starts + int(settings.feed_work * 1000)
    feed = world.feeds.submit(
        Feed(
            id="",
            seller_id=call.seller.id,
            type=str(kind),
            marketplace_ids=[str(market) for market in markets],
            document_id=document.id,
            created=now,
            starts=starts,
            ends=ends,
            effective=ends + int(settings.feed_effect * 1000),
            fate=world.weather.next_fate(),
        )
    )
    world.record("feed_created", feed.id, body, type=kind)
    return _answer(call, 202, {"feedId": feed.id})


def get_feed(call: Call, feed_id: str) -> HttpResponse:
    """``getFeed``."""
    return call.answer(_render(_own(call, feed_id)))


def get_feeds(call: Call) -> HttpResponse:
    """``getFeeds``, newest first; one page."""
    params = call.request.GET
    kinds = [name for name in params.get("feedTypes", "").split(",") if name]
    if not kinds:
        raise answers.invalid("feedTypes or nextToken is required.")
    wanted = [name for name in params.get("processingStatuses", "").split(",") if name]
    if set(wanted) - set(_STATUSES):
        raise answers.invalid("processingStatuses is not valid.")
    rows = [
        _render(feed)
        for feed in reversed(call.world.feeds.feeds.values())
        if feed.seller_id == call.seller.id
        and feed.type in kinds
        and (not wanted or feed.status in wanted)
    ]
    return call.answer({"feeds": rows[: int(params.get("pageSize") or 10)]})


def get_feed_document(call: Call, document_id: str) -> HttpResponse:
    """``getFeedDocument``."""
    document = call.world.feeds.documents.get(document_id)
    if document is None or document.seller_id != call.seller.id:
        raise ApiError(404, "NotFound", "The document was not found.")
    body = {
        "feedDocumentId": document.id,
        "url": presigned(call, call.world.feeds, document, STORE_PATH, "GET"),
    }
    if document.packed:
        body["compressionAlgorithm"] = "GZIP"
    return call.answer(body)


def _own(call: Call, feed_id: str) -> Feed:
    feed = call.world.feeds.feeds.get(feed_id)
    if feed is None or feed.seller_id != call.seller.id:
        raise ApiError(404, "NotFound", f"Feed {feed_id} was not found.")
    return feed


def _render(feed: Feed) -> Json:
    body: Json = {
        "feedId": feed.id,
        "feedType": feed.type,
        "marketplaceIds": feed.marketplace_ids,
        "createdTime": iso(feed.created),
        "processingStatus": feed.status,
    }
    if feed.status != "IN_QUEUE":
        body["processingStartTime"] = iso(feed.starts)
    if feed.status in ("DONE", "FATAL"):
        body["processingEndTime"] = iso(feed.ends)
    if feed.result_id:
        body["resultFeedDocumentId"] = feed.result_id
    return body


def _answer(call: Call, status: int, body: Json) -> HttpResponse:
    rate = call.world.buckets.rate_header(call.name)
    return answers.json_response(status, body, rate=rate)


def _body(call: Call) -> Json:
    try:
        body = json.loads(call.request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise answers.invalid("The request body is not a JSON object.")
    return body
