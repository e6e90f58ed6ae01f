"""Runs the demo through bad weather and proves from the peers' ledger what it did."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shipsync_site.demo import check
from shipsync_site.demo.check import Trial
from shipsync_site.demo.stack import Plan, StackError, enter, interrupt_on_signals
from stores.sandbox.driver import SandboxError, free_port

RATE = 10.0


class Command(BaseCommand):
    help = "Proves the demo: one order per order, one confirmation per dispatch."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=300, help="longest run")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--orders", type=int, default=280, help="orders placed")
        parser.add_argument("--wanted", type=int, default=200, help="orders done")
        parser.add_argument("--clusters", type=int, default=1)
        parser.add_argument(
            "--database", default="", help="URL of an empty database (default: SQLite)"
        )

    def say(self, text: str) -> None:
        """A line of progress, at once."""
        self.stdout.write(text)
        self.stdout.flush()

    def handle(self, *args: Any, **options: Any) -> None:
        plan = Plan(
            folder=Path(tempfile.gettempdir()) / f"shipsync-check-{free_port()}",
            port=free_port(),
            sandbox_port=free_port(),
            rate=RATE,
            clusters=options["clusters"],
            database=options["database"],
            pull_every=8.0,
        )
        trial = Trial(
            seed=options["seed"],
            seconds=options["seconds"],
            placed=options["orders"],
            wanted=options["wanted"],
        )
        try:
            plan = enter(plan)
            interrupt_on_signals()
            proof = check.run(plan, trial, self.say)
        except KeyboardInterrupt:
            raise CommandError("stopped before the proof") from None
        except (StackError, SandboxError) as error:
            raise CommandError(str(error)) from None
        for name, number in proof.counts.items():
            self.stdout.write(f"{number:7d}  {name}")
        if proof.problems:
            listed = "\n  ".join(proof.problems[:30])
            raise CommandError(
                f"{len(proof.problems)} problems (logs in {plan.folder}):\n  {listed}"
            )
        shutil.rmtree(plan.folder, ignore_errors=True)
        self.stdout.write("proved: nothing twice, nothing lost, nothing unasked")
