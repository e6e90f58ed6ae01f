"""Who tells the marketplace of a store's parcels: what the interfaces show of it.

ShipStation's notification setting is in no interface; what is there is
``marketplaceNotified`` of each label and fulfilment, and ``notifyErrorMessage`` (v1,
2025-08). A label that is not told soon after it was bought is normal under a delayed
setting, so only parcels older than the store's ``told_within_hours`` count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Exists, OuterRef

from orders.models import Dispatch, Rung, Shipment, ShipStationOrder
from shipsync_site.lib import clock
from stores.models import OperatingModel, Store
from stores.setup import current_rules

LOOK_BACK = timedelta(days=30)
# Past this, a label that is told at all has been told under every setting there is:
# the latest one waits for the carrier's scan.
LATEST = timedelta(hours=72)
MOST, FEW = 0.95, 0.05
LISTED = 15
_TOLD_BY_US = (Rung.ACCEPTED, Rung.SHIPPED, Rung.READ_BACK)


class Notifies(StrEnum):
    """What ShipStation does with this store's parcels."""

    ON = "on"
    OFF = "off"
    LATE = "late"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A parcel that counts: who told the marketplace of it, '' for nobody we know of.

    ``told_at`` is known of what shipsync told; ShipStation gives no time.
    """

    shipment: Shipment
    order_id: int | None
    by: str
    told_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Parcels of the last 30 days that are older than ``hours``.

    ``notified``: ShipStation says that it told the marketplace; ``ours``: shipsync did.
    ``listed``: the newest that ShipStation did not tell (or did, where the others are
    not told): those that speak against the verdict, LISTED at most.
    """

    hours: int
    samples: int
    needed: int
    notified: int
    ours: int
    failed: int
    verdict: Notifies
    listed: tuple[Parcel, ...]

    @property
    def sentence(self) -> str:
        """'Of 412 dispatches older than 6 h 397 notified; 15 listed; verdict on.'"""
        text = (
            f"Of {self.samples} dispatches older than {self.hours} h ShipStation "
            f"notified {self.notified}; {len(self.listed)} listed; verdict "
            f"{self.verdict}"
        )
        if self.samples < self.needed:
            text += f", for fewer than {self.needed} were seen"
        return text


def gather(store: Store, now: datetime | None = None) -> Evidence:
    """What is known of this store's ShipStation store; a constant number of queries."""
    now, rules = now or clock.now(), current_rules(store)
    parcels = _parcels(
        store, now - LOOK_BACK, now - timedelta(hours=rules.told_within_hours)
    )
    notified = sum(parcel.shipment.notified is True for parcel in parcels)
    verdict = _verdict(parcels, rules, now)
    against = verdict is not Notifies.OFF
    listed = [x for x in parcels if (x.shipment.notified is not True) == against]
    return Evidence(
        hours=rules.told_within_hours,
        samples=len(parcels),
        needed=rules.notify_samples,
        notified=notified,
        ours=sum(parcel.by == "shipsync" for parcel in parcels),
        failed=sum(bool(parcel.shipment.notify_error) for parcel in parcels),
        verdict=verdict,
        listed=tuple(listed[:LISTED]),
    )


def _verdict(parcels: list[Parcel], rules: OperatingModel, now: datetime) -> Notifies:
    """On or off where nearly all agree; late where the old ones alone are told."""
    if len(parcels) < rules.notify_samples:
        return Notifies.UNKNOWN
    share = _share(parcels)
    if share >= MOST:
        return Notifies.ON
    if share <= FEW:
        return Notifies.OFF
    old = [x for x in parcels if x.shipment.created_at <= now - LATEST]
    if len(old) >= rules.notify_samples and _share(old) >= MOST:
        return Notifies.LATE
    return Notifies.UNKNOWN


def _share(parcels: list[Parcel]) -> float:
    told = sum(parcel.shipment.notified is True for parcel in parcels)
    return told / len(parcels)


def _parcels(store: Store, since: datetime, until: datetime) -> list[Parcel]:
    """Labels and fulfilments of the store's ShipStation store, newest first."""
    account = store.shipstation_account
    records = ShipStationOrder.objects.filter(
        account=account,
        ss_order_id=OuterRef("ss_order_id"),
        store_id=store.shipstation_store_id,
    )
    shipments = list(
        Shipment.objects.filter(
            Exists(records),
            account=account,
            created_at__gte=since,
            created_at__lte=until,
            voided=False,
            is_return=False,
            is_test=False,
        ).order_by("-created_at", "-pk")
    )
    told = {
        row.shipment_id: row
        for row in Dispatch.objects.filter(
            shipment__in=shipments, order__store=store, rung__in=_TOLD_BY_US
        )
    }
    orders = dict(
        ShipStationOrder.objects.filter(
            account=account,
            ss_order_id__in={x.ss_order_id for x in shipments},
            order__isnull=False,
        ).values_list("ss_order_id", "order_id")
    )
    return [
        _parcel(shipment, orders.get(shipment.ss_order_id), told.get(shipment.pk))
        for shipment in shipments
    ]


def _parcel(shipment: Shipment, order_id: int | None, ours: Dispatch | None) -> Parcel:
    by = "shipstation" if shipment.notified else ""
    if ours is not None:
        by = "both" if by else "shipsync"
    return Parcel(
        shipment=shipment,
        order_id=order_id,
        by=by,
        told_at=ours.accepted_at if ours is not None else None,
    )
