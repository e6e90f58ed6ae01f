"""Blank buyer data that is past its date, here and now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders import forgetting, purge
from stores.connectors import CONNECTORS


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

        parser.add_argument(
            "--forget",
            default="",
            metavar="MARKETPLACE:NAME",
            help="also forget this buyer, by the marketplace's own name or number",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        dry = options["dry_run"]
        if options["forget"]:
            self._forget(options["forget"], dry)
        asked = 0 if dry else forgetting.carry_out()
        done = purge.run(dry_run=dry)
        for kind, count in sorted(done.counts.items()):
            self.stdout.write(f"{count:8d}  {purge.KINDS[kind]}")
        self.stdout.write(
            f"{done.total} rows {'would be' if dry else 'were'} blanked by date, "
            f"{asked} orders by request; {done.waiting} buyers are past their date and "
            "wait for open orders."
        )

    def _forget(self, text: str, dry_run: bool) -> None:
        marketplace, _, name = text.partition(":")
        if marketplace not in CONNECTORS or not name.strip():
            known = ", ".join(sorted(connector.code for connector in CONNECTORS))
            raise CommandError(
                "--forget: write a marketplace and the buyer's name there, as "
                f"ebay:name; marketplaces: {known}"
            )
        if dry_run:
            raise CommandError("--forget can't be tried with --dry-run: leave one out")
        asked = forgetting.ask(marketplace, [name])
        self.stdout.write(
            "This buyer is forgotten once every order has finished."
            if asked
            else "Nothing is held of a buyer with this name, or it is being done already."
        )
