"""The SP-API operations that are played, after token, role and quota were checked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse

from stores.sandbox.amazon import answers, feed_calls, notice_calls, report_calls
from stores.sandbox.amazon.answers import ApiError
from stores.sandbox.amazon.calls import Call
from stores.sandbox.amazon.confirm import (
    apply_confirmation,
    check_confirmation,
    read_confirmation,
)
from stores.sandbox.amazon.marketplaces import MARKETPLACES
from stores.sandbox.amazon.orders import Order
from stores.sandbox.amazon.render import iso, render_order
from stores.sandbox.amazon.search import read_included, read_query, run_query
from stores.sandbox.amazon.v0_reads import (
    list_items,
    list_orders,
    read_order,
)
from stores.sandbox.amazon.weather import drops_confirmation
from stores.sandbox.amazon.world import World

Json = dict[str, Any]


def list_participations(call: Call) -> HttpResponse:
    """``getMarketplaceParticipations`` of sellers v1."""
    rows = []
    for market_id in call.seller.marketplaces:
        site = MARKETPLACES[market_id]
        rows.append(
            {
                "marketplace": {
                    "id": site.id,
                    "name": site.name,
                    "countryCode": site.country,
                    "defaultCurrencyCode": site.currency,
                    "defaultLanguageCode": site.language,
                    "domainName": site.domain,
                },
                "participation": {
                    "isParticipating": market_id not in call.seller.inactive,
                    "hasSuspendedListings": False,
                },
                "storeName": call.seller.name,
            }
        )
    return call.answer({"payload": rows})


def search_orders(call: Call) -> HttpResponse:
    """``searchOrders`` of v2026-01-01."""
    world = call.world
    query = read_query(
        call.request.GET,
        seller_id=call.seller.id,
        now_ms=call.now_ms,
        two_minutes_ms=int(world.settings.two_minutes * 1000),
    )
    page = run_query(
        query,
        world.book,
        call.seller.id,
        now_ms=call.now_ms,
        lag_ms=int(world.settings.list_lag * 1000),
    )
    body: Json = {
        "orders": [
            render_order(
                order,
                query.include,
                call.app.roles,
                poisoned=_is_poisoned(world, order),
            )
            for order in page.orders
        ]
    }
    if page.next_token is not None:
        body["pagination"] = {"nextToken": page.next_token}
    bound = "createdBefore" if page.by == "created" else "lastUpdatedBefore"
    body[bound] = iso(page.before)
    return call.answer(body)


def get_order(call: Call, order_id: str) -> HttpResponse:
    """``getOrder`` of v2026-01-01."""
    include = read_included(call.request.GET)
    order = call.own_order(order_id)
    return call.answer({"order": render_order(order, include, call.app.roles)})


def get_orders_v0(call: Call) -> HttpResponse:
    """``getOrders`` of orders v0."""
    settings = call.world.settings
    return call.answer(
        list_orders(
            call.request.GET,
            call.world.book,
            call.seller.id,
            now_ms=call.now_ms,
            two_minutes_ms=int(settings.two_minutes * 1000),
            lag_ms=int(settings.list_lag * 1000),
        )
    )


def get_order_v0(call: Call, order_id: str) -> HttpResponse:
    """``getOrder`` of orders v0."""
    return call.answer(read_order(order_id, call.world.book, call.seller.id))


def get_order_items_v0(call: Call, order_id: str) -> HttpResponse:
    """``getOrderItems`` of orders v0."""
    return call.answer(list_items(order_id, call.world.book, call.seller.id))


def confirm_shipment(call: Call, order_id: str) -> HttpResponse:
    """``confirmShipment`` of orders v0; each call leaves a ledger row."""
    world = call.world
    body: Any = None
    try:
        try:
            body = json.loads(call.request.body)
        except ValueError:
            raise answers.invalid("The request body is not valid JSON.") from None
        order = call.own_order(order_id)
        wanted = read_confirmation(body)
        edited = check_confirmation(
            wanted,
            order,
            call.seller,
            now_ms=call.now_ms,
            lane_carriers=world.settings.eu_lane_carriers,
        )
    except ApiError as error:
        world.record(
            "confirm_refused",
            order_id,
            body,
            accepted=False,
            code=error.code,
            message=error.message,
        )
        raise
    dropped = drops_confirmation(world)
    if not dropped:
        before = order.status
        apply_confirmation(wanted, order, edited, call.now_ms)
        world.book.touch(order, call.now_ms)
        if order.status != before:
            world.status_changed(order, "Shipment confirmed", call.now_ms)
    world.record(
        "confirm_dropped" if dropped else "confirm",
        order_id,
        body,
        accepted=not dropped,
        edit=edited is not None,
        **wanted.ledger_parts(),
    )
    return answers.empty_response(204, rate=world.buckets.rate_header(call.name))


def _is_poisoned(world: World, order: Order) -> bool:
    weather = world.weather
    if order.order_id in weather.poisoned:
        return True
    if weather.poison_left <= 0:
        return False
    weather.poison_left -= 1
    weather.poisoned.append(order.order_id)
    return True


OPERATIONS: dict[str, Callable[..., HttpResponse]] = {
    "getMarketplaceParticipations": list_participations,
    "searchOrders": search_orders,
    "getOrder": get_order,
    "getOrders": get_orders_v0,
    "getOrderV0": get_order_v0,
    "getOrderItems": get_order_items_v0,
    "confirmShipment": confirm_shipment,
    "createFeedDocument": feed_calls.create_feed_document,
    "createFeed": feed_calls.create_feed,
    "getFeed": feed_calls.get_feed,
    "getFeeds": feed_calls.get_feeds,
    "getFeedDocument": feed_calls.get_feed_document,
    "createReport": report_calls.create_report,
    "getReport": report_calls.get_report,
    "getReports": report_calls.get_reports,
    "getReportDocument": report_calls.get_report_document,
    "createDestination": notice_calls.create_destination,
    "getDestinations": notice_calls.get_destinations,
    "createSubscription": notice_calls.create_subscription,
    "getSubscription": notice_calls.get_subscription,
}
# These are the application's own: their token stands for no seller.
GRANTLESS = frozenset({"createDestination", "getDestinations"})

_ROUTES = [
    (method, name, re.compile(path))
    for method, name, path in (
        ("GET", "getMarketplaceParticipations", "sellers/v1/marketplaceParticipations"),
        ("GET", "searchOrders", "orders/2026-01-01/orders"),
        ("GET", "getOrder", "orders/2026-01-01/orders/(?P<order_id>[^/]+)"),
        ("GET", "getOrders", "orders/v0/orders"),
        # v0 calls it getOrder too; faults and quotas must tell the two apart
        ("GET", "getOrderV0", "orders/v0/orders/(?P<order_id>[^/]+)"),
        ("GET", "getOrderItems", "orders/v0/orders/(?P<order_id>[^/]+)/orderItems"),
        (
            "POST",
            "confirmShipment",
            "orders/v0/orders/(?P<order_id>[^/]+)/shipmentConfirmation",
        ),
        ("POST", "createFeedDocument", "feeds/2021-06-30/documents"),
        ("POST", "createFeed", "feeds/2021-06-30/feeds"),
        ("GET", "getFeeds", "feeds/2021-06-30/feeds"),
        ("GET", "getFeed", "feeds/2021-06-30/feeds/(?P<feed_id>[^/]+)"),
        (
            "GET",
            "getFeedDocument",
            "feeds/2021-06-30/documents/(?P<document_id>[^/]+)",
        ),
        ("POST", "createReport", "reports/2021-06-30/reports"),
        ("GET", "getReports", "reports/2021-06-30/reports"),
        ("GET", "getReport", "reports/2021-06-30/reports/(?P<report_id>[^/]+)"),
        (
            "GET",
            "getReportDocument",
            "reports/2021-06-30/documents/(?P<document_id>[^/]+)",
        ),
        ("POST", "createDestination", "notifications/v1/destinations"),
        ("GET", "getDestinations", "notifications/v1/destinations"),
        (
            "POST",
            "createSubscription",
            "notifications/v1/subscriptions/(?P<kind>[^/]+)",
        ),
        ("GET", "getSubscription", "notifications/v1/subscriptions/(?P<kind>[^/]+)"),
    )
]


def find_route(method: str, path: str) -> tuple[str, dict[str, str]] | None:
    """The operationId and path parameters of a request; None when nothing is played."""
    for wanted, name, pattern in _ROUTES:
        if wanted == method and (found := pattern.fullmatch(path)):
            return name, found.groupdict()
    return None
