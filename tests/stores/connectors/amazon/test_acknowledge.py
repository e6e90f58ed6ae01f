from __future__ import annotations

import gzip
from xml.etree import ElementTree

import pytest

from stores.connectors.amazon import acknowledge
from stores.connectors.amazon.acknowledge import BadReportError, read_report
from stores.sandbox.amazon import acknowledgements


def report(**counts: int) -> bytes:
    summary = "".join(f"<{name}>{count}</{name}>" for name, count in counts.items())
    return (
        "<AmazonEnvelope><Message><ProcessingReport><ProcessingSummary>"
        f"{summary}</ProcessingSummary></ProcessingReport></Message></AmazonEnvelope>"
    ).encode()


def test_an_envelope_cancels_each_item_with_the_reason() -> None:
    content = acknowledge.envelope("A2&SELLER", "202-1", ("11", "12"), "NoInventory")

    root = ElementTree.fromstring(content)  # noqa: S314 - our own
    assert root.findtext("Header/MerchantIdentifier") == "A2&SELLER"
    order = root.find("Message/OrderAcknowledgement")
    assert order is not None
    assert [each.tag for each in order] == [
        *("AmazonOrderID", "StatusCode", "Item", "Item"),
    ]
    assert order.findtext("StatusCode") == "Failure"
    assert [each.findtext("AmazonOrderItemCode") for each in order.iter("Item")] == [
        "11",
        "12",
    ]
    assert {each.findtext("CancelReason") for each in order.iter("Item")} == {
        "NoInventory"
    }


def test_our_reasons_are_reasons_of_the_schema() -> None:
    assert set(acknowledge.REASONS) <= acknowledgements.REASONS


@pytest.mark.parametrize("packed", [True, False])
def test_a_report_is_read_packed_or_not(packed: bool) -> None:
    content = report(MessagesProcessed=1, MessagesSuccessful=1, MessagesWithError=0)

    found = read_report(
        gzip.compress(content) if packed else content, compressed=packed
    )

    assert not found.refused


def test_the_first_error_of_a_report_counts() -> None:
    refusal = acknowledgements.Refusal(
        message_id="1", code=18033, text="It is shipped", order_id="202-1"
    )

    found = read_report(acknowledgements.report("5", 1, [refusal]), compressed=False)

    assert (found.refused, found.code) == (True, "18033")
    assert found.text == "It is shipped"


def test_a_message_that_was_not_processed_is_not_taken() -> None:
    content = report(MessagesProcessed=0, MessagesSuccessful=0, MessagesWithError=0)

    assert read_report(content, compressed=False).refused


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        report(MessagesProcessed=1),
        gzip.compress(b" " * (acknowledge.MAX_REPORT + 10)),
        b"\x1f\x8bno gzip",
    ],
)
def test_what_is_no_report_is_refused(content: bytes) -> None:
    with pytest.raises(BadReportError):
        read_report(content, compressed=True)
