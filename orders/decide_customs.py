"""Parcels over a border that must not be confirmed before a person has said so."""

from __future__ import annotations

from orders.decide_asking import ask
from orders.deciding import Deciding
from orders.facts import ShipmentFacts, fingerprint
from orders.tax_schemes import IOSS_LIMIT_EUR


def above_limit(d: Deciding, shipment: ShipmentFacts) -> bool | None:
    """Whether orders with IOSS numbers in one parcel are worth too much together.

    True: it waits for a person. None: a person has said to confirm it. False: no doubt.
    The limit is per consignment (Directive 2006/112/EC, article 14a(2)); what is not
    known is asked as well.
    """
    shares = shipment.ioss
    if len(shares) < 2 or all(x.order_id != d.s.order_id for x in shares):
        return False
    known = [x.value_eur for x in shares if x.value_eur is not None]
    total = sum(known) if len(known) == len(shares) else None
    if total is not None and total <= IOSS_LIMIT_EUR:
        return False
    numbers = ", ".join(x.number for x in shares)
    cause = fingerprint("above_limit", shipment.id, numbers, total)
    if d.s.decided(cause) == "confirm":
        return None
    worth = "of unknown value" if total is None else f"worth {total} EUR together"
    d.why = f"In one parcel with other orders under IOSS, {worth}"
    ask(
        d,
        "combined_above_limit",
        cause,
        f"Orders with IOSS numbers in one parcel, {worth}: {numbers}",
        tracking=shipment.tracking,
        orders=[
            [x.number, None if x.value_eur is None else str(x.value_eur)]
            for x in shares
        ],
    )
    return True


def carrier_waits(d: Deciding, shipment: ShipmentFacts) -> bool:
    """Whether the marketplace's list for this lane lacks the carrier: held and asked."""
    lane, mapped = d.s.lane, shipment.mapped
    if lane is None or mapped is None or d.now < lane.since:
        return False
    if {(mapped.code, ""), (mapped.code, mapped.service)} & lane.carriers:
        return False
    cause = fingerprint("eligible", shipment.id, mapped.code, mapped.service)
    if d.s.decided(cause) == "confirm":
        return False
    listed = "is empty" if not lane.carriers else "does not have it"
    d.why = f"Carrier {mapped.code} is not on the list for {lane.destination}"
    ask(
        d,
        "carrier_not_eligible",
        cause,
        f"Carrier {mapped.code} to {lane.destination}: the list of carriers for this lane "
        f"{listed}",
        carrier=shipment.carrier_code,
        service=shipment.service_code,
        code=mapped.code,
        destination=lane.destination,
        tracking=shipment.tracking,
    )
    return True
