"""Compares a store's day or month to the end, and prints the buckets."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reconciliation.models import Finding, FindingState, Run, RunState, RunStore
from reconciliation.periods import month_of
from reconciliation.rules import bucket_label
from reconciliation.runs import lifecycle
from reconciliation.runs.progress import progress_of
from shipsync_site.lib import clock
from stores.models import Store

PAUSE = 0.5


class Command(BaseCommand):
    help = (
        "Compares what the marketplace, shipsync and ShipStation say of a store's day "
        "or month, needs no cluster, and prints each bucket with its orders. Fails "
        "where the buckets do not add up to the marketplace's own count."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", required=True, help="the store's slug")
        parser.add_argument("--day", help="like 2026-11-20, of the store's zone")
        parser.add_argument("--month", help="like 2026-11, of the store's zone")

    def handle(self, *args: Any, **options: Any) -> None:
        store = Store.objects.filter(slug=options["store"]).first()
        if store is None:
            known = ", ".join(Store.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"--store {options['store']}: there is {known}")
        first, last = _days(options["day"], options["month"])
        try:
            run = lifecycle.start([store], first, last)
        except lifecycle.RunError as error:
            raise CommandError(str(error)) from None
        try:
            self._to_the_end(run)
        except KeyboardInterrupt:
            lifecycle.cancel(run)
            raise CommandError("stopped: the run is cancelled") from None
        if run.state != RunState.DONE:
            raise CommandError(f"{run.get_state_display()}: {run.error}")
        self._report(run.stores.select_related("store").get())

    def _to_the_end(self, run: Run) -> None:
        said = ""
        while run.state in lifecycle.OPEN:
            if not lifecycle.work_on(run):
                time.sleep(PAUSE)  # a report is being made, or a quota has to clear
            run.refresh_from_db()
            told = progress_of(run, clock.now(), clock.real_now())
            text = f"{told.percent:3d} %  {told.sentence}"
            if text != said and self.stderr.isatty():
                self.stderr.write(text)
            said = text

    def _report(self, part: RunStore) -> None:
        counted = f"{part.counted:,} by its {part.counted_by}" if part.counted else "0"
        if part.counted is None:
            counted = f"not known: {part.count_problem}"
        self.stdout.write(f"{part.store.name}, {part.run}, {part.zone}")
        self.stdout.write(f"  counted by the marketplace: {counted}")
        self.stdout.write(f"  orders here: {part.ours:,}")
        for code, number in sorted(part.buckets.items(), key=lambda x: -x[1]):
            self.stdout.write(f"  {number:>9,}  {bucket_label(code)} ({code})")
        total = sum(part.buckets.values())
        self.stdout.write(f"  {total:>9,}  in all")
        standing = Finding.objects.filter(run=part.run, state=FindingState.OPEN)
        self.stdout.write(f"  findings open: {standing.count():,}")
        if part.adds_up is False:
            raise CommandError(
                f"the buckets hold {total:,} orders, and the marketplace counts "
                f"{part.counted:,}"
            )


def _days(day: str | None, month: str | None) -> tuple[date, date]:
    """The first and the last day; raises CommandError naming the value."""
    if (day is None) == (month is None):
        raise CommandError("say either --day or --month")
    try:
        if day is not None:
            only = date.fromisoformat(day)
            return only, only
        return month_of(datetime.strptime(f"{month}-01", "%Y-%m-%d").date())  # noqa: DTZ007
    except ValueError:
        given = f"--day {day}" if day else f"--month {month}"
        raise CommandError(
            f"{given}: expected a date like 2026-11-20, or a month like 2026-11"
        ) from None
