"""What orders know of a store's readiness: carriers, shadow, and who tells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef
from django.urls import reverse

from orders import shadow
from orders.carriers import carrier_table, mapped
from orders.evidence import Notifies, gather
from orders.models import Shipment, ShipStationOrder
from shipsync_site.lib import clock
from stores.models import OperatingModel, ShippedOwner, Store, StoreMode
from stores.readiness import CHECKS, Check, Finding
from stores.setup import current_rules

IN_USE = timedelta(days=30)


def _carriers(store: Store) -> Iterator[Finding]:
    """Carriers of the last month's labels that the marketplace has no code for."""
    if _theirs(store, current_rules(store)):
        return
    marketplace = store.remote_account.marketplace
    table = carrier_table([marketplace])
    records = ShipStationOrder.objects.filter(
        account=store.shipstation_account,
        ss_order_id=OuterRef("ss_order_id"),
        store_id=store.shipstation_store_id,
    )
    used = (
        Shipment.objects.filter(
            Exists(records),
            account=store.shipstation_account,
            created_at__gte=clock.now() - IN_USE,
            voided=False,
            is_return=False,
            is_test=False,
        )
        .exclude(carrier_code="")
        .values_list("carrier_code", "service_code")
        .annotate(labels=Count("pk"))
        .order_by("carrier_code", "service_code")
    )
    for carrier, service, labels in used:
        known = mapped(
            table,
            marketplace=marketplace,
            store_id=store.pk,
            carrier=carrier,
            service=service,
        )
        if known is None:
            named = f"{carrier}, {service}" if service else carrier
            yield Finding(
                text=f"Carrier {named} has no code for this marketplace "
                f"({labels} label{'s' if labels != 1 else ''} in 30 days)",
                url=f"{reverse('stores:carrier_create')}?marketplace={marketplace}"
                f"&carrier={carrier}&service={service}",
                act="Map it",
            )


def _shadow(store: Store) -> Iterator[Finding]:
    """Direct stores create nothing: there is nothing to compare."""
    if store.mode == StoreMode.DIRECT:
        return
    rules, seen = current_rules(store), shadow.summary(store)
    url = reverse("orders:shadow", args=[store.slug])
    if seen.compared < rules.shadow_minimum:
        yield Finding(
            text=f"Only {seen.compared} of {rules.shadow_minimum} orders were compared "
            "in shadow",
            url=url,
            act="See the shadow",
        )
    if seen.unexplained > rules.shadow_tolerance:
        yield Finding(
            text=f"{seen.unexplained} orders differ from what the present route created "
            f"without an explanation; at most {rules.shadow_tolerance} may",
            url=url,
            act="Explain them",
        )


def _evidence(store: Store) -> Iterator[Finding]:
    found = gather(store)
    rules = current_rules(store)
    theirs, blocks = _theirs(store, rules), False
    asked = "ShipStation is to tell the marketplace"
    if theirs:
        blocks = found.verdict in (Notifies.UNKNOWN, Notifies.OFF)
    elif store.mode == StoreMode.DIRECT:
        asked = "shipsync is to tell the marketplace, and ShipStation to keep silent"
        blocks = found.verdict is not Notifies.OFF
    else:
        # What the present route's store does says nothing of ours, which is new.
        asked = "ShipStation's own notification has to be off for this store"
        blocks = found.verdict in (Notifies.ON, Notifies.LATE)
    yield Finding(
        text=f"{asked}. {found.sentence}",
        url=reverse("orders:evidence", args=[store.slug]),
        act="See the parcels",
        blocks=blocks,
    )


def _theirs(store: Store, rules: OperatingModel) -> bool:
    return (
        store.mode == StoreMode.DIRECT
        and rules.shipped_owner == ShippedOwner.SHIPSTATION
    )


CHECKS.register(
    Check(code="carriers", label="Carriers in use", rank=50, find=_carriers)
)
CHECKS.register(Check(code="shadow", label="The shadow", rank=60, find=_shadow))
CHECKS.register(
    Check(
        code="evidence",
        label="Who tells the marketplace: the evidence",
        rank=31,
        find=_evidence,
        decision="shipped",
    )
)
