from __future__ import annotations

import gzip

import pytest

from tests.sandbox.amazon.driver import Driver, read

DOCUMENTS = "eu/feeds/2021-06-30/documents"
LONG = {"seconds": 120.0}


def test_an_acknowledgement_cancels_after_it_was_processed(amazon: Driver) -> None:
    order_id = amazon.place_one(quantity=2)
    feed_id = amazon.submit(amazon.acknowledgement(order_id))

    amazon.time.move(seconds=61)
    done = amazon.feed(feed_id)
    before = amazon.order(order_id)["fulfillment"]["fulfillmentStatus"]
    amazon.time.move(seconds=10)

    assert (done["processingStatus"], before) == ("DONE", "UNSHIPPED")
    assert b"<MessagesSuccessful>1</MessagesSuccessful>" in amazon.report(done)
    order = amazon.order(order_id)
    assert order["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
    assert order["orderItems"][0]["cancellation"]["cancellationExecution"] == {
        "cancelledBy": "MERCHANT",
        "cancelReason": "BuyerCanceled",
    }
    assert [row["by"] for row in amazon.ledger("cancelled")] == ["MERCHANT"]


def test_one_item_can_be_cancelled_alone(amazon: Driver) -> None:
    book = amazon.peer.world.book
    ids = amazon.place(count=20, lines=6)
    order_id = next(each for each in ids if len(book[each].lines) > 1)
    order = book[order_id]

    amazon.submit(amazon.acknowledgement(order_id, [order.lines[0].item_id]))
    amazon.time.move(**LONG)

    found = amazon.order(order_id)
    assert found["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert "cancellation" in found["orderItems"][0]
    assert "cancellation" not in found["orderItems"][1]


def test_what_is_confirmed_meanwhile_is_not_cancelled(amazon: Driver) -> None:
    order_id = amazon.place_one(quantity=1)
    amazon.submit(amazon.acknowledgement(order_id))
    amazon.time.move(seconds=61)
    amazon.order(order_id)
    amazon.confirm(order_id)

    amazon.time.move(**LONG)

    assert amazon.order(order_id)["fulfillment"]["fulfillmentStatus"] == "SHIPPED"


def test_a_report_says_why_a_message_was_refused(amazon: Driver) -> None:
    shipped, cancelled = amazon.place(count=2, lines=1)
    amazon.confirm(shipped)
    amazon.peer.cancel({"order_id": cancelled, "how": "cancelled"})
    odd = amazon.place_one(seed=5)

    refused = {
        "shipped": amazon.submit(amazon.acknowledgement(shipped)),
        "already": amazon.submit(amazon.acknowledgement(cancelled)),
        "no item": amazon.submit(amazon.acknowledgement(odd, ["4711"])),
        "not valid": amazon.submit(amazon.acknowledgement(odd, reason="Bored")),
        "not found": amazon.submit(amazon.acknowledgement("026-1-1", ["1"])),
    }
    amazon.time.move(**LONG)

    for text, feed_id in refused.items():
        report = amazon.report(amazon.feed(feed_id)).decode()
        assert "<MessagesWithError>1</MessagesWithError>" in report
        assert text in report
    assert amazon.order(odd)["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"


def test_another_merchants_file_and_no_file_are_fatal(amazon: Driver) -> None:
    order_id = amazon.place_one()
    feeds = [
        amazon.submit(amazon.acknowledgement(order_id, merchant="A1OTHER")),
        amazon.submit(b"order-id\tcancellation-reason-code"),
        amazon.submit(b"<!DOCTYPE x><AmazonEnvelope/>"),
    ]
    amazon.time.move(**LONG)

    found = [amazon.feed(feed_id) for feed_id in feeds]

    assert {row["processingStatus"] for row in found} == {"FATAL"}
    assert not any("resultFeedDocumentId" in row for row in found)


def test_a_feed_may_be_stuck_or_fatal_and_goes_on_when_faults_end(
    amazon: Driver,
) -> None:
    order_id = amazon.place_one()
    amazon.peer.fault({"fault": "feed_fatal"})
    amazon.peer.fault({"fault": "feed_stuck"})
    fatal = amazon.submit(amazon.acknowledgement(order_id))
    stuck = amazon.submit(amazon.acknowledgement(order_id))
    amazon.time.move(**LONG)

    assert amazon.feed(fatal)["processingStatus"] == "FATAL"
    assert amazon.feed(stuck)["processingStatus"] == "IN_PROGRESS"

    amazon.peer.clear_faults()
    assert amazon.feed(stuck)["processingStatus"] == "DONE"


def test_a_presigned_address_takes_what_was_signed_and_nothing_else(
    amazon: Driver,
) -> None:
    body = {"contentType": "text/xml; charset=UTF-8"}
    url = read(amazon.post(DOCUMENTS, body))["url"]

    assert amazon.upload(url, b"x", content_type="text/xml").status_code == 403
    refused = amazon.upload(url, b"x", **{"x-amz-access-token": amazon.token})
    assert b"not signed" in refused.content
    assert amazon.download(url).status_code == 403
    assert amazon.upload(url + "0", b"x").status_code == 403
    assert amazon.upload(url, b"x").status_code == 200
    amazon.time.move(seconds=301)
    assert b"expired" in amazon.upload(url, b"x").content


@pytest.mark.parametrize("packed", [True, False])
def test_reports_are_packed_where_the_document_says_so(
    amazon: Driver, packed: bool
) -> None:
    amazon.peer.configure({"feed_gzip": packed})
    feed_id = amazon.submit(amazon.acknowledgement(amazon.place_one()))
    amazon.time.move(**LONG)
    feed = amazon.feed(feed_id)

    content = amazon.report(feed)
    said = read(amazon.get(f"{DOCUMENTS}/{feed['resultFeedDocumentId']}"))

    assert said.get("compressionAlgorithm") == ("GZIP" if packed else None)
    assert b"ProcessingReport" in (gzip.decompress(content) if packed else content)


def test_feeds_survive_a_snapshot(amazon: Driver) -> None:
    order_id = amazon.place_one()
    feed_id = amazon.submit(amazon.acknowledgement(order_id))
    state = amazon.peer.dump()

    amazon.peer.reset(0)
    amazon.peer.load(state)
    amazon.time.move(**LONG)

    assert amazon.feed(feed_id)["processingStatus"] == "DONE"
    assert amazon.order(order_id)["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
