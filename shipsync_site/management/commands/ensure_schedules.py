"""Write the schedules of shipsync_site.schedules into the table."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from shipsync_site.schedules import SCHEDULES, ensure_schedules


class Command(BaseCommand):
    help = "Makes the schedule table say what the code says; run_cluster does it too."

    def handle(self, *args: Any, **options: Any) -> None:
        changed = ensure_schedules()
        self.stdout.write(f"{len(SCHEDULES)} schedules, {changed} changed")
