"""Make the groups and their permissions as the table in shipsync_site/roles.py says."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shipsync_site.roles import ROLES, apply_roles


class Command(BaseCommand):
    """Idempotent; also runs by itself after each migration."""

    help = "Create the groups ops, cs, finance, packer, lead and admin, and set their permissions."

    def handle(self, *args: Any, **options: Any) -> None:
        missing = apply_roles()
        if missing:
            raise CommandError(
                f"no such permission: {', '.join(missing)}. Run migrate first; if it is "
                "still missing then, correct shipsync_site/roles.py"
            )
        self.stdout.write(f"{len(ROLES)} groups are as planned: {', '.join(ROLES)}")
