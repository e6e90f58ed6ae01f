"""The simulated Amazon answers as Amazon's own models say.

Not covered by a stored contract: Login with Amazon, which has no published model, the
XML of feeds and their reports, the payload of ORDER_CHANGE, and AWS's SQS (there boto3
itself is the judge: tests/sandbox/amazon/test_queue.py).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse

from shipsync_site.lib import clock
from stores.sandbox.amazon.buckets import DEFAULT_PLANS
from stores.sandbox.amazon.carriers import CARRIER_CODES
from stores.sandbox.amazon.marketplaces import find_marketplace
from tests.contract.swagger import Document, specs_folder
from tests.sandbox.amazon.driver import ALL_BLOCKS, DE, FR, UK, Driver, make_driver

ORDERS = "orders_2026-01-01.json"
ORDERS_V0 = "ordersV0.json"
SELLERS = "sellers.json"
FEEDS, NOTIFICATIONS = "feeds_2021-06-30.json", "notifications.json"
REPORTS = "reports_2021-06-30.json"
FEEDS_PATH = "/feeds/2021-06-30"
REPORTS_PATH = "/reports/2021-06-30"
SEARCH_PATH = "/orders/2026-01-01/orders"
PARTICIPATIONS_PATH = "/sellers/v1/marketplaceParticipations"
AFTER = "2026-01-01T00:00:00Z"


@pytest.fixture
def amazon() -> Iterator[Driver]:
    before = clock.current()
    yield make_driver()
    clock.configure(before)


def document(name: str) -> Document:
    return Document.load(specs_folder() / "amazon" / name)


def get(amazon: Driver, path: str, **params: Any) -> HttpResponse:
    return amazon.get(f"eu{path}", **params)


def check(
    contract: Document, method: str, path: str, response: HttpResponse, status: int
) -> Any:
    """The answer has this status and is what the contract declares for it."""
    assert response.status_code == status, response.content
    body = json.loads(response.content) if response.content else None
    assert contract.response_errors(method, path, status, body) == []
    assert contract.header_errors(method, path, status, response.headers) == []
    assert response["x-amzn-RequestId"]
    schema = contract.operation(method, path)["responses"][str(status)].get("schema")
    if schema is not None:
        assert contract.undeclared(schema, body) == []
    return body


def fill(amazon: Driver) -> dict[str, str]:
    """One order in each state that an answer can show."""
    ids = {
        "plain": amazon.place_one(seed=1),
        "dear": amazon.place_one(seed=2, lines=6, gift=True, business=True),
        "ioss": amazon.place_one(seed=3, marketplace="DE", ioss=True),
        "empty ioss": amazon.place_one(seed=4, marketplace="FR", ioss="empty"),
        "pending": amazon.place_one(seed=5, pending=9999),
        "amazon": amazon.place_one(seed=6, fulfilled_by="AMAZON"),
        "asked": amazon.place_one(seed=7),
        "cancelled": amazon.place_one(seed=8),
        "shipped": amazon.place_one(seed=9, quantity=2),
        "partly": amazon.place_one(seed=10, quantity=2),
        "coded": amazon.place_one(
            seed=11, quantity=1, programs=["TRANSPARENCY", "PRIME"]
        ),
        "no lines": amazon.place_one(seed=12, variant="zero_lines"),
    }
    amazon.peer.cancel({"order_id": ids["asked"], "how": "request"})
    amazon.peer.cancel({"order_id": ids["cancelled"], "how": "cancelled"})
    amazon.confirm(ids["shipped"], shippingMethod="Tracked 24")
    for name, quantity in (("partly", 1), ("coded", 1)):
        item = amazon.order(ids[name])["orderItems"][0]["orderItemId"]
        row = {"orderItemId": item, "quantity": quantity}
        if name == "coded":
            row["transparencyCodes"] = ["09876543211234567890"]
        assert amazon.confirm(ids[name], orderItems=[row]).status_code == 204
    amazon.time.move(seconds=1)
    return ids


@pytest.mark.parametrize("included", ["", *ALL_BLOCKS.split(","), ALL_BLOCKS])
def test_search_orders_answers_by_the_model(amazon: Driver, included: str) -> None:
    contract = document(ORDERS)
    ids = fill(amazon)

    body = check(
        contract,
        "GET",
        SEARCH_PATH,
        get(amazon, SEARCH_PATH, lastUpdatedAfter=AFTER, includedData=included),
        200,
    )

    assert {order["orderId"] for order in body["orders"]} == set(ids.values())


def test_search_orders_pages_by_the_model(amazon: Driver) -> None:
    contract = document(ORDERS)
    fill(amazon)
    response = get(amazon, SEARCH_PATH, createdAfter=AFTER, maxResultsPerPage=2)

    body = check(contract, "GET", SEARCH_PATH, response, 200)

    assert body["pagination"]["nextToken"]


@pytest.mark.parametrize("included", ["", ALL_BLOCKS])
def test_get_order_answers_by_the_model(amazon: Driver, included: str) -> None:
    contract = document(ORDERS)

    for order_id in fill(amazon).values():
        path = f"{SEARCH_PATH}/{order_id}"
        response = get(amazon, path, includedData=included)
        check(contract, "GET", path, response, 200)


def test_refused_reads_answer_by_the_model(amazon: Driver) -> None:
    contract = document(ORDERS)
    order_path = f"{SEARCH_PATH}/111-1111111-1111111"

    check(contract, "GET", SEARCH_PATH, get(amazon, SEARCH_PATH), 400)
    check(contract, "GET", order_path, get(amazon, order_path), 404)
    amazon.peer.configure({"quotas": {"searchOrders": {"rate": 0.01, "burst": 1}}})
    get(amazon, SEARCH_PATH)
    check(contract, "GET", SEARCH_PATH, get(amazon, SEARCH_PATH), 429)
    for status in (500, 503):
        injected = amazon.peer.error_response(status)
        check(contract, "GET", SEARCH_PATH, injected, status)
    amazon.token = "Atza|wrong"
    check(contract, "GET", SEARCH_PATH, get(amazon, SEARCH_PATH), 403)


def test_odd_variants_break_the_model_on_purpose(amazon: Driver) -> None:
    contract = document(ORDERS)
    schema = {"$ref": "#/definitions/GetOrderResponse"}

    for variant in ("malformed", "unknown_status"):
        order = amazon.order(amazon.place_one(variant=variant))
        assert contract.errors(schema, {"order": order}), variant
    unknown = amazon.order(amazon.place_one(variant="unknown_enum"))
    # v2026 leaves these enums open, but the extra field is no part of the model.
    assert contract.undeclared(schema, {"order": unknown}) == ["/order/futureField"]


def test_v0_reads_answer_by_the_model(amazon: Driver) -> None:
    contract = document(ORDERS_V0)
    ids = fill(amazon)
    query = {"MarketplaceIds": f"{UK},{DE},{FR}", "LastUpdatedAfter": AFTER}
    orders = "/orders/v0/orders"

    body = check(contract, "GET", orders, get(amazon, orders, **query), 200)

    listed = {row["AmazonOrderId"]: row for row in body["payload"]["Orders"]}
    assert set(listed) == set(ids.values())
    assert listed[ids["cancelled"]]["OrderStatus"] == "Canceled"
    for order_id in ids.values():
        path = f"{orders}/{order_id}"
        one = check(contract, "GET", path, get(amazon, path), 200)["payload"]
        assert one == listed[order_id]
        path += "/orderItems"
        items = check(contract, "GET", path, get(amazon, path), 200)["payload"]
        units = sum(row["QuantityOrdered"] for row in items["OrderItems"])
        assert units >= one["NumberOfItemsUnshipped"] + one["NumberOfItemsShipped"]


def test_refused_v0_reads_answer_by_the_model(amazon: Driver) -> None:
    contract = document(ORDERS_V0)
    path = "/orders/v0/orders"
    query = {"MarketplaceIds": UK, "CreatedAfter": AFTER}

    check(contract, "GET", path, get(amazon, path, CreatedAfter=AFTER), 400)
    check(contract, "GET", path, get(amazon, path, MarketplaceIds=UK), 400)
    amazon.peer.configure({"quotas": {"getOrders": {"rate": 0.01, "burst": 1}}})
    get(amazon, path, **query)
    check(contract, "GET", path, get(amazon, path, **query), 429)
    amazon.token = ""
    check(contract, "GET", path, get(amazon, path, **query), 403)


def confirm_path(order_id: str) -> str:
    return f"/orders/v0/orders/{order_id}/shipmentConfirmation"


def test_confirm_shipment_takes_what_the_model_declares(amazon: Driver) -> None:
    contract = document(ORDERS_V0)
    order_id = amazon.place_one()
    path = confirm_path(order_id)
    body = amazon.confirmation(order_id, shippingMethod="Tracked 24")
    assert contract.body_errors("POST", path, body) == []

    check(contract, "POST", path, amazon.post(f"eu{path}", body), 204)


@pytest.mark.parametrize("field", ["packageReferenceId", "carrierCode", "shipDate"])
def test_confirm_shipment_refuses_what_the_model_forbids(
    amazon: Driver, field: str
) -> None:
    contract = document(ORDERS_V0)
    order_id = amazon.place_one()
    path = confirm_path(order_id)

    for value in (1, None):
        body = amazon.confirmation(order_id)
        if value is None:
            del body["packageDetail"][field]
        else:
            body["packageDetail"][field] = value
        assert contract.body_errors("POST", path, body)
        response = amazon.post(f"eu{path}", body)
        # The model wraps v0 errors in ConfirmShipmentErrorResponse.
        check(contract, "POST", path, response, 400)


def test_refused_confirmations_answer_by_the_model(amazon: Driver) -> None:
    contract = document(ORDERS_V0)
    order_id = amazon.place_one()
    path = confirm_path(order_id)
    body = amazon.confirmation(order_id)
    unknown = confirm_path("111-1111111-1111111")

    check(contract, "POST", unknown, amazon.post(f"eu{unknown}", body), 404)
    amazon.peer.configure({"quotas": {"confirmShipment": {"rate": 0.01, "burst": 1}}})
    amazon.post(f"eu{path}", body)
    check(contract, "POST", path, amazon.post(f"eu{path}", body), 429)
    check(contract, "POST", path, amazon.peer.error_response(500), 500)
    amazon.token = ""
    check(contract, "POST", path, amazon.post(f"eu{path}", body), 403)


def test_participations_answer_by_the_model(amazon: Driver) -> None:
    contract = document(SELLERS)
    path = PARTICIPATIONS_PATH

    body = check(contract, "GET", path, get(amazon, path), 200)

    assert [row["marketplace"]["id"] for row in body["payload"]] == [
        find_marketplace(code).id for code in ("UK", "DE", "FR")
    ]
    amazon.peer.configure({"quotas": {"all": {"burst": 1}}})
    get(amazon, path)
    check(contract, "GET", path, get(amazon, path), 429)
    amazon.token = ""
    check(contract, "GET", path, get(amazon, path), 403)


def test_feeds_answer_by_the_model(amazon: Driver) -> None:
    contract = document(FEEDS)
    order_id = amazon.place_one()
    documents, feeds = f"{FEEDS_PATH}/documents", f"{FEEDS_PATH}/feeds"
    wanted = {"contentType": "text/xml; charset=UTF-8"}
    assert contract.body_errors("POST", documents, wanted) == []

    made = check(
        contract, "POST", documents, amazon.post(f"eu{documents}", wanted), 201
    )
    amazon.upload(made["url"], amazon.acknowledgement(order_id))
    body = amazon.feed_body(made["feedDocumentId"])
    assert contract.body_errors("POST", feeds, body) == []
    feed = check(contract, "POST", feeds, amazon.post(f"eu{feeds}", body), 202)
    one = f"{feeds}/{feed['feedId']}"
    seen = []
    for seconds in (0, 30, 60):
        amazon.time.move(seconds=seconds)
        found = check(contract, "GET", one, get(amazon, one), 200)
        seen.append(found["processingStatus"])
        listed = get(amazon, feeds, feedTypes=body["feedType"])
        assert check(contract, "GET", feeds, listed, 200)["feeds"] == [found]
    result = f"{documents}/{found['resultFeedDocumentId']}"
    check(contract, "GET", result, get(amazon, result), 200)

    assert seen == ["IN_QUEUE", "IN_PROGRESS", "DONE"]


def test_refused_feeds_answer_by_the_model(amazon: Driver) -> None:
    contract = document(FEEDS)
    documents, feeds = f"{FEEDS_PATH}/documents", f"{FEEDS_PATH}/feeds"

    check(contract, "POST", documents, amazon.post(f"eu{documents}", {}), 400)
    check(contract, "POST", feeds, amazon.post(f"eu{feeds}", {}), 400)
    for path in (f"{feeds}/1", f"{documents}/1"):
        check(contract, "GET", path, get(amazon, path), 404)
    amazon.peer.configure({"quotas": {"createFeed": {"rate": 0.01, "burst": 1}}})
    amazon.post(f"eu{feeds}", {})
    check(contract, "POST", feeds, amazon.post(f"eu{feeds}", {}), 429)


def test_reports_answer_by_the_model(amazon: Driver) -> None:
    contract = document(REPORTS)
    order_id = amazon.place_one()
    reports = f"{REPORTS_PATH}/reports"
    wanted = amazon.report_body()
    assert contract.body_errors("POST", reports, wanted) == []

    made = check(contract, "POST", reports, amazon.post(f"eu{reports}", wanted), 202)
    one = f"{reports}/{made['reportId']}"
    seen = []
    for seconds in (0, 20, 40):
        amazon.time.move(seconds=seconds)
        found = check(contract, "GET", one, get(amazon, one), 200)
        seen.append(found["processingStatus"])
        listed = get(amazon, reports, reportTypes=wanted["reportType"])
        assert check(contract, "GET", reports, listed, 200)["reports"] == [found]
    path = f"{REPORTS_PATH}/documents/{found['reportDocumentId']}"
    told = check(contract, "GET", path, get(amazon, path), 200)
    content = gzip.decompress(amazon.download(told["url"]).content).decode()

    assert seen == ["IN_QUEUE", "IN_PROGRESS", "DONE"]
    assert told["compressionAlgorithm"] == "GZIP"
    header, row = content.splitlines()
    assert dict(zip(header.split("\t"), row.split("\t"), strict=True)) | {
        "amazon-order-id": order_id,
        "order-status": "Unshipped",
    } == dict(zip(header.split("\t"), row.split("\t"), strict=True))
    amazon.time.move(minutes=5)
    assert amazon.download(told["url"]).status_code == 403


def test_refused_reports_answer_by_the_model(amazon: Driver) -> None:
    contract = document(REPORTS)
    reports = f"{REPORTS_PATH}/reports"
    settlement = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"

    for body in (
        {},
        amazon.report_body(reportType="GET_NO_SUCH_REPORT"),
        amazon.report_body(reportType=settlement),
        amazon.report_body(marketplaceIds=["ATVPDKIKX0DER"]),
    ):
        check(contract, "POST", reports, amazon.post(f"eu{reports}", body), 400)
    for path in (f"{reports}/1", f"{REPORTS_PATH}/documents/1"):
        check(contract, "GET", path, get(amazon, path), 404)
    check(contract, "GET", reports, get(amazon, reports), 400)
    amazon.peer.configure({"quotas": {"createReport": {"rate": 0.01, "burst": 1}}})
    amazon.post(f"eu{reports}", {})
    check(contract, "POST", reports, amazon.post(f"eu{reports}", {}), 429)


def test_reports_that_appear_by_themselves_are_listed_page_by_page(
    amazon: Driver,
) -> None:
    contract = document(REPORTS)
    reports = f"{REPORTS_PATH}/reports"
    settlement = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
    now = int(clock.timestamp() * 1000)
    made = [
        amazon.peer.world.reports.add_finished(
            "A2DEMOSELLER",
            settlement,
            f"file {number}".encode(),
            now=now,
            marketplace_ids=[UK],
            data_from=now - 1000,
            data_to=now,
        ).id
        for number in range(3)
    ]

    query = {"reportTypes": settlement, "processingStatuses": "DONE", "pageSize": 2}
    first = check(contract, "GET", reports, get(amazon, reports, **query), 200)
    token = {"nextToken": first["nextToken"]}
    second = check(contract, "GET", reports, get(amazon, reports, **token), 200)

    listed = [row["reportId"] for row in first["reports"] + second["reports"]]
    assert listed == made[::-1]
    assert "nextToken" not in second


def test_subscriptions_answer_by_the_model(amazon: Driver) -> None:
    contract = document(NOTIFICATIONS)
    destinations = "/notifications/v1/destinations"
    subscription = "/notifications/v1/subscriptions/ORDER_CHANGE"
    arn = "arn:aws:sqs:eu-west-1:123456789012:orders"
    amazon.peer.world.notices.sqs.create(arn)
    check(contract, "GET", subscription, get(amazon, subscription), 404)
    seller = amazon.token
    check(contract, "GET", destinations, get(amazon, destinations), 403)
    amazon.login(
        grant_type="client_credentials", scope="sellingpartnerapi::notifications"
    )

    wanted = {"name": "ours", "resourceSpecification": {"sqs": {"arn": arn}}}
    assert contract.body_errors("POST", destinations, wanted) == []
    made = check(
        contract, "POST", destinations, amazon.post(f"eu{destinations}", wanted), 200
    )
    check(contract, "GET", destinations, get(amazon, destinations), 200)
    amazon.token = seller
    body = {
        "payloadVersion": "1.0",
        "destinationId": made["payload"]["destinationId"],
        "processingDirective": {
            "eventFilter": {
                "eventFilterType": "ORDER_CHANGE",
                "orderChangeTypes": ["OrderStatusChange", "BuyerRequestedChange"],
                "marketplaceIds": [UK],
            }
        },
    }
    assert contract.body_errors("POST", subscription, body) == []
    answer = amazon.post(f"eu{subscription}", body)
    check(contract, "POST", subscription, answer, 200)
    found = check(contract, "GET", subscription, get(amazon, subscription), 200)
    check(contract, "POST", subscription, amazon.post(f"eu{subscription}", body), 409)

    assert found["payload"]["processingDirective"] == body["processingDirective"]


def test_quotas_are_those_of_the_models() -> None:
    path = specs_folder() / "amazon" / "rate_limits.json"
    plans = {
        (name, row["operationId"]): (row["rate_per_s"], row["burst"])
        for name, rows in json.loads(path.read_text())["models"].items()
        for row in rows
    }
    models = {
        "searchOrders": ORDERS,
        "getOrder": ORDERS,
        "getOrders": ORDERS_V0,
        "getOrderV0": ORDERS_V0,
        "getOrderItems": ORDERS_V0,
        "confirmShipment": ORDERS_V0,
        "getMarketplaceParticipations": SELLERS,
        **dict.fromkeys(
            ("createFeedDocument", "createFeed", "getFeed", "getFeeds"), FEEDS
        ),
        "getFeedDocument": FEEDS,
        **dict.fromkeys(
            ("createReport", "getReport", "getReports", "getReportDocument"), REPORTS
        ),
        **dict.fromkeys(("createDestination", "getDestinations"), NOTIFICATIONS),
        **dict.fromkeys(("createSubscription", "getSubscription"), NOTIFICATIONS),
    }

    assert set(models) == set(DEFAULT_PLANS)
    for operation, model in models.items():
        plan = DEFAULT_PLANS[operation]
        name = operation.removesuffix("V0")
        assert plans[model, name] == (plan.rate, plan.burst), operation


def test_carrier_codes_are_a_part_of_amazons_list() -> None:
    path = specs_folder() / "amazon" / "carrier_codes_2021.json"

    assert set(json.loads(path.read_text())["values"]) >= CARRIER_CODES
