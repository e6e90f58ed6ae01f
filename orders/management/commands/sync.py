"""Run sync steps without a cluster until nothing is due; prints what was done."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders.sync.pump import drain
from shipsync_site.lib import clock
from stores import lanes
from stores.models import Direction, Lane, Store

STEPS: dict[str, tuple[str, ...]] = {
    "pull": (Direction.PULL,),
    "push": (Direction.MIRROR, Direction.PUSH),
    "dispatches": (Direction.DISPATCHES,),
    "confirm": (Direction.CONFIRM, Direction.READ_BACK),
    "all": tuple(Direction.values),
}


class Command(BaseCommand):
    help = "Run a sync step for one store's accounts, or for all, until nothing is due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", help="slug of a store; default: every store")
        parser.add_argument("--step", choices=sorted(STEPS), default="all")
        parser.add_argument(
            "--limit", type=float, default=600, help="stop after this many seconds"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stores = Store.objects.select_related("remote_account", "shipstation_account")
        if options["store"]:
            stores = stores.filter(slug=options["store"])
            if not stores:
                known = ", ".join(Store.objects.values_list("slug", flat=True))
                raise CommandError(
                    f"--store {options['store']}: no such store; known: {known or 'none'}"
                )
        lanes.ensure_lanes()
        keys = {s.remote_account.key for s in stores}
        keys |= {s.shipstation_account.key for s in stores}
        directions = list(STEPS[options["step"]])
        Lane.objects.filter(account__in=keys, direction__in=directions).update(
            due_at=clock.real_now()
        )
        done = drain(directions, limit=options["limit"])
        for name, count in sorted(done.items()):
            self.stdout.write(f"{name}: {count}")
        if not done:
            self.stdout.write("Nothing was due.")
