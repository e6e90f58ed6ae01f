"""Copy another database into this one: the move from SQLite to PostgreSQL."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shipsync_site.moving import MoveError, connect, copy


class Command(BaseCommand):
    help = (
        "Fills the database of DATABASE_URL, which was migrated and never used, with "
        "everything of another one. Stop web and clusters first; see docs/production.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "source",
            help="URL of the database to read, such as sqlite:////srv/a.sqlite3",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        def told(label: str, rows: int) -> None:
            self.stdout.write(f"{rows:9d}  {label}")

        try:
            rows = copy(connect(options["source"]), "default", told)
        except MoveError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"copied {rows} rows, counted again: they are all there")
