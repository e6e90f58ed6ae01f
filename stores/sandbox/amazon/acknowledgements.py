"""Order acknowledgements: the XML that cancels, and the report on it.

The shapes are those of Amazon's order acknowledgement feed (document version 1.01).
Codes and texts of refusals are not public: the ones here are stand-ins.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

from stores.sandbox.amazon.orders import Line, Order, OrderBook

REASONS = frozenset(
    {
        *("NoInventory", "ShippingAddressUndeliverable", "CustomerExchange"),
        *("BuyerCanceled", "GeneralAdjustment", "CarrierCreditDecision"),
        *("RiskAssessmentInformationNotValid", "CarrierCoverageFailure"),
        *("CustomerReturn", "MerchandiseNotReceived", "CannotVerifyInformation"),
        *("PricingError", "RejectOrder", "WeatherDelay"),
    }
)


class FatalError(Exception):
    """A feed that can't be processed at all."""


class MessageError(Exception):
    """A message that is refused: its code and text."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """What one message cancels, once it takes effect."""

    order_id: str
    item_ids: list[str]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a message was refused."""

    message_id: str
    code: int
    text: str
    order_id: str


def process(
    content: bytes, seller_id: str, book: OrderBook
) -> tuple[list[Cancellation], list[Refusal], int]:
    """What a feed cancels, what it is refused, and how many messages it has.

    Raises FatalError for a file that is no such feed of this seller.
    """
    root = _root(content)
    if root.findtext("Header/MerchantIdentifier", "").strip() != seller_id:
        raise FatalError("the MerchantIdentifier is another seller's")
    if root.findtext("MessageType", "").strip() != "OrderAcknowledgement":
        raise FatalError("the MessageType is not OrderAcknowledgement")
    taken: list[Cancellation] = []
    refused: list[Refusal] = []
    messages = root.findall("Message")
    for message in messages:
        order_id = message.findtext("OrderAcknowledgement/AmazonOrderID", "").strip()
        try:
            found = _message(message, order_id, seller_id, book)
        except MessageError as error:
            refused.append(
                Refusal(
                    message_id=message.findtext("MessageID", "").strip(),
                    code=error.code,
                    text=error.text,
                    order_id=order_id,
                )
            )
        else:
            taken += found
    return taken, refused, len(messages)


def report(feed_id: str, messages: int, refused: list[Refusal]) -> bytes:
    """The processing report."""
    root = ElementTree.Element("AmazonEnvelope")
    header = ElementTree.SubElement(root, "Header")
    _put(header, "DocumentVersion", "1.02")
    _put(root, "MessageType", "ProcessingReport")
    message = ElementTree.SubElement(root, "Message")
    _put(message, "MessageID", "1")
    body = ElementTree.SubElement(message, "ProcessingReport")
    _put(body, "DocumentTransactionID", feed_id)
    _put(body, "StatusCode", "Complete")
    summary = ElementTree.SubElement(body, "ProcessingSummary")
    _put(summary, "MessagesProcessed", str(messages))
    _put(summary, "MessagesSuccessful", str(messages - len(refused)))
    _put(summary, "MessagesWithError", str(len(refused)))
    _put(summary, "MessagesWithWarning", "0")
    for row in refused:
        result = ElementTree.SubElement(body, "Result")
        _put(result, "MessageID", row.message_id)
        _put(result, "ResultCode", "Error")
        _put(result, "ResultMessageCode", str(row.code))
        _put(result, "ResultDescription", row.text)
        more = ElementTree.SubElement(result, "AdditionalInfo")
        _put(more, "AmazonOrderID", row.order_id)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _root(content: bytes) -> ElementTree.Element:
    if b"<!DOCTYPE" in content:
        raise FatalError("a document type is declared")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - no entities, see above
    except ElementTree.ParseError as error:
        raise FatalError(f"the file is no XML: {error}") from None
    if root.tag != "AmazonEnvelope":
        raise FatalError("the file is no AmazonEnvelope")
    return root


def _message(
    message: ElementTree.Element, order_id: str, seller_id: str, book: OrderBook
) -> list[Cancellation]:
    status = message.findtext("OrderAcknowledgement/StatusCode", "").strip()
    if status not in ("Success", "Failure"):
        raise MessageError(5001, f"StatusCode {status!r} is not valid.")
    order = book.get(order_id)
    if order is None or order.seller_id != seller_id:
        raise MessageError(18028, f"The order {order_id} was not found.")
    if status == "Success":
        return []
    if order.fulfilled_by != "MERCHANT":
        raise MessageError(18030, "The order is fulfilled by Amazon.")
    if order.status == "PENDING":
        raise MessageError(18031, "A pending order can't be acknowledged.")
    rows = message.findall("OrderAcknowledgement/Item")
    if not rows:
        raise MessageError(5002, "An order that is cancelled needs its items.")
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        line, reason = _item(row, order)
        by_reason.setdefault(reason, []).append(line.item_id)
    return [
        Cancellation(order_id=order.order_id, item_ids=item_ids, reason=reason)
        for reason, item_ids in by_reason.items()
    ]


def _item(row: ElementTree.Element, order: Order) -> tuple[Line, str]:
    item_id = row.findtext("AmazonOrderItemCode", "").strip()
    reason = row.findtext("CancelReason", "").strip()
    line = order.line(item_id)
    if line is None:
        raise MessageError(18029, f"The order has no item {item_id}.")
    if reason not in REASONS:
        raise MessageError(5003, f"CancelReason {reason!r} is not valid.")
    if line.cancel == "cancelled":
        raise MessageError(18032, f"The item {item_id} is cancelled already.")
    if line.fulfilled:
        raise MessageError(
            18033, f"The item {item_id} is confirmed as shipped and can't be cancelled."
        )
    quantity = row.findtext("Quantity", "").strip()
    if quantity and quantity != str(line.quantity):
        raise MessageError(5004, "The practice server cancels whole items only.")
    return line, reason


def _put(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text
