"""Measures how much of ShipStation's quota pushes use, and how fast orders come in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from shipsync_site.bench import (
    cancels,
    compare,
    csv_rows,
    ingest,
    latency,
    queue_page,
    quiet,
    report,
    runs,
    settlement_file,
)
from shipsync_site.bench.plan import (
    DATABASES,
    DEFAULT_ORDERS,
    SCENARIOS,
    Plan,
    find_postgresql,
    own_database,
    plan_in_force,
)
from shipsync_site.bench.stage import BenchError, staged
from shipsync_site.demo.stack import interrupt_on_signals
from stores.sandbox.driver import Json, SandboxError, free_port

RESULT = "result.json"
# Scenarios with a table of their own; the others push.
RUNS: dict[str, Any] = {"ingest": ingest, "latency": latency}
# Those whose peers live in their own process.
ALONE: dict[str, Any] = {
    "cancels": cancels,
    "queue": queue_page,
    "quiet": quiet,
    "csv": csv_rows,
    "compare": compare,
    "settlement": settlement_file,
}


class Command(BaseCommand):
    help = (
        "Pushes orders through real clusters against the simulated ShipStation; fails "
        "below 97 % of the quota or with any answer 429. Takes orders in; fails above "
        "three times the time of bulk_create. Measures from event to fact, polled and "
        "told (latency), and from a cancellation to an order on hold (cancels). "
        "Counts false alarms of stores that are too quiet, and how soon silence is seen "
        "(quiet). Asks for a queue's page beside 100,000 cases (queue). Writes a list as CSV, "
        "against a bare cursor and django-import-export (csv). Takes a settlement file in, "
        "again and changed (settlement)."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--orders", type=int, help="default: as many as the scenario wants"
        )
        parser.add_argument("--scenario", choices=SCENARIOS, help="default: all")
        parser.add_argument("--database", choices=DATABASES, help="default: both")
        parser.add_argument(
            "--rate", type=float, default=0.0, help="clock speed; 0 chooses one"
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", type=Path, help="write the results there")

    def handle(self, *args: Any, **options: Any) -> None:
        interrupt_on_signals()
        try:
            plan = plan_in_force()
            if plan is None:
                self._all(options)
            else:
                self._one(plan)
        except KeyboardInterrupt:
            raise CommandError("stopped") from None
        except (BenchError, SandboxError, LookupError) as error:
            raise CommandError(str(error)) from None

    def _one(self, plan: Plan) -> None:
        if plan.scenario in ALONE:
            result = ALONE[plan.scenario].run(plan)
        else:
            with staged(plan) as stage:
                result = RUNS.get(plan.scenario, runs).run(stage)
        (plan.folder / RESULT).write_text(json.dumps(result))

    def _all(self, options: dict[str, Any]) -> None:
        server = find_postgresql()
        databases = [options["database"]] if options["database"] else list(DATABASES)
        if server is None and not options["database"]:
            databases.remove("postgresql")
            self.stdout.write("no PostgreSQL answers (DATABASE_URL): left out")
        results = [
            self._run(scenario, database, server, options)
            for database in databases
            for scenario in SCENARIOS
            if options["scenario"] in (None, scenario)
        ]
        if options["json"]:
            options["json"].write_text(json.dumps(results, indent=2) + "\n")
        if any(result["problems"] for result in results):
            raise CommandError("the goal was not reached")

    def _run(
        self, scenario: str, database: str, server: str | None, options: dict[str, Any]
    ) -> Json:
        """One scenario in a process with an environment and a database of its own."""
        with tempfile.TemporaryDirectory(prefix="shipsync-bench-") as name:
            folder = Path(name)
            with own_database(database, folder, server) as url:
                plan = Plan(
                    scenario=scenario,
                    database=database,
                    url=url,
                    folder=folder,
                    sandbox_port=free_port(),
                    web_port=free_port() if scenario == "latency" else 0,
                    orders=options["orders"] or DEFAULT_ORDERS[scenario],
                    rate=options["rate"],
                    seed=options["seed"],
                )
                done = subprocess.run(  # noqa: S603 - this very command
                    [sys.executable, str(settings.BASE_DIR / "manage.py"), "bench"],
                    env={**os.environ, **plan.environment()},
                    check=False,
                )
            if done.returncode:
                for log in sorted(folder.glob("*.log")):
                    self.stderr.write(log.read_text()[-3000:])
                raise CommandError(f"{scenario} on {database} ended early")
            result: Json = json.loads((folder / RESULT).read_text())
        shown = (RUNS | ALONE).get(scenario, report)
        for line in shown.lines(result):
            self.stdout.write(line)
        self.stdout.flush()
        return result
