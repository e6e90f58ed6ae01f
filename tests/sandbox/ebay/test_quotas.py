from __future__ import annotations

from datetime import datetime

import pytest

from stores.sandbox.core import ControlError
from stores.sandbox.ebay.quotas import next_midnight
from tests.sandbox.ebay.driver import Driver, number, read

LIMITS = "developer/analytics/v1_beta/rate_limit/"


def fulfilment(ebay: Driver) -> dict[str, object]:
    body = read(ebay.call("GET", LIMITS, app=True))
    (row,) = (x for x in body["rateLimits"] if x["apiName"] == "Fulfillment")
    (resource,) = row["resources"]
    (rate,) = resource["rates"]
    found: dict[str, object] = rate
    return found


def test_a_day_has_so_many_calls_and_no_retry_after(ebay: Driver) -> None:
    ebay.peer.configure({"quotas": {"sell.fulfillment": 2}})
    assert [ebay.search().status_code for _ in range(2)] == [200, 200]

    answer = ebay.search()

    assert (answer.status_code, number(answer)) == (429, 2001)
    assert "Retry-After" not in answer
    rate = fulfilment(ebay)
    assert (rate["count"], rate["remaining"], rate["timeWindow"]) == (2, 0, 86400)
    assert rate["reset"] == "2026-11-23T08:00:00.000Z"


def test_the_day_ends_at_midnight_in_california(ebay: Driver) -> None:
    ebay.peer.configure({"quotas": {"sell.fulfillment": 1}})
    ebay.search()
    # 10:00 UTC is 02:00 there.
    ebay.later(hours=21, minutes=59)
    assert ebay.search().status_code == 429

    ebay.later(minutes=1)

    assert ebay.search().status_code == 200
    assert fulfilment(ebay)["reset"] == "2026-11-24T08:00:00.000Z"


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        ("2026-03-08T07:59:00+00:00", "2026-03-08T08:00:00+00:00"),
        ("2026-03-08T09:00:00+00:00", "2026-03-09T07:00:00+00:00"),
        ("2026-11-01T07:30:00+00:00", "2026-11-02T08:00:00+00:00"),
    ],
)
def test_days_of_23_and_25_hours(now: str, midnight: str) -> None:
    found = next_midnight(datetime.fromisoformat(now).timestamp())

    assert found == datetime.fromisoformat(midnight)


def test_a_burst_is_no_used_up_day(ebay: Driver) -> None:
    ebay.peer.fault({"fault": "burst"})

    assert number(ebay.search()) == 2001
    assert fulfilment(ebay)["remaining"] == 100_000
    assert ebay.search().status_code == 200


def test_quotas_can_be_off_and_refuse_nonsense(ebay: Driver) -> None:
    ebay.peer.configure({"quotas": {"all": "off"}})
    assert ebay.search().status_code == 200
    ebay.peer.configure({"quotas": {"all": "default"}})
    assert fulfilment(ebay)["limit"] == 100_000
    for wanted in ({"sell.moon": 1}, {"all": "much"}, {"all": -1}):
        with pytest.raises(ControlError):
            ebay.peer.configure({"quotas": wanted})
    assert "Demo-shipsync-PRD-demo" in ebay.peer.usage()
