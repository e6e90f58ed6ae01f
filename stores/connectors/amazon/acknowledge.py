"""Order acknowledgements and processing reports: the XML of the feed; pure.

POST_ORDER_ACKNOWLEDGEMENT_DATA, the one way to cancel by API: an acknowledgement with
the status Failure cancels the items it names (Amazon's OrderAcknowledgement schema,
document version 1.01). DONE is no success: the report says what became of a message.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from xml.etree import ElementTree

FEED_TYPE = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
CONTENT_TYPE = "text/xml; charset=UTF-8"
BUYER_CANCELED = "BuyerCanceled"
# Of the schema's reasons those that Seller Central offers (2026).
REASONS = {
    BUYER_CANCELED: "The buyer asked for it (does not count against the seller)",
    "NoInventory": "Out of stock (counts in the cancellation rate)",
    "ShippingAddressUndeliverable": "The address can't be delivered to",
    "CustomerExchange": "The buyer exchanges it",
    "PricingError": "The price was wrong",
    "GeneralAdjustment": "Another reason",
}
MAX_REPORT = 4_000_000
_GZIP = b"\x1f\x8b"
_MESSAGE_ID = "1"


class BadReportError(ValueError):
    """A processing report that can't be read; its message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a report says of our one message; ``code`` and ``text`` of its first error."""

    refused: bool
    code: str = ""
    text: str = ""


def envelope(
    merchant: str, order_id: str, item_ids: tuple[str, ...], reason: str
) -> bytes:
    """A feed that cancels these items of one order, as UTF-8 with declaration."""
    root = ElementTree.Element("AmazonEnvelope")
    header = ElementTree.SubElement(root, "Header")
    _put(header, "DocumentVersion", "1.01")
    _put(header, "MerchantIdentifier", merchant)
    _put(root, "MessageType", "OrderAcknowledgement")
    message = ElementTree.SubElement(root, "Message")
    _put(message, "MessageID", _MESSAGE_ID)
    order = ElementTree.SubElement(message, "OrderAcknowledgement")
    _put(order, "AmazonOrderID", order_id)
    _put(order, "StatusCode", "Failure")
    for item_id in item_ids:
        item = ElementTree.SubElement(order, "Item")
        _put(item, "AmazonOrderItemCode", item_id)
        _put(item, "CancelReason", reason)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def read_report(content: bytes, *, compressed: bool) -> Outcome:
    """What a processing report says; raises BadReportError.

    A document type is refused unread: no report has one, and entities may swell.
    """
    if compressed and content.startswith(_GZIP):
        content = _unpacked(content)
    if len(content) > MAX_REPORT:
        raise BadReportError("it is longer than reports are")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise BadReportError("it declares a document type")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - no entities, see above
    except ElementTree.ParseError as error:
        raise BadReportError(f"it is no XML ({error})") from None
    report = next(root.iter("ProcessingReport"), None)
    if report is None:
        raise BadReportError("it holds no ProcessingReport")
    for result in report.iter("Result"):
        if _text(result, "ResultCode") == "Error":
            return Outcome(
                refused=True,
                code=_text(result, "ResultMessageCode"),
                text=_text(result, "ResultDescription"),
            )
    summary = report.find("ProcessingSummary")
    counted = _text(summary, "MessagesWithError") if summary is not None else ""
    taken = _text(summary, "MessagesSuccessful") if summary is not None else ""
    if not taken.isdigit():
        raise BadReportError("it does not count its messages")
    # A message that is neither taken nor refused was not processed.
    return Outcome(refused=counted not in ("", "0") or int(taken) == 0)


def _unpacked(content: bytes) -> bytes:
    unpack = zlib.decompressobj(wbits=31)
    try:
        found = unpack.decompress(content, MAX_REPORT + 1)
    except zlib.error:
        raise BadReportError("it is no gzip file") from None
    return found


def _put(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text


def _text(parent: ElementTree.Element, name: str) -> str:
    return (parent.findtext(name) or "").strip()
