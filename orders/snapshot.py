"""Load what decide() sees: many orders in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q

from orders.carriers import carrier_table, mapped
from orders.facts import (
    CorrectionFacts,
    DecisionFacts,
    Operation,
    Policy,
    Problem,
    RecordFacts,
    ShipmentFacts,
    Snapshot,
)
from orders.models import (
    AttemptOutcome,
    Decision,
    Dispatch,
    LineComponent,
    MergeLink,
    Order,
    OrderBuyer,
    OrderLine,
    Shipment,
    ShipmentLine,
    ShipStationOrder,
    Stage,
    SyncAttempt,
    SyncJob,
    Verb,
)
from orders.snapshot_after import AfterShelf
from orders.snapshot_combined import PackedShelf, limits_of
from orders.snapshot_direct import DirectShelf
from orders.snapshot_kits import KitShelf, LikeShelf
from orders.snapshot_rows import (
    attempt_facts,
    dispatch_facts,
    line_facts,
    market_facts,
    of_a_combine,
    policy_of,
    record_facts,
)
from orders.snapshot_tax import LaneShelf, shares
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.models import Cursor, OperatingModel, Store
from stores.periods import era_of, periods_of

MIRROR_TRAILING = "orders_trailing"
TOLD_ONCE = (Operation.ACCEPT, Operation.ANSWER, Operation.VOID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An order row with its snapshot, policy and jobs.

    ``unpacked``: unsaved rows of its kits, where a record may be taken over.
    """

    order: Order
    snapshot: Snapshot
    policy: Policy
    jobs: dict[str, SyncJob]
    dispatches: dict[int, Dispatch]
    unpacked: tuple[LineComponent, ...] = ()


def stores_once() -> Prefetch[Any]:
    """Each order's store and accounts, every store loaded and unsealed only once."""
    stores = Store.objects.select_related("remote_account", "shipstation_account")
    return Prefetch("store", stores)


def load(orders: Sequence[Order]) -> list[Loaded]:
    """Snapshots of these orders (``store`` and its accounts selected)."""
    if not orders:
        return []
    shelf = _Shelf(orders)
    return [shelf.loaded(order) for order in orders]


