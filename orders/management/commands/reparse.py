"""Read stored marketplace answers again with the parser as it is now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders import reparse
from stores.models import Store


class Command(BaseCommand):
    """Idempotent; calls nobody. A newer fact is never overwritten."""

    help = (
        "After a parser was mended: reads unreadable records and stored answers again, "
        "as of the moment they were read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", default="", help="slug of one store")
        parser.add_argument(
            "--since", default="", help="only what was read since, as 2026-11-22 (UTC)"
        )
        parser.add_argument(
            "--malformed", action="store_true", help="only what could not be read"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="only show what would change"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        store = None
        if options["store"]:
            store = Store.objects.filter(slug=options["store"]).first()
            if store is None:
                known = ", ".join(Store.objects.values_list("slug", flat=True))
                raise CommandError(
                    f"--store {options['store']}: no such store; there are: {known}"
                )
        since = None
        if options["since"]:
            try:
                since = datetime.fromisoformat(options["since"])
            except ValueError:
                raise CommandError(
                    f"--since {options['since']}: write a date as 2026-11-22"
                ) from None
            since = since if since.tzinfo else since.replace(tzinfo=UTC)
        dry = options["dry_run"]
        report = reparse.run(
            store=store,
            since=since,
            only_malformed=options["malformed"],
            dry_run=dry,
        )
        for line in report.lines:
            self.stdout.write(line)
        self.stdout.write(
            f"{report.read} answers read again: {report.created} orders "
            f"{'would be' if dry else 'were'} new, {report.changed} changed, "
            f"{report.unchanged} as before, {report.unreadable} still unreadable, "
            f"{report.stray} of no store"
        )
