"""What decide() must know of tax and customs about parcels: shares, and carrier lists."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from orders.facts_parcels import LaneFacts, TaxShare
from orders.models import Order
from orders.tax_schemes import scheme_of
from stores.connectors import CONNECTORS
from stores.models import EligibleCarrier
from stores.remote_lanes import LaneRule
from stores.vat_area import EU, country_of


def value_eur(order: Order) -> Decimal | None:
    """What its goods are worth in euros, as the tax rules found; None: not known."""
    try:
        return Decimal(str(order.tax["value_eur"]))
    except (KeyError, InvalidOperation):
        return None


class LaneShelf:
    """The lists of carriers of the marketplaces that insist on one."""

    def __init__(self, orders: Sequence[Order]) -> None:
        codes = {order.store.remote_account.marketplace for order in orders}
        self.rules = {
            code: rule
            for code in codes
            if (rule := CONNECTORS.get(code).eligible_carriers) is not None
        }
        self.lists: dict[tuple[str, str], set[tuple[str, str]]] = {}
        rows = EligibleCarrier.objects.filter(marketplace__in=self.rules)
        for row in rows if self.rules else ():
            known = self.lists.setdefault((row.marketplace, row.destination), set())
            known.add((row.carrier_code, row.service))

    def facts(self, order: Order) -> LaneFacts | None:
        """The list that this order's parcel must keep to; None for none."""
        code = order.store.remote_account.marketplace
        rule = self.rules.get(code)
        if rule is None or not _on_lane(order, rule):
            return None
        worth = value_eur(order)
        if worth is not None and worth > rule.limit_eur:
            return None
        destination = country_of(order.country)
        listed = self.lists.get((code, rule.destination), set())
        listed = listed | self.lists.get((code, destination), set())
        return LaneFacts(
            since=rule.since,
            destination=destination,
            worth_eur=worth,
            carriers=frozenset(listed),
        )


def shares(packed: Sequence[Order]) -> tuple[TaxShare, ...]:
    """Which orders with IOSS numbers share a parcel, and what they are worth.

    A share counts with the whole order's goods: the limit is never missed.
    """
    return tuple(
        TaxShare(order_id=order.pk, number=order.number, value_eur=value_eur(order))
        for order in packed
        if _has_ioss(order)
    )


def _has_ioss(order: Order) -> bool:
    number = str(order.tax.get("number") or order.ioss_number)
    scheme = scheme_of(str(order.tax.get("scheme") or "IOSS"), number)
    return bool(number) and scheme is not None and scheme.code == "IOSS"


def _on_lane(order: Order, rule: LaneRule) -> bool:
    """Whether its parcel enters the rule's destination from outside."""
    inside = EU if rule.destination == "EU" else frozenset({rule.destination})
    origin = country_of(order.store.ship_from_country)
    return country_of(order.country) in inside and origin not in inside
