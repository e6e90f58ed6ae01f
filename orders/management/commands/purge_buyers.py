"""Blank buyer data that is past its date, here and now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from orders import forgetting, purge


class Command(BaseCommand):
    """Idempotent; also runs every hour by itself."""

    help = (
        "Blanks buyer data past its marketplace's retention and that of buyers who asked "
        "to be forgotten. Orders that are still open keep theirs until they finish."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="only say what would be blanked"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        dry = options["dry_run"]
        asked = 0 if dry else forgetting.carry_out()
        done = purge.run(dry_run=dry)
        for kind, count in sorted(done.counts.items()):
            self.stdout.write(f"{count:8d}  {purge.KINDS[kind]}")
        self.stdout.write(
            f"{done.total} rows {'would be' if dry else 'were'} blanked by date, "
            f"{asked} orders by request; {done.waiting} buyers are past their date and "
            "wait for open orders."
        )
