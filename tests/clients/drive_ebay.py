"""Drives ebay-apiroute against a sandbox; prints what it saw as JSON.

Run by tests/clients/test_ebay.py in the clients' own virtualenv:
``drive_ebay.py journey|refused '{"url", …}'``. Only ``base_url`` is changed, and the
token comes from the sandbox's token endpoint (the library leaves OAuth to others).
"""

from __future__ import annotations

import json
import sys
from typing import Any

import httpx
from apiroute import UnexpectedResponse
from ebay_apiroute.developer.analytics.client import DeveloperAnalyticsApi
from ebay_apiroute.sell.fulfillment.client import SellFulfillmentApi

Json = dict[str, Any]
CLIENT = ("Demo-shipsync-PRD-demo", "PRD-demo-secret")
REFRESH_TOKEN = "v^1.1#i^1#r^1#demo"
FULFILLMENT = "https://api.ebay.com/oauth/api_scope/sell.fulfillment"
BASE = "https://api.ebay.com/oauth/api_scope"


def token(job: Json, **form: str) -> str:
    """An access token of the sandbox's token endpoint."""
    answer = httpx.post(
        f"{job['url']}/identity/v1/oauth2/token", data=form, auth=CLIENT, timeout=20
    )
    answer.raise_for_status()
    found: str = answer.json()["access_token"]
    return found


def seller(job: Json) -> Any:
    """The Fulfillment API as the demo's seller, at the sandbox."""
    access = job.get("token") or token(
        job,
        grant_type="refresh_token",
        refresh_token=REFRESH_TOKEN,
        scope=FULFILLMENT,
    )
    return SellFulfillmentApi(
        token=access,
        marketplace_id="EBAY_GB",
        base_url=f"{job['url']}/sell/fulfillment/v1",
    )


def journey(job: Json) -> Json:
    """List in pages, read one, fulfil it and read it back."""
    seen: Json = {}
    api, order_id = seller(job), job["order_id"]
    pages: list[list[str]] = []
    while sum(len(page) for page in pages) < job["count"]:
        answer = api.order.get_orders(
            filter="orderfulfillmentstatus:{NOT_STARTED|IN_PROGRESS}",
            limit="2",
            offset=str(2 * len(pages)),
        )
        if not answer["orders"]:
            break
        pages.append([row["orderId"] for row in answer["orders"]])
    seen["pages"] = pages
    seen["total"] = answer["total"]
    asked = api.order.get_orders(order_ids=order_id)
    seen["asked"] = [row["orderId"] for row in asked["orders"]]
    before = api.order.get_order(order_id)
    seen["before"] = before["orderFulfillmentStatus"]
    seen["cancel"] = before["cancelStatus"]["cancelState"]
    # The typed layer takes the answer, too: nothing in it is of a wrong type.
    typed = api.order.models.get_order(order_id)
    seen["typed"] = [typed.order_id, len(typed.line_items)]

    api.shipping_fulfillment.create_shipping_fulfillment(
        order_id,
        body={
            "lineItems": [
                {"lineItemId": row["lineItemId"], "quantity": row["quantity"]}
                for row in before["lineItems"]
            ],
            "shippingCarrierCode": "RoyalMail",
            "trackingNumber": "AB123456785GB",
        },
    )
    back = api.shipping_fulfillment.get_shipping_fulfillments(order_id)
    seen["tracking"] = [row["shipmentTrackingNumber"] for row in back["fulfillments"]]
    seen["after"] = api.order.get_order(order_id)["orderFulfillmentStatus"]

    quotas = DeveloperAnalyticsApi(
        token=token(job, grant_type="client_credentials", scope=BASE),
        base_url=f"{job['url']}/developer/analytics/v1_beta",
    ).rate_limit.get_rate_limits()
    seen["quotas"] = [row["apiName"] for row in quotas["rateLimits"]]
    return seen


def refused(job: Json) -> Json:
    """One list call; which error of the library comes out."""
    try:
        seller(job).order.get_orders()
    except UnexpectedResponse as error:
        body = error.response.json()
        return {
            "error": type(error).__name__,
            "status": error.status_code,
            "id": body["errors"][0]["errorId"],
        }
    return {"error": None}


if __name__ == "__main__":
    play = {"journey": journey, "refused": refused}[sys.argv[1]]
    json.dump(play(json.loads(sys.argv[2])), sys.stdout)
