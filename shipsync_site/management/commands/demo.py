"""The whole of shipsync on one machine, with simulated peers and orders flowing."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from reconciliation.settlements.fetch import request_all
from shipsync_site.demo import world
from shipsync_site.demo.channels import EVERY
from shipsync_site.demo.play import Pace, Play
from shipsync_site.demo.stack import (
    Plan,
    Stack,
    StackError,
    enter,
    interrupt_on_signals,
)
from shipsync_site.demo.status import done_count
from stores.sandbox.driver import SandboxError, free_port

# Fast enough that an hour's wait is minutes; slow enough to follow with the eye.
RATE = 3.0
ORDERS_PER_SECOND = 0.05
PULL_EVERY = 10.0
# Real seconds between payouts of the marketplaces.
PAY_EVERY = 120.0


class Command(BaseCommand):
    help = (
        "Starts database, sandbox, clusters and web with demo orders; Ctrl-C ends it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--rate", type=float, default=RATE, help="clock speed")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        plan = Plan(
            folder=settings.BASE_DIR / "var" / f"demo-{options['port']}",
            host=options["host"],
            port=options["port"],
            sandbox_port=free_port(),
            rate=options["rate"],
            pull_every=PULL_EVERY,
        )
        try:
            plan = enter(plan)
            interrupt_on_signals()
            self._run(plan, options["seed"])
        except KeyboardInterrupt:
            self.stdout.write("\nstopped")
        except (StackError, SandboxError) as error:
            raise CommandError(str(error)) from None

    def _run(self, plan: Plan, seed: int) -> None:
        self.stdout.write("preparing the database …")
        call_command("migrate", verbosity=0)
        stack = Stack(plan)
        logins: list[tuple[str, str]] = []
        with stack.running(
            lambda: logins.extend(
                world.build(stack.sandbox, plan.rate, ORDERS_PER_SECOND, codes=EVERY)
            )
        ):
            self.stdout.write(f"\nshipsync runs at {stack.address}\n")
            for name, password in logins:
                self.stdout.write(f"  {name:<10} {password}")
            self.stdout.write(
                f"\nThe simulated peers: {stack.sandbox.url}/ – play buyers, warehouse "
                "and bad weather there."
            )
            self.stdout.write("\nCtrl-C stops everything.\n")
            self.stdout.flush()
            pace = Pace(pay_every=PAY_EVERY)
            play = Play(stack.sandbox, plan.rate, seed, codes=EVERY, pace=pace)
            began = reported = time.monotonic()
            payouts = 0
            while True:
                stack.keep()
                play.step()
                if play.payouts != payouts:
                    payouts = play.payouts
                    request_all()
                if time.monotonic() - reported >= 15:
                    reported = time.monotonic()
                    self.stdout.write(
                        f"{reported - began:5.0f} s: {play.placed} orders placed, "
                        f"{play.shipped} labels, {done_count()} done"
                    )
                    self.stdout.flush()
                time.sleep(0.5)
