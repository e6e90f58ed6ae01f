"""Drives python-amazon-sp-api against a sandbox; prints what it saw as JSON.

Run by tests/clients/test_amazon.py in the clients' own virtualenv:
``drive_amazon.py journey|cancel|refused '{"url", "secret", "order_id"}'``. Only hosts are
changed: the endpoint of each client, and host and scheme of its token client.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sp_api.api import Feeds, Orders, Sellers
from sp_api.auth import AccessTokenClient
from sp_api.auth.exceptions import AuthorizationError
from sp_api.base import Marketplaces, SellingApiException

Json = dict[str, Any]
SELLER_CLIENT = "amzn1.application-oa2-client.demo"


def connect(kind: Any, job: Json, **options: Any) -> Any:
    """A client of the library whose hosts are the sandbox's."""
    url = urlsplit(job["url"])

    class Login(AccessTokenClient):  # type: ignore[misc]
        scheme = f"{url.scheme}://"
        host = url.netloc
        path = f"{url.path}{AccessTokenClient.path}"

    client = kind(
        marketplace=Marketplaces.UK,
        refresh_token="Atzr|demo",
        credentials={
            "refresh_token": "Atzr|demo",
            "lwa_app_id": SELLER_CLIENT,
            "lwa_client_secret": job["secret"],
        },
        auth_token_client_class=Login,
        **options,
    )
    client.endpoint = f"{job['url']}/eu"
    return client


def since() -> str:
    """A day ago, as Amazon wants it."""
    return (datetime.now(UTC) - timedelta(days=1)).isoformat()


def journey(job: Json) -> Json:
    """List, read, confirm and read back, by both versions of the orders API."""
    seen: Json = {}
    sellers = connect(Sellers, job)
    participations = sellers.get_marketplace_participation().payload
    seen["marketplaces"] = [row["marketplace"]["id"] for row in participations]

    old = connect(Orders, job, version="v0")
    pages, token, start = [], None, since()
    while True:
        extra: Json = {"NextToken": token} if token else {}
        answer = old.get_orders(CreatedAfter=start, MaxResultsPerPage=2, **extra)
        pages.append([row["AmazonOrderId"] for row in answer.payload["Orders"]])
        token = answer.next_token
        if not token:
            break
    seen["v0_pages"] = pages
    seen["rate"] = answer.rate_limit
    order_id = job["order_id"]
    seen["v0_before"] = old.get_order(order_id).payload
    items = old.get_order_items(order_id).payload["OrderItems"]
    seen["v0_items"] = items

    new = connect(Orders, job, version="2026-01-01")
    found = new.search_orders(
        createdAfter=since(),
        marketplaceIds=[Marketplaces.UK.marketplace_id],
        includedData=["FULFILLMENT", "RECIPIENT"],
    )
    seen["search"] = [row["orderId"] for row in found.payload["orders"]]

    confirmed = old.confirm_shipment(
        order_id,
        marketplaceId=Marketplaces.UK.marketplace_id,
        packageDetail={
            "packageReferenceId": "1",
            "carrierCode": "Royal Mail",
            "trackingNumber": "AB123456785GB",
            "shipDate": datetime.now(UTC).isoformat(),
            "orderItems": [
                {"orderItemId": row["OrderItemId"], "quantity": row["QuantityOrdered"]}
                for row in items
            ],
        },
    )
    seen["confirmed"] = confirmed.payload
    seen["v0_after"] = old.get_order(order_id).payload
    read = new.get_order(order_id, includedData=["PACKAGES", "FULFILLMENT"])
    seen["read_back"] = read.payload["order"]
    return seen


def cancel(job: Json) -> Json:
    """Cancel an order by an acknowledgement feed; its end and its report."""
    feeds = connect(Feeds, job)
    document, made = feeds.submit_feed(
        "POST_ORDER_ACKNOWLEDGEMENT_DATA",
        io.BytesIO(job["feed"].encode()),
        content_type="text/xml; charset=UTF-8",
        marketplaceIds=[Marketplaces.UK.marketplace_id],
    )
    feed = feeds.get_feed(made.payload["feedId"]).payload
    report = feeds.get_feed_result_document(feed["resultFeedDocumentId"])
    return {
        "document": document.payload["feedDocumentId"],
        "status": feed["processingStatus"],
        "report": report,
    }


def refused(job: Json) -> Json:
    """One list call; which error of the library comes out."""
    try:
        connect(Orders, job, version="v0").get_orders(CreatedAfter=since())
    except SellingApiException as error:
        return {
            "error": type(error).__name__,
            "status": error.code,
            "code": error.amzn_code,
            "rate_header": error.headers.get("x-amzn-RateLimit-Limit"),
        }
    except AuthorizationError as error:
        return {
            "error": type(error).__name__,
            "status": error.status_code,
            "code": error.error_code,
        }
    return {"error": None}


if __name__ == "__main__":
    plays = {"journey": journey, "cancel": cancel, "refused": refused}
    play = plays[sys.argv[1]]
    json.dump(play(json.loads(sys.argv[2])), sys.stdout)
