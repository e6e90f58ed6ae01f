"""Rules of ours, broken one at a time: the driver must see each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from orders import decide, decide_confirm, reconsider
from orders.models import Shipment
from orders.sync import outbox
from orders.sync.operations import confirm, dispatches, push
from stores.shipstation.client import ShipStationClient

Mutation = Callable[[pytest.MonkeyPatch], None]


def another_tracking(patch: pytest.MonkeyPatch) -> None:
    """Confirm with the number of whatever parcel was read last."""
    real = confirm.confirmation_of

    def wrong(*args: Any) -> Any:
        last = Shipment.objects.exclude(tracking_number="").latest("pk")
        return replace(real(*args), tracking_number=last.tracking_number)

    patch.setattr(confirm, "confirmation_of", wrong)


def job_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A job that failed is not kept for another try."""
    real = outbox.release

    def forgetful(leased: Any, **options: Any) -> None:
        real(leased, **options)
        pks = [job.pk for job in leased.jobs]
        outbox.SyncJob.objects.filter(pk__in=pks, failures__gt=0).update(dirty=False)

    patch.setattr(outbox, "release", forgetful)


def no_look_before_repeat(patch: pytest.MonkeyPatch) -> None:
    """A confirmation in doubt is sent again at once."""
    patch.setattr(decide_confirm, "confirms_in_doubt", lambda d, dispatch: [])


def cancellations_ignored(patch: pytest.MonkeyPatch) -> None:
    """Whatever a buyer asks, the order goes on."""
    patch.setattr(decide, "decide_cancellation", lambda d: False)


def another_key_each_time(patch: pytest.MonkeyPatch) -> None:
    """A push is repeated without a look, and carries another orderKey."""
    real, sent = ShipStationClient.create_orders, [0]

    def careless(self: Any, bodies: Any, **options: Any) -> Any:
        sent[0] += 1
        for body in bodies:
            body["orderKey"] = f"{body['orderKey'][:44]}#{sent[0]}"
        return real(self, bodies, **options)

    patch.setattr(ShipStationClient, "create_orders", careless)
    patch.setattr(push, "_repeats", lambda items: False)


def nobody_is_nudged(patch: pytest.MonkeyPatch) -> None:
    """Work is noted, and its lane does not hear of it."""
    patch.setattr(reconsider, "nudge_business", lambda *args: None)


def parcels_overlooked(patch: pytest.MonkeyPatch) -> None:
    """Every other parcel that was read is dropped."""
    real = dispatches.store_shipments

    def half(account: Any, rows: Any, **options: Any) -> Any:
        kept = [row for row in rows if int(row.remote_id) % 2]
        return real(account, kept, **options)

    patch.setattr(dispatches, "store_shipments", half)


def leases_kept(patch: pytest.MonkeyPatch) -> None:
    """Jobs are never given back."""
    patch.setattr(push.outbox, "release", lambda *args, **options: None)


MUTATIONS: dict[str, Mutation] = {
    mutation.__name__: mutation
    for mutation in (
        another_tracking,
        job_forgotten,
        no_look_before_repeat,
        cancellations_ignored,
        another_key_each_time,
        nobody_is_nudged,
        parcels_overlooked,
        leases_kept,
    )
}
