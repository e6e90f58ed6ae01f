"""What the payload builder takes and returns: frozen values, no models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal

from stores.remote_types import RemoteAddress
from stores.rulebook import NO_PRODUCT, AttributeRuleFacts, ProductFacts

Want = Literal["awaiting_shipment", "on_hold", "cancelled"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """A line as it shall be shipped: ``quantity`` is what was not cancelled.

    ``sku`` is ours, ``market_sku`` the marketplace's, with ``remote_id`` of its line;
    ``kit``: the kit of ours that it is a part of. ``grams``: what one unit weighs.
    ``unknown_sku``: the marketplace's SKU where nothing here knows it.
    """

    line_key: str
    sku: str
    title: str
    quantity: int
    unit_price: Decimal | None = None
    tax: Decimal | None = None
    options: tuple[tuple[str, str], ...] = ()
    gift_message: str = ""
    market_sku: str = ""
    remote_id: str = ""
    kit: str = ""
    named_by_person: bool = False
    unknown_sku: str = ""
    product: ProductFacts = NO_PRODUCT
    grams: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxMarker:
    """A tax scheme and its number, as ShipStation's automation rules look for it.

    API v1 has no field for tax numbers. The text goes to customFieldN, where a rule
    that runs at import finds it: so it must be there on the first push.
    """

    FIELDS: ClassVar[Mapping[str, str]] = {
        "custom_field_1": "customField1",
        "custom_field_2": "customField2",
        "custom_field_3": "customField3",
    }

    scheme: str
    number: str

    @property
    def text(self) -> str:
        """The stable marker, e.g. ``IOSS=IM2760000123``."""
        scheme = re.sub(r"[^A-Z0-9]+", "-", self.scheme.upper()).strip("-")
        return f"{scheme}={self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A value and the rule that gave it."""

    value: str | int | bool
    rule: AttributeRuleFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """What attribute rules fill: values by target (AttributeTarget), and note lines."""

    values: Mapping[str, Attribute] = dataclass_field(default_factory=dict, hash=False)
    notes: tuple[Attribute, ...] = ()

    def get(self, target: str) -> str | int | bool | None:
        """The value for a target; None where no rule gives one."""
        made = self.values.get(target)
        return None if made is None else made.value


NO_ATTRIBUTES = Attributes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who made a field of a body.

    ``system``: marketplace, person, rule, product, store, shipsync or shipstation.
    ``rule``: what kind of rule, with the name of its page's URL and its key there.
    """

    system: str
    text: str
    rule: str = ""
    url: str = ""
    pk: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """All that a ShipStation order is built from.

    ``order_key`` and line keys: at most 50 characters, ours, fixed. ``store_id`` is the
    ShipStation store, used on creation only. ``ship_from_country`` '' means unknown: no
    customs lines are written. Amounts are in ``currency``; None is unknown.
    ``hold_unknown_sku``, ``hold_customs``: whether a person is asked before an order
    goes whose SKU is not known, or whose customs data is incomplete where it is needed.
    ``corrected``: the recipient is a person's word.
    """

    order_key: str
    order_number: str
    ordered_at: datetime
    lines: tuple[LineFacts, ...]
    recipient: RemoteAddress = dataclass_field(repr=False)
    store_id: int | None = None
    paid_at: datetime | None = None
    ship_by: datetime | None = None
    deliver_by: datetime | None = None
    buyer_name: str = dataclass_field(default="", repr=False)
    buyer_email: str = dataclass_field(default="", repr=False)
    buyer_username: str = dataclass_field(default="", repr=False)
    customer_note: str = dataclass_field(default="", repr=False)
    currency: str = ""
    amount_paid: Decimal | None = None
    shipping_price: Decimal | None = None
    tax_total: Decimal | None = None
    service_level: str = ""
    marketplace_label: str = ""
    order_url: str = ""
    tax_marker: TaxMarker | None = None
    tax_route: str = "custom_field_1"
    tax_tag_id: int | None = None
    # What is kept with the order of its tax number, and what the rules found wrong.
    tax: Mapping[str, Any] = dataclass_field(default_factory=dict, hash=False)
    rule_problems: tuple[PayloadProblem, ...] = ()
    notes: tuple[str, ...] = ()
    ship_from_country: str = ""
    hold_unknown_sku: bool = False
    hold_customs: bool = False
    attributes: Attributes = NO_ATTRIBUTES
    corrected: bool = False
    # 'carrier:service' by a person's word; '' leaves it to the warehouse.
    chosen_service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadProblem:
    """Something about a payload that a person should know.

    ``field`` is ShipStation's name. A ``hard`` one means: do not send. ``value_excerpt``
    is safe to store and show: of a buyer's value it says only how long it is. ``code``
    names the check where it has a kind of case of its own; a ``releasable`` one is sent
    all the same on a named person's word, which holds as long as ``code``, ``field``
    and ``message`` stay: so the message names all that the person looked at.
    ``context``: plain JSON for the case, no buyer data.
    """

    field: str
    value_excerpt: str
    message: str
    hard: bool
    code: str = ""
    releasable: bool = False
    context: Mapping[str, Any] = dataclass_field(default_factory=dict, hash=False)

    @property
    def name(self) -> tuple[str, str, str]:
        """What a release of it answers."""
        return self.code, self.field, self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A createorder body, what is wrong with it, and the digest of what we say in it.

    ``sources``: who made each field, named as in the body ('items[0].sku'); see
    ``payload_sources``. ``service``: a person's choice of it that stands in the body.
    """

    body: Json = dataclass_field(repr=False)
    problems: tuple[PayloadProblem, ...]
    digest: str
    sources: Mapping[str, Source] = dataclass_field(default_factory=dict, hash=False)
    service: str = ""

    @property
    def sendable(self) -> bool:
        """Whether no problem forbids sending it, whatever a person says of it.

        What is releasable is decide()'s: it wants no push that nobody has released.
        """
        return not any(x.hard and not x.releasable for x in self.problems)
