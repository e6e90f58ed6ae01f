from __future__ import annotations

import pytest

from stores.sandbox.amazon.buckets import DEFAULT_PLANS
from stores.sandbox.core import ControlError
from tests.sandbox.amazon.driver import Driver, read


def restore_quotas(amazon: Driver) -> None:
    amazon.peer.configure({"quotas": {"all": "default"}})


def test_search_allows_its_burst_then_one_call_in_178_6_seconds(amazon: Driver) -> None:
    restore_quotas(amazon)

    for _ in range(20):
        assert amazon.search().status_code == 200
    assert amazon.search().status_code == 429
    amazon.time.move(seconds=178)
    assert amazon.search().status_code == 429
    amazon.time.move(seconds=0.6)
    assert amazon.search().status_code == 200
    assert amazon.search().status_code == 429


def test_refusal_is_word_for_word_and_without_rate(amazon: Driver) -> None:
    amazon.peer.configure({"quotas": {"getOrder": {"rate": 0.1, "burst": 1}}})
    order_id = amazon.place_one()
    path = f"eu/orders/2026-01-01/orders/{order_id}"
    good = amazon.get(path)

    refused = amazon.get(path)

    assert good["x-amzn-RateLimit-Limit"] == "0.1"
    assert refused.status_code == 429
    assert read(refused) == {
        "errors": [
            {
                "code": "QuotaExceeded",
                "message": "You exceeded your quota for the requested resource.",
                "details": "",
            }
        ]
    }
    assert "x-amzn-RateLimit-Limit" not in refused
    assert "Retry-After" not in refused
    assert refused["x-amzn-RequestId"] != good["x-amzn-RequestId"]


def test_rate_header_comes_with_400_and_404(amazon: Driver) -> None:
    restore_quotas(amazon)

    unknown = amazon.get("eu/orders/2026-01-01/orders/111-1111111-1111111")
    invalid = amazon.search(maxResultsPerPage=101)

    assert unknown.status_code == 404
    assert unknown["x-amzn-RateLimit-Limit"] == "0.5"
    assert invalid.status_code == 400
    assert invalid["x-amzn-RateLimit-Limit"] == "0.0056"


def test_operations_have_buckets_of_their_own(amazon: Driver) -> None:
    amazon.peer.configure({"quotas": {"searchOrders": {"rate": 0.01, "burst": 1}}})
    order_id = amazon.place_one()

    assert amazon.search().status_code == 200
    assert amazon.search().status_code == 429
    assert amazon.order(order_id)


def test_bucket_never_holds_more_than_its_burst(amazon: Driver) -> None:
    amazon.peer.configure({"quotas": {"searchOrders": {"rate": 1, "burst": 2}}})
    assert amazon.search().status_code == 200
    amazon.time.move(minutes=30)

    answers = [amazon.search().status_code for _ in range(3)]

    assert answers == [200, 200, 429]


def test_usage_counts_taken_and_refused(amazon: Driver) -> None:
    amazon.peer.configure({"quotas": {"searchOrders": {"rate": 0.01, "burst": 1}}})
    amazon.search()
    amazon.search()

    (rows,) = amazon.peer.usage().values()

    (row,) = [row for row in rows if row["operation"] == "searchOrders"]
    assert (row["taken"], row["refused"], row["tokens"]) == (1, 1, 0)


def test_default_plans_are_those_of_the_models() -> None:
    plans = {name: (plan.rate, plan.burst) for name, plan in DEFAULT_PLANS.items()}

    assert plans == {
        "searchOrders": (0.0056, 20),
        "getOrder": (0.5, 30),
        "getOrders": (0.0167, 20),
        "getOrderV0": (0.5, 30),
        "getOrderItems": (0.5, 30),
        "confirmShipment": (2, 10),
        "getMarketplaceParticipations": (0.016, 15),
        "createFeedDocument": (0.5, 15),
        "createFeed": (0.0083, 15),
        "getFeed": (2, 15),
        "getFeeds": (0.0222, 10),
        "getFeedDocument": (0.0222, 10),
        "createReport": (0.0167, 15),
        "getReport": (2, 15),
        "getReports": (0.0222, 10),
        "getReportDocument": (0.0167, 15),
        "createDestination": (1, 5),
        "getDestinations": (1, 5),
        "createSubscription": (1, 5),
        "getSubscription": (1, 5),
    }


@pytest.mark.parametrize(
    "quotas",
    [{"searchOrders": {"rate": 0}}, {"searchOrders": "on"}, {"nothing": "off"}],
)
def test_nonsense_quota_is_refused(amazon: Driver, quotas: dict[str, object]) -> None:
    with pytest.raises(ControlError, match="quotas"):
        amazon.peer.configure({"quotas": quotas})
