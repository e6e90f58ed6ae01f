"""Run the background work under supervision, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from shipsync_site.schedules import ensure_schedules
from shipsync_site.supervisor import Supervisor
from stores import lanes


class Command(BaseCommand):
    help = (
        "Runs background clusters and replaces one that dies or hangs. "
        "Stop it with one SIGTERM (systemd: KillMode=mixed)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--clusters", type=int, default=1, help="how many clusters (default 1)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        ensure_schedules()
        lanes.ensure_lanes()
        supervisor = Supervisor(options["clusters"])
        signal.signal(signal.SIGTERM, supervisor.ask_to_stop)
        signal.signal(signal.SIGINT, supervisor.ask_to_stop)
        supervisor.run()