class _Shelf:
    """Everything about a batch of orders, by order."""

    def __init__(self, orders: Sequence[Order]) -> None:
        self.ids = [order.pk for order in orders]
        periods = periods_of({order.store_id: order.store for order in orders}.values())
        self.eras = {o.pk: era_of(o.store, periods, o.ordered_at) for o in orders}
        lines = OrderLine.objects.filter(order__in=self.ids)
        # Their sealed details are for ShipStation, not for decide().
        lines = lines.defer("details").prefetch_related("components")
        self.lines = _by_order(lines)
        self.kits = KitShelf(self.lines)
        self.jobs = _by_order(SyncJob.objects.filter(order__in=self.ids))
        # What a person typed lies sealed, and is not for decide().
        decisions = Decision.objects.filter(order__in=self.ids).defer("details")
        self.decisions = _by_order(decisions)
        self._load_corrections()
        standing = Q(settled_at__isnull=True) & ~Q(outcome=AttemptOutcome.OK)
        # What is told once stays told: it is remembered.
        told = Q(outcome=AttemptOutcome.OK, operation__in=TOLD_ONCE)
        self.attempts = _by_order(
            SyncAttempt.objects.filter(standing | told, order__in=self.ids)
        )
        self.dispatches = _by_order(
            Dispatch.objects.filter(order__in=self.ids).prefetch_related("lines")
        )
        self.direct = DirectShelf(orders, self.lines, self.eras)
        self._load_records(orders)
        self._load_shipments()
        self.after = AfterShelf(orders, self.lines)
        self.lanes = LaneShelf(orders)
        self._load_rules(orders)

    def _load_corrections(self) -> None:
        """Addresses that a person put right; one query where there are any."""
        made = {
            order_id: max(row.at for row in rows if row.verb == Verb.CORRECT_ADDRESS)
            for order_id, rows in self.decisions.items()
            if any(row.verb == Verb.CORRECT_ADDRESS for row in rows)
        }
        self.corrections = {
            order_id: CorrectionFacts(
                digest=digest, made_from=made_from, market=market, at=made[order_id]
            )
            for order_id, digest, made_from, market in OrderBuyer.objects.filter(
                order__in=made
            )
            .exclude(corrected_digest="")
            .values_list(
                "order_id", "corrected_digest", "corrected_from", "recipient_digest"
            )
        }

    def _load_records(self, orders: Sequence[Order]) -> None:
        slim = ShipStationOrder.objects.defer("body")
        self.own = _by_order(slim.filter(order__in=self.ids))
        accounts = {order.store.shipstation_account_id for order in orders}
        numbers = {order.number for order in orders}
        self.strangers: dict[tuple[int, str], list[ShipStationOrder]] = defaultdict(
            list
        )
        for record in slim.filter(
            account__in=accounts, order_number__in=numbers, order__isnull=True
        ):
            self.strangers[record.account_id, record.order_number].append(record)
        self.like = LikeShelf(orders, self.lines, {x for _account, x in self.strangers})
        own = {
            (r.account_id, r.ss_order_id): r for rows in self.own.values() for r in rows
        }
        # A record that was read alive since was taken out of its combine again.
        self.merges = {
            (link.account_id, link.absorbed_id): link.primary_id
            for link in MergeLink.objects.filter(
                account__in=accounts, absorbed_id__in={ss_id for _account, ss_id in own}
            )
            if (row := own.get((link.account_id, link.absorbed_id))) is None
            or row.gone_at is not None
            or row.as_of <= link.as_of
        }
        self.primaries = {
            (record.account_id, record.ss_order_id): record
            for record in (
                slim.filter(account__in=accounts, ss_order_id__in=self.merges.values())
                if self.merges
                else ()
            )
        }

        self._load_wanted_held()

    def _load_wanted_held(self) -> None:
        """Per combined record, the orders in it that somebody still wants held."""
        shared = {r.pk: r for rows in self.own.values() for r in rows if r.merged_ids}
        shared.update({record.pk: record for record in self.primaries.values()})
        self.wanted_held: dict[int, set[int]] = defaultdict(set)
        for record in shared.values():
            parts = ShipStationOrder.objects.filter(
                account=record.account_id,
                ss_order_id__in=[record.ss_order_id, *record.merged_ids],
                order__stage=Stage.HELD,
                order__closed_at__isnull=True,
            )
            self.wanted_held[record.pk].update(parts.values_list("order_id", flat=True))

    def _load_shipments(self) -> None:
        ids = {r.ss_order_id for rows in self.own.values() for r in rows}
        ids.update(self.merges.values())
        self._load_elsewhere()
        ids.update(*self.elsewhere.values())
        self.shipments: dict[tuple[int, int], list[Shipment]] = defaultdict(list)
        rows = list(
            Shipment.objects.filter(ss_order_id__in=ids, is_return=False, is_test=False)
            if ids
            else ()
        )
        for shipment in rows:
            self.shipments[shipment.account_id, shipment.ss_order_id].append(shipment)
        self.parcel: dict[int, list[ShipmentLine]] = defaultdict(list)
        lines = ShipmentLine.objects.filter(shipment__in=rows)
        for line in lines.select_related("order_line") if rows else ():
            self.parcel[line.shipment_id].append(line)
        self.packed = PackedShelf(rows, self.parcel)

    def _load_elsewhere(self) -> None:
        """Where goods of combined orders went when their parcel was split again."""
        self.elsewhere: dict[int, set[int]] = defaultdict(set)
        combined = [
            order_id
            for order_id, rows in self.own.items()
            if any((row.account_id, row.ss_order_id) in self.merges for row in rows)
        ]
        if not combined:
            return
        lines = ShipmentLine.objects.filter(order_line__order__in=combined)
        for order_id, ss_id in lines.values_list(
            "order_line__order_id", "shipment__ss_order_id"
        ):
            self.elsewhere[order_id].add(ss_id)

    def _load_rules(self, orders: Sequence[Order]) -> None:
        stores = {order.store_id: order.store for order in orders}
        self.policies: dict[int, Policy] = {}
        models = OperatingModel.objects.filter(store__in=stores).order_by("version")
        latest = {model.store_id: model for model in models}
        for store_id, store in stores.items():
            self.policies[store_id] = policy_of(latest.get(store_id), store.timezone)
        self.carriers = carrier_table(
            store.remote_account.marketplace for store in stores.values()
        )
        keys = {store.shipstation_account.key for store in stores.values()}
        self.mirror_read = {
            cursor.account: cursor.watermark
            for cursor in Cursor.objects.filter(
                account__in=keys, stream=MIRROR_TRAILING
            )
        }

    def loaded(self, order: Order) -> Loaded:
        store = order.store
        connector = CONNECTORS.get(store.remote_account.marketplace)
        capabilities = connector.capabilities
        era = self.eras[order.pk]
        lines = self.lines.get(order.pk, [])
        jobs = {job.peer: job for job in self.jobs.get(order.pk, [])}
        dispatches = self.dispatches.get(order.pk, [])
        snapshot = Snapshot(
            order_id=order.pk,
            number=order.number,
            key_generation=order.generation,
            imported_at=order.imported_at,
            store_state=store.state,
            store_mode=era.mode,
            route=era.route,
            given_back_at=era.given_back_at,
            resumed=era.resumed,
            market=market_facts(order),
            lines=tuple(line_facts(line) for line in lines),
            payload_digest=order.payload_digest,
            problems=tuple(Problem(**problem) for problem in order.payload_problems),
            records=tuple(self._records(order)),
            shipments=tuple(self._shipments(order)),
            dispatches=tuple(dispatch_facts(row) for row in dispatches),
            attempts=tuple(
                attempt_facts(row) for row in self.attempts.get(order.pk, [])
            ),
            decisions=tuple(
                DecisionFacts(
                    verb=row.verb,
                    cause=row.cause,
                    at=row.at,
                    target=row.target,
                    choice=row.choice,
                )
                for row in self.decisions.get(order.pk, [])
            ),
            correction=self.corrections.get(order.pk),
            **self.after.facts(order),
            mirror_read_at=self.mirror_read.get(store.shipstation_account.key),
            parked=tuple((job.peer, job.parked) for job in jobs.values() if job.parked),
            can_confirm=Capability.CONFIRM_DISPATCH in capabilities,
            can_correct=Capability.CORRECT_DISPATCH in capabilities,
            can_read_one=Capability.READ_ONE in capabilities,
            lane=self.lanes.facts(order),
            combine_limits=limits_of(connector.combined_rule),
            capabilities=frozenset(map(str, capabilities)),
            seller_pages=connector.seller_pages,
        )
        return Loaded(
            order=order,
            snapshot=snapshot,
            policy=self.policies[order.store_id],
            jobs=jobs,
            dispatches={row.pk: row for row in dispatches},
            unpacked=tuple(self.like.unpacked(order)),
        )

    def _records(self, order: Order) -> Iterable[RecordFacts]:
        account = order.store.shipstation_account_id
        own = self.own.get(order.pk, [])
        parents = {row.parent_id for row in own}
        for row in own:
            absorbed_by = self.merges.get((account, row.ss_order_id))
            yield record_facts(
                row,
                order,
                linked=True,
                absorbed_by=absorbed_by,
                shared=(account, row.ss_order_id) in self.packed.mixed,
                split=row.ss_order_id in parents,
                wanted_held=bool(self.wanted_held.get(row.pk, set()) - {order.pk}),
                imported=self.direct.facts(order, row),
            )
            primary = self.primaries.get((account, absorbed_by or 0))
            if primary is not None and primary.order_id != order.pk:
                yield record_facts(
                    primary,
                    order,
                    linked=False,
                    shared=True,
                    wanted_held=bool(
                        self.wanted_held.get(primary.pk, set()) - {order.pk}
                    ),
                )
        absorbers = {self.merges.get((account, row.ss_order_id)) for row in own}
        numbered = self.strangers.get((account, order.number), [])
        for row in self.direct.candidates(order, numbered):
            if row.ss_order_id in absorbers:
                continue
            yield record_facts(
                row,
                order,
                linked=False,
                candidate=True,
                lines_match=self.like.same(row, order),
                imported=self.direct.facts(order, row),
            )

    def _shipments(self, order: Order) -> Iterable[ShipmentFacts]:
        account = order.store.shipstation_account_id
        own = {row.ss_order_id: row for row in self.own.get(order.pk, [])}
        primaries = {self.merges.get((account, ss_id)) for ss_id in own}
        others = {p for p in primaries if p is not None}
        others |= self.elsewhere.get(order.pk, set())
        found = [
            (shipment, ss_id not in own or of_a_combine(own[ss_id], own))
            for ss_id in [*own, *sorted(others - set(own))]
            for shipment in self.shipments.get((account, ss_id), [])
        ]
        lines = self.kits.shares(order, found, self.parcel)
        for shipment, _shared in found:
            yield ShipmentFacts(
                id=shipment.pk,
                ss_order_id=shipment.ss_order_id,
                tracking=shipment.tracking_number,
                carrier_code=shipment.carrier_code,
                service_code=shipment.service_code,
                created_at=shipment.created_at,
                ship_date=shipment.ship_date,
                voided=shipment.voided,
                source=shipment.source,
                mapped=mapped(
                    self.carriers,
                    marketplace=order.store.remote_account.marketplace,
                    store_id=order.store_id,
                    carrier=shipment.carrier_code,
                    service=shipment.service_code,
                ),
                lines=lines[shipment.pk],
                notified=shipment.notified,
                notify_error=shipment.notify_error,
                as_of=shipment.as_of,
                ioss=shares(self.packed.of(shipment)),
                packed=self.packed.facts(shipment),
            )


def _by_order(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(row)
    return dict(found)
