"""A shop whose facts are written as they would be read: orders, records, labels, news.

What is to happen is noted with its time and happens in that order. Nothing is sent and
nothing is asked: what the remote sides say is handed to the same code that reads them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from orders.ingest import ingest
from orders.models import (
    Dispatch,
    DispatchLine,
    Order,
    OrderLine,
    Shipment,
)
from shipsync_site.soak.faults.hours import Hours
from shipsync_site.soak.reconcile.warehouse import Tale, Warehouse
from stores.models import OperatingModel, RemoteAccount, ShipStationAccount, Store
from stores.remote_money import CensusEntry
from stores.remote_types import (
    Block,
    RemoteAddress,
    RemoteLine,
    RemoteOrder,
    RemotePackage,
    RemoteStatus,
)

STREETS = ("Mill Lane", "High Street", "Castle Road", "Station Road", "Church Walk")
CITIES = ("Leeds", "Bath", "York", "Hull", "Ely")
ALL = frozenset(Block)


class Moments(Hours):
    """Hours that may also be set back: each shop tells its days by itself."""

    def set(self, moment: datetime) -> None:
        """It is this moment now."""
        self._now = moment.astimezone(UTC).timestamp()


class Shop(Warehouse):
    """One store and its place in ShipStation."""

    def __init__(
        self,
        rng: random.Random,
        account: ShipStationAccount,
        number: int,
        *,
        direct: bool,
    ) -> None:
        self.random, self.direct, self.account = rng, direct, account
        self.events: list[tuple[datetime, int, Callable[[], None]]] = []
        self.tales: list[Tale] = []
        # Nothing of it was read for hours.
        self.silent = False
        self._next = number * 100_000
        self.remote = RemoteAccount.objects.create(
            name=f"Market {number}",
            environment="sandbox",
            marketplace="amazon",
            seller_id=f"SELLER{number}",
            region="eu",
            app_id="practice",
            secrets={"client_id": "c", "client_secret": "s", "refresh_token": "r"},
        )
        self.store = Store.objects.create(
            slug=f"shop-{number}",
            name=f"Shop {number}",
            remote_account=self.remote,
            remote_marketplace="A1F83G8C2ARO7P",
            shipstation_account=account,
            shipstation_store_id=9000 + number,
            mode="direct" if direct else "orchestrated",
            state="live",
        )
        OperatingModel.objects.create(
            store=self.store, version=1, combined="confirm_each"
        )

    # --- what happens ------------------------------------------------------------

    def at(self, moment: datetime, act: Callable[[], None]) -> None:
        """Have this happen then."""
        self.events.append((moment, len(self.events), act))

    def next_id(self) -> int:
        """A number that nothing else of this shop has."""
        self._next += 1
        return self._next

    def tale(self, placed: datetime, *, lines: int = 0, **fields: Any) -> Tale:
        """A new order; nothing is told of it yet."""
        number = self.next_id()
        wanted = lines or self.random.choice((1, 1, 1, 2, 3))
        told = Tale(
            number=f"203-{number:07d}-{number % 97:02d}",
            placed=placed,
            lines=[
                (f"SKU-{number}-{n}", self.random.randint(1, 3)) for n in range(wanted)
            ],
            address=self.place(),
            **fields,
        )
        self.tales.append(told)
        return told

    def place(self) -> RemoteAddress:
        """Where somebody lives."""
        return RemoteAddress(
            name=f"Buyer {self.random.randrange(10**6)}",
            line1=f"{self.random.randrange(1, 200)} {self.random.choice(STREETS)}",
            city=self.random.choice(CITIES),
            postcode=f"LS{self.random.randrange(1, 29)} {self.random.randrange(1, 9)}AB",
            country="GB",
        )

    def counted(self, tale: Tale, at: datetime, status: str = "") -> None:
        """The marketplace's own count names it from then on, with this status."""
        tale.counted.append((at, status or tale.status))

    def market(
        self, tale: Tale, at: datetime, *, count: bool = True, **new: Any
    ) -> None:
        """The marketplace says so of it, and our next read hears it."""
        for name, value in new.items():
            setattr(tale, name, value)
        tale.heard = True
        if count:
            self.counted(tale, at)
        order = self._remote(tale, at)
        self.at(at + timedelta(minutes=4), lambda: self._heard(order, at))

    def _heard(self, order: RemoteOrder, at: datetime) -> None:
        ingest(self.remote, [replace(order, as_of=at + timedelta(minutes=4))])

    def _remote(self, tale: Tale, at: datetime) -> RemoteOrder:
        return RemoteOrder(
            remote_id=tale.number,
            number=tale.number,
            marketplace_id=self.store.remote_marketplace,
            status=RemoteStatus(tale.status),
            raw_status=tale.status.upper(),
            ordered_at=tale.placed,
            updated_at=at,
            as_of=at,
            blocks=ALL if tale.packages is not None else ALL - {Block.PACKAGES},
            lines=tuple(
                RemoteLine(
                    remote_id=f"{tale.number}-{sku}",
                    sku=sku,
                    title=sku,
                    quantity=units,
                    quantity_cancelled=tale.cancelled.get(sku, 0),
                    cancel_requested=tale.asked,
                    ioss_number=tale.ioss or None,
                    tax_scheme="IOSS" if tale.ioss else None,
                )
                for sku, units in tale.lines
            ),
            raw={"number": tale.number},
            not_ours=tale.not_ours,
            ship_by=tale.placed + timedelta(days=3),
            recipient=tale.address,
            buyer_name=tale.address.name,
            currency="GBP",
            packages=tale.packages,
        )

    # --- what the marketplace was told --------------------------------------------

    def told(
        self,
        tale: Tale,
        tracking: str,
        rung: str,
        at: datetime,
        *,
        accepted: datetime | None = None,
        instead_of: str = "",
        skus: Sequence[str] = (),
    ) -> None:
        """Our confirmation of this parcel stands there since then."""
        self.at(
            at, lambda: self._told(tale, tracking, rung, at, accepted, instead_of, skus)
        )

    def _told(
        self,
        tale: Tale,
        tracking: str,
        rung: str,
        at: datetime,
        accepted: datetime | None,
        instead_of: str,
        skus: Sequence[str],
    ) -> None:
        order = Order.objects.get(number=tale.number)
        shipment = Shipment.objects.get(account=self.account, remote_id=tracking)
        before = Dispatch.objects.filter(
            order=order, shipment__remote_id=instead_of
        ).first()
        times: dict[str, Any] = {"sent_at": at}
        if rung not in ("due", "sent", "refused") or accepted:
            times["accepted_at"] = accepted or at
        if rung == "read_back":
            times["read_back_at"] = at
        dispatch, new = Dispatch.objects.update_or_create(
            order=order,
            shipment=shipment,
            defaults={
                "rung": rung,
                "rung_at": at,
                "as_of": at,
                "sent_carrier": "Royal Mail",
                "sent_tracking": tracking,
                "supersedes": before,
                **times,
            },
            create_defaults={
                "rung": rung,
                "rung_at": at,
                "as_of": at,
                "package_ref": order.dispatches.count() + 1,
                "sent_carrier": "Royal Mail",
                "sent_tracking": tracking,
                "supersedes": before,
                **times,
            },
        )
        if new:
            DispatchLine.objects.bulk_create(
                DispatchLine(
                    dispatch=dispatch,
                    order_line=line,
                    quantity=max(1, line.quantity - line.quantity_cancelled),
                )
                for line in OrderLine.objects.filter(order=order)
                if not skus or line.sku in skus
            )

    def entries(self, now: datetime) -> list[CensusEntry]:
        """What the marketplace's own count says at this moment."""
        found = []
        for tale in self.tales:
            said = [status for at, status in sorted(tale.counted) if at <= now]
            if said:
                found.append(
                    CensusEntry(
                        remote_id=tale.number, status=said[-1], ordered_at=tale.placed
                    )
                )
        return found


def package(tale: Tale, tracking: str, at: datetime) -> RemotePackage:
    """A parcel as the marketplace shows it."""
    return RemotePackage(
        reference="1",
        carrier="Royal Mail",
        tracking_number=tracking,
        status="shipped",
        shipped_at=at,
        lines=tuple((f"{tale.number}-{sku}", units) for sku, units in tale.lines),
    )


def happen(shops: Sequence[Shop], hours: Moments, until: datetime) -> None:
    """Let all that was noted happen, each at its time, up to this moment."""
    for shop in shops:
        due = sorted(
            (event for event in shop.events if event[0] <= until),
            key=lambda event: event[:2],
        )
        shop.events = [event for event in shop.events if event[0] > until]
        for at, _number, act in due:
            hours.set(at)
            act()
    hours.set(until)
