"""What decide() must know of tax and customs about parcels: shares, and carrier lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from orders.facts_parcels import LaneFacts, TaxShare
from orders.models import (
    MergeLink,
    Order,
    Shipment,
    ShipmentLine,
    ShipStationOrder,
)
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


class ShareShelf:
    """Which orders with IOSS numbers share a parcel, and what they are worth.

    By a parcel's lines where ShipStation gave them, else by the orders combined into its
    record. A share counts with the whole order's goods: the limit is never missed.
    """

    def __init__(
        self,
        shipments: Sequence[Shipment],
        parcels: Mapping[int, Sequence[ShipmentLine]],
    ) -> None:
        combined = _combined([x for x in shipments if not parcels.get(x.pk)])
        self.orders_of: dict[int, set[int]] = {}
        for shipment in shipments:
            lines = parcels.get(shipment.pk, ())
            ids = {x.order_line.order_id for x in lines if x.order_line is not None}
            ids = ids or combined.get((shipment.account_id, shipment.ss_order_id), ids)
            if len(ids) > 1:
                self.orders_of[shipment.pk] = ids
        wanted = set().union(*self.orders_of.values()) if self.orders_of else set()
        rows = Order.objects.filter(pk__in=wanted).only("number", "tax", "ioss_number")
        self.orders = {row.pk: row for row in rows} if wanted else {}

    def facts(self, shipment: Shipment) -> tuple[TaxShare, ...]:
        """The shares of a parcel, () where it is no more than one order's."""
        return tuple(
            TaxShare(order_id=pk, number=order.number, value_eur=value_eur(order))
            for pk in sorted(self.orders_of.get(shipment.pk, ()))
            if (order := self.orders.get(pk)) is not None and _has_ioss(order)
        )


def _combined(shipments: Sequence[Shipment]) -> dict[tuple[int, int], set[int]]:
    """The orders in the record of each parcel, where others were combined into it."""
    if not shipments:
        return {}
    primaries = {x.ss_order_id for x in shipments}
    accounts = {x.account_id for x in shipments}
    into = {
        (link.account_id, link.absorbed_id): link.primary_id
        for link in MergeLink.objects.filter(
            account__in=accounts, primary_id__in=primaries
        )
    }
    if not into:
        return {}
    ids = {absorbed for _account, absorbed in into} | primaries
    rows = ShipStationOrder.objects.filter(
        account__in=accounts, ss_order_id__in=ids, order__isnull=False
    )
    found: dict[tuple[int, int], set[int]] = {}
    for account, ss_id, order_id in rows.values_list(
        "account_id", "ss_order_id", "order_id"
    ):
        key = (account, into.get((account, ss_id), ss_id))
        found.setdefault(key, set()).add(order_id or 0)
    return found


def _has_ioss(order: Order) -> bool:
    number = str(order.tax.get("number") or order.ioss_number)
    scheme = scheme_of(str(order.tax.get("scheme") or "IOSS"), number)
    return bool(number) and scheme is not None and scheme.code == "IOSS"


def _on_lane(order: Order, rule: LaneRule) -> bool:
    """Whether its parcel enters the rule's destination from outside."""
    inside = EU if rule.destination == "EU" else frozenset({rule.destination})
    origin = country_of(order.store.ship_from_country)
    return country_of(order.country) in inside and origin not in inside
