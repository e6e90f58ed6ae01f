"""The operators: one API, but keys, carriers, reasons, fields and rules of their own.

All of it is invented. What tells them apart: ``northgate`` accepts by itself and sells in
Britain alone; ``homeware`` waits for the shop and for the money, takes or refuses whole
orders, knows registered carriers only, shows its IOSS number in a field of the order and
lets no shop cancel; ``salon`` has multi-shipment, is paid on shipment, takes orders line
by line and gave its IOSS number on paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from stores.sandbox.mirakl.carriers import Carrier, carrier

Json = dict[str, Any]

AUTOMATIC, MANUAL = "AUTOMATIC", "NOT_AUTOMATIC"
# Not in any answer of salon's: a person reads it in the contract and enters it.
SALON_IOSS = "IM4400000222"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason of RE01; ``shop``: the shop may use it."""

    code: str
    label: str
    kind: str
    shop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """A custom field of AF01."""

    code: str
    label: str
    entity: str = "ORDER"
    kind: str = "STRING"
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingType:
    """A shipping method of SH12."""

    code: str
    label: str
    standard: str = ""
    mandatory_tracking: bool = True
    collect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One marketplace; times are business seconds, ``shops`` maps id to name."""

    code: str
    title: str
    key: str
    prefix: str
    shops: Mapping[int, str]
    currency: str
    countries: tuple[str, ...]
    carriers: tuple[Carrier, ...]
    reasons: tuple[Reason, ...]
    custom_fields: tuple[CustomField, ...] = ()
    shipping_types: tuple[ShippingType, ...]
    acceptance: str = AUTOMATIC
    accept_seconds: float = 3 * 86_400.0
    partial_acceptance: bool = True
    workflow: str = "PAY_ON_ACCEPTANCE"
    debit_seconds: float = 0.0
    received_seconds: float = 7 * 86_400.0
    closed_seconds: float = 14 * 86_400.0
    verify_seconds: float = 2 * 3600.0
    shop_can_cancel: bool = True
    multi_shipment: bool = False
    alternative_carriers: bool = True
    details_before_acceptance: bool = False
    tax_mode: str = "TAX_INCLUDED"
    tax_rate: int = 20
    ioss_field: str = ""
    ioss_number: str = ""
    suspended: bool = False
    cycle_seconds: float = 10 * 86_400.0
    pay_seconds: float = 3 * 86_400.0
    subscription: int = 0

    @property
    def default_shop(self) -> int:
        """The shop of a caller who names none."""
        return next(iter(self.shops))

    def carrier(self, code: str) -> Carrier | None:
        """The registered carrier of exactly this code."""
        return next((row for row in self.carriers if row.code == code), None)


def _reasons(prefix: str, *, cancel: bool) -> tuple[Reason, ...]:
    rows = (
        ("1", "Item out of stock", "CANCELATION", cancel),
        ("2", "Customer changed their mind", "CANCELATION", cancel),
        ("3", "Cancelled by customer service", "CANCELATION", False),
        ("4", "Payment refused", "CANCELATION", False),
        ("11", "Item damaged", "REFUND", True),
        ("12", "Goodwill", "REFUND", False),
        ("21", "Customer wants to cancel", "INCIDENT_OPEN", False),
        ("22", "Parcel not received", "INCIDENT_OPEN", False),
        ("31", "Solved with the customer", "INCIDENT_CLOSE", True),
        ("41", "I want to cancel my order", "ORDER_MESSAGING", False),
        ("42", "Where is my parcel", "ORDER_MESSAGING", False),
    )
    return tuple(
        Reason(code=f"{prefix}{code}", label=label, kind=kind, shop=shop)
        for code, label, kind, shop in rows
    )


_EUROPE = ("GBR", "IRL", "NLD", "DEU", "ESP", "BEL", "SWE", "FRA")
NORTHGATE = Operator(
    code="northgate",
    title="Northgate",
    key="key-northgate-demo",
    prefix="",
    shops={2001: "Demo Trading"},
    currency="GBP",
    countries=("GBR",),
    carriers=(
        carrier("DPD_UK", "DPD", "DPD_UK"),
        carrier("EVRI", "Evri", "EVRI"),
        carrier("OWN_VAN", "Own van", numbered=False),
        carrier("PARCELFORCE", "Parcelforce", "PARCELFORCE"),
        carrier("ROYALMAIL", "Royal Mail", "ROYAL_MAIL"),
        carrier("UPS", "UPS", "UPS"),
    ),
    reasons=_reasons("", cancel=True),
    custom_fields=(
        CustomField(code="gift-note", label="Gift note", kind="TEXTAREA"),
        CustomField(
            code="loyalty-tier",
            label="Loyalty tier",
            kind="LIST",
            values=("none", "gold"),
        ),
    ),
    shipping_types=(
        ShippingType(code="STD", label="Standard", standard="CLASSIC"),
        ShippingType(code="EXP", label="Express", standard="EXPRESS"),
        ShippingType(code="LETTER", label="Letter", mandatory_tracking=False),
    ),
    subscription=2500,
)
HOMEWARE = Operator(
    code="homeware",
    title="Homeware Market",
    key="key-homeware-demo",
    prefix="HM",
    shops={310: "Demo Trading", 311: "Demo Trading Outlet"},
    currency="EUR",
    countries=_EUROPE,
    carriers=(
        carrier("dhl-express", "DHL Express", "DHL_EXPRESS"),
        carrier("dpd-uk", "DPD (UK)", "DPD_UK"),
        carrier("hermes", "Evri / Hermes", "EVRI"),
        carrier("fedex", "FedEx", "FEDEX"),
        carrier("royal-mail", "Royal Mail", "ROYAL_MAIL"),
    ),
    reasons=_reasons("HM-", cancel=False),
    custom_fields=(
        CustomField(code="ioss-number", label="IOSS number"),
        CustomField(code="customer-ref", label="Customer reference"),
        CustomField(code="engraving", label="Engraving", entity="ORDER_LINE"),
    ),
    shipping_types=(
        ShippingType(code="home", label="Home delivery", standard="CLASSIC"),
        ShippingType(code="relay", label="Parcel shop", standard="RELAY", collect=True),
    ),
    acceptance=MANUAL,
    accept_seconds=2 * 86_400.0,
    partial_acceptance=False,
    debit_seconds=900.0,
    shop_can_cancel=False,
    alternative_carriers=False,
    tax_rate=21,
    ioss_field="ioss-number",
    ioss_number="IM4400000111",
)
SALON = Operator(
    code="salon",
    title="Salon",
    key="key-salon-demo",
    prefix="S-",
    shops={77: "Demo Trading"},
    currency="EUR",
    countries=_EUROPE,
    carriers=(
        carrier("20", "DHL Express Worldwide", "DHL_EXPRESS"),
        carrier("31", "DPD Local", "DPD_UK"),
        carrier("44", "Evri Standard", "EVRI"),
        carrier("99", "Kurier Nord"),
        carrier("RM24", "Royal Mail Tracked", "ROYAL_MAIL"),
    ),
    reasons=_reasons("salon_", cancel=True),
    custom_fields=(CustomField(code="shade", label="Shade", entity="ORDER_LINE"),),
    shipping_types=(
        ShippingType(code="S", label="Standard", standard="CLASSIC"),
        ShippingType(code="X", label="Express", standard="EXPRESS"),
    ),
    acceptance=MANUAL,
    accept_seconds=5 * 86_400.0,
    workflow="PAY_ON_SHIPMENT",
    multi_shipment=True,
    details_before_acceptance=True,
    tax_rate=21,
)
DEFAULTS = {row.code: row for row in (NORTHGATE, HOMEWARE, SALON)}
_FIXED = {"shops", "carriers", "reasons", "custom_fields", "shipping_types"}
_SETTABLE = {row.name for row in fields(Operator)} - _FIXED


def change_operator(known: Mapping[str, Operator], spec: Mapping[str, Any]) -> Operator:
    """An operator as ``{code, …}`` wants it; a new code begins as northgate.

    ``carriers`` is a list of ``{code, label, standard?, tracking_url?}``. ValueError
    names a setting that there is not.
    """
    code = str(spec["code"])
    base = known.get(code) or replace(
        NORTHGATE,
        code=code,
        title=code.title(),
        key=f"key-{code}-demo",
        prefix=f"{code[:4].upper()}-",
    )
    changes: Json = {}
    for name, value in spec.items():
        if name == "carriers":
            changes[name] = tuple(Carrier(**row) for row in value)
        elif name == "countries":
            changes[name] = tuple(str(each) for each in value)
        elif name not in _SETTABLE:
            raise ValueError(
                f"operators: no setting {name!r}; there are: carriers, "
                + ", ".join(sorted(_SETTABLE))
            )
        else:
            changes[name] = type(getattr(base, name))(value)
    return replace(base, **changes)


def reason_of(operator: Operator, kind: str, index: int = 0) -> str:
    """The code of the operator's first (or another) reason of a kind."""
    found = [row.code for row in operator.reasons if row.kind == kind]
    return found[min(index, len(found) - 1)]
