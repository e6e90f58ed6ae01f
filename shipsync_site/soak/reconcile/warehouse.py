"""ShipStation's side of a shop: records and labels, handed to the code that reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orders.customs_check import lines_of
from orders.mirror import store_records
from orders.models import LineComponent, Order, ShipStationOrder
from orders.parcels import store_shipments
from stores.models import ShipStationAccount, Store
from stores.remote_types import RemoteAddress, RemotePackage
from stores.shipstation.types import SsLine, SsOrder, SsShipment, SsStatus

Body = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Tale:
    """One order as its buyer placed it; ``lines`` are (SKU, units)."""

    number: str
    placed: datetime
    lines: list[tuple[str, int]]
    address: RemoteAddress
    status: str = "open"
    cancelled: dict[str, int] = field(default_factory=dict)
    asked: bool = False
    packages: tuple[RemotePackage, ...] | None = None
    ioss: str = ""
    not_ours: str = ""
    heard: bool = False
    counted: list[tuple[datetime, str]] = field(default_factory=list)


class Warehouse:
    """What people and ShipStation's own connection do there."""

    account: ShipStationAccount
    store: Store
    direct: bool

    def at(self, moment: datetime, act: Callable[[], None]) -> None:
        """Have this happen then."""
        raise NotImplementedError

    def next_id(self) -> int:
        """A number that nothing else of this shop has."""
        raise NotImplementedError

    def record(self, tale: Tale, at: datetime, **said: Any) -> int:
        """ShipStation shows a record of it from then on; its id. See :meth:`_record`."""
        number = int(said.pop("number", 0)) or self.next_id()
        address = tale.address
        self.at(at, lambda: self._record(tale, number, at, address, **said))
        return number

    def _record(
        self,
        tale: Tale,
        number: int,
        at: datetime,
        address: RemoteAddress,
        *,
        status: str = "awaiting_shipment",
        lines: Callable[[list[SsLine]], list[SsLine]] | None = None,
        stranger: bool = False,
        order_number: str = "",
        merged: Sequence[int] = (),
        parent: int | None = None,
        body: Body | None = None,
        to: RemoteAddress | None = None,
        held_by_us: bool = False,
        customs: Sequence[Body] = (),
        split: bool = False,
    ) -> None:
        order = None if stranger else Order.objects.get(number=tale.number)
        shown = [] if order is None else self.lines_of(order)
        shown = lines(shown) if lines else shown
        ship_to = to or address
        row = SsOrder(
            order_id=number,
            order_key=""
            if stranger or self.direct
            else (order.order_key if order else ""),
            order_number=order_number or tale.number,
            status=SsStatus(status),
            raw_status=status,
            store_id=self.store.shipstation_store_id,
            modify_date=at.isoformat(),
            modified_at=at,
            created_at=at,
            hold_until=None,
            merged_or_split=bool(merged) or split,
            merged_ids=tuple(merged),
            parent_id=parent,
            address_verified="ok",
            tag_ids=(),
            lines=tuple(shown),
            externally_fulfilled=False,
            as_of=at,
            body={
                "shipTo": {
                    "name": ship_to.name,
                    "street1": ship_to.line1.upper(),
                    "city": ship_to.city,
                    "postalCode": ship_to.postcode,
                    "country": ship_to.country,
                },
                **(body or {}),
            },
            ordered_at=tale.placed,
            postcode=ship_to.postcode,
        )
        mine = ShipStationOrder.objects.filter(account=self.account, ss_order_id=number)
        if customs:
            store_records(self.account, [row], now=at)
            mine.update(written_customs=lines_of(_customs(customs)), written_at=at)
        if order is not None and self.direct and not mine.filter(order=order).exists():
            store_records(self.account, [row], now=at)
            mine.update(order=order, adopted=True)
        store_records(self.account, [row], now=at)
        if held_by_us:
            mine.update(held_by_us=True, held_for=order)

    def lines_of(self, order: Order) -> list[SsLine]:
        """What a record of this order carries: our keys, or the channel's own."""
        found = []
        for line in order.lines.all():
            left = line.quantity - line.quantity_cancelled
            parts = list(LineComponent.objects.filter(line=line))
            found += [_line(x.key, x.sku, x.quantity * left) for x in parts]
            if not parts and left:
                key = line.remote_id if self.direct else line.line_key
                found.append(_line(key, line.sku, left))
        return found

    def gone(self, number: int, at: datetime) -> None:
        """ShipStation shows this record no more."""

        def vanish() -> None:
            ShipStationOrder.objects.filter(
                account=self.account, ss_order_id=number
            ).update(gone_at=at, as_of=at)

        self.at(at, vanish)

    def label(
        self, tales: Sequence[Tale], number: int, at: datetime, **said: Any
    ) -> str:
        """A label is bought for this record, with the goods of these orders; its number."""
        tracking = f"JD{self.next_id():012d}"
        self.at(at, lambda: self._label(tales, number, tracking, at, at, **said))
        return tracking

    def void(
        self, tales: Sequence[Tale], number: int, tracking: str, bought: datetime, at: datetime,
        **said: Any,
    ) -> None:  # fmt: skip
        """The label is voided."""
        self.at(
            at,
            lambda: self._label(
                tales, number, tracking, bought, at, voided_at=at, **said
            ),
        )

    def _label(
        self,
        tales: Sequence[Tale],
        number: int,
        tracking: str,
        bought: datetime,
        at: datetime,
        *,
        voided_at: datetime | None = None,
        skus: Sequence[str] = (),
        notified: bool | None = None,
        is_return: bool = False,
        is_test: bool = False,
        with_lines: bool = True,
    ) -> None:
        shown = [
            line
            for tale in tales
            for line in self.lines_of(Order.objects.get(number=tale.number))
            if not skus or line.sku in skus
        ]
        row = SsShipment(
            source="label",
            remote_id=tracking,
            order_id=number,
            order_key="",
            order_number=tales[0].number,
            tracking_number=tracking,
            carrier_code="royal_mail",
            service_code="rm_tracked_24",
            ship_date=bought.date(),
            created_at=bought,
            voided=voided_at is not None,
            voided_at=voided_at,
            is_return=is_return,
            is_test=is_test,
            notified=notified,
            notify_error="",
            lines=tuple(shown) if with_lines else None,
            as_of=at,
        )
        store_shipments(self.account, [row], now=at)


def _line(key: str, sku: str, units: int) -> SsLine:
    return SsLine(item_id=None, line_key=key, sku=sku, quantity=units)


def _customs(items: Sequence[Body]) -> Body:
    return {"internationalOptions": {"customsItems": list(items)}}
