"""From our rows to what the payload builder takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from orders.attributes import attributes_of
from orders.models import Order, OrderBuyer, OrderLine
from orders.payload import build
from orders.payload_types import OrderFacts, TaxMarker
from orders.preflight import check_tax
from orders.skus import packed
from orders.tax_facts import tax_question
from orders.tax_rules import find_tax
from stores.connectors import CONNECTORS
from stores.models import CustomsCheck, UnknownSku
from stores.periods import era
from stores.remote_types import RemoteAddress
from stores.rulebook import Rulebook

# What refresh_payload() sets.
PAYLOAD_FIELDS = ("payload_digest", "payload_problems", "payload_stale", "tax")
_ADDRESS_FIELDS = tuple(field.name for field in fields(RemoteAddress))


def payload_facts(
    order: Order,
    lines: Sequence[OrderLine],
    buyer: OrderBuyer | None,
    book: Rulebook,
    raw: Mapping[str, Any] | None,
) -> OrderFacts:
    """The facts of a payload; ``order.store`` and its account must be loaded.

    ``raw``: the marketplace's order as it was read, None where no rule looks into it.
    """
    store = order.store
    contact = buyer.contact if buyer is not None else {}
    tax = [line.tax for line in lines if line.tax is not None]
    recipient = address_of(buyer)
    question = tax_question(order, lines, recipient, raw)
    found = find_tax(question, book)
    attributes, wrong = attributes_of(book, raw)
    return OrderFacts(
        order_key=order.order_key,
        order_number=order.number,
        ordered_at=order.ordered_at,
        ship_by=order.ship_by,
        deliver_by=order.deliver_by,
        store_id=era(store, order.ordered_at).shipstation_store_id,
        buyer_name=contact.get("name", ""),
        buyer_email=contact.get("email", ""),
        recipient=recipient,
        lines=tuple(
            row for line in lines for row in packed(line, book, order.currency)
        ),
        currency=order.currency,
        amount_paid=order.total,
        shipping_price=order.shipping_price,
        tax_total=sum(tax, Decimal(0)) if tax else None,
        service_level=order.service_level,
        marketplace_label=CONNECTORS.get(store.remote_account.marketplace).label,
        tax_marker=TaxMarker(scheme=found.scheme, number=found.number)
        if found.number
        else None,
        tax_route=book.tax_route,
        tax_tag_id=book.tax_tag_id,
        tax=found.as_json(),
        rule_problems=(*check_tax(found, question, book), *wrong),
        attributes=attributes,
        corrected=bool(buyer is not None and buyer.corrected),
        chosen_service=order.service_choice,
        ship_from_country=store.ship_from_country,
        hold_unknown_sku=book.unknown_sku == UnknownSku.HOLD,
        hold_customs=book.customs_check == CustomsCheck.HOLD,
    )


def refresh_payload(
    order: Order,
    lines: Sequence[OrderLine],
    buyer: OrderBuyer | None,
    book: Rulebook,
    raw: Mapping[str, Any] | None,
) -> None:
    """Set what we would say to ShipStation now, and what is wrong with it; unsaved.

    Sets PAYLOAD_FIELDS. What is not ours to ship is said to nobody; once it is ours
    this is done anew.
    """
    order.payload_stale = False
    if order.not_ours:
        order.payload_digest, order.payload_problems, order.tax = "", [], {}
        return
    facts = payload_facts(order, lines, buyer, book, raw)
    payload = build(
        facts,
        current=None,
        want="awaiting_shipment",
        stop_tag_id=None,
        stop=False,
        explain=False,
    )
    order.payload_digest, order.tax = payload.digest, dict(facts.tax)
    order.payload_problems = [
        {
            "field": p.field,
            "message": p.message,
            "hard": p.hard,
            "code": p.code,
            "releasable": p.releasable,
            **({"context": dict(p.context)} if p.context else {}),
        }
        for p in payload.problems
    ]


def address_of(buyer: OrderBuyer | None) -> RemoteAddress:
    """Where an order goes: a person's correction, else what the marketplace says.

    Empty when unknown or purged.
    """
    recipient = buyer.corrected or buyer.recipient if buyer is not None else {}
    return RemoteAddress(**recipient)


def address_json(address: RemoteAddress | None) -> dict[str, object]:
    """A recipient as it is sealed."""
    if address is None:
        return {}
    return {name: getattr(address, name) for name in _ADDRESS_FIELDS}
