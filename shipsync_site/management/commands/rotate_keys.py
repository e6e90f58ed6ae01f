"""Seal every stored secret and buyer again with the newest key."""

from __future__ import annotations

import resource
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shipsync_site import rehearsal
from shipsync_site.rotation import Progress, RotationError, rotate


class Command(BaseCommand):
    """Idempotent; may be interrupted and started again beside running clusters."""

    help = (
        "Run it after putting a new key first in SHIPSYNC_FIELD_KEYS and restarting; "
        "then the old key can go. --rehearse tries it in a database of its own."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rehearse",
            type=int,
            metavar="ROWS",
            help="fill a temporary database with so many rows, rotate them, kill the "
            "rotation half way and go on; changes nothing of this installation",
        )
        parser.add_argument(
            "--every",
            type=int,
            default=5000,
            help="say how far it is every so many rows",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rehearse"] is not None:
            self._rehearse(options["rehearse"])
            return
        began = time.monotonic()
        every = max(1, options["every"])

        def tell(progress: Progress) -> None:
            if progress.rows % every == 0:
                self.stdout.write(f"{progress.rows:8d} rows  {progress.model} …")
                self.stdout.flush()

        try:
            done = rotate(tell)
        except RotationError as error:
            raise CommandError(str(error)) from None
        for progress in done:
            self.stdout.write(
                f"{progress.rows:8d} rows  {progress.model}: {progress.columns}: "
                f"{progress.sealed} sealed again"
            )
        # Linux counts in KiB, macOS in bytes.
        unit = 1024 * 1024 if sys.platform == "darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
        self.stdout.write(
            f"{sum(p.rows for p in done)} rows, {sum(p.sealed for p in done)} values "
            f"sealed again in {time.monotonic() - began:.1f} s, peak memory {peak:.0f} MB"
        )

    def _rehearse(self, rows: int) -> None:
        if rows < 1000:
            raise CommandError(
                f"--rehearse {rows}: at least 1000 rows, so that it can be stopped half way"
            )
        try:
            rehearsal.run(rows, self.stdout.write)
        except rehearsal.RehearsalError as error:
            raise CommandError(f"The rehearsal failed: {error}") from None
