"""Long runs under a kind of trouble that is varied by a seed."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shipsync_site.demo.stack import StackError, enter, interrupt_on_signals
from shipsync_site.soak import crash, processes
from shipsync_site.soak.crash import CrashPlan, Outcome, Trial
from shipsync_site.soak.faults import runs
from stores.sandbox.driver import SandboxError, free_port

RATE = 10.0
SEEDS = range(9000)


class Command(BaseCommand):
    help = (
        "crash: orders flow while a random process of ours is killed, again and "
        "again; all must go on by itself and the peers' ledger must be right. "
        "faults: random histories under random faults, a seed each, in no time; once "
        "the weather clears, the peers' ledger and our tables must agree. "
        "cutover: stores go from draft to live, to another mode and back, a seed each; "
        "nothing may be doubled, lost, or sent before its time. "
        "reconcile: days of two stores with planted faults, a seed each; every one must "
        "be found, and nothing else. "
        "settlements: spoilt copies of a settlement file, twenty a seed; taken in exactly "
        "or refused whole with a line."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "part",
            choices=("crash", "faults", "cutover", "reconcile", "settlements"),
            nargs="?",
            default="crash",
        )
        parser.add_argument("--kills", type=int, default=50)
        parser.add_argument("--seed", type=int, default=1, help="0 to 8999")
        parser.add_argument("--clusters", type=int, default=2)
        parser.add_argument(
            "--roles",
            default=",".join(processes.ROLES),
            help="whom to kill, by comma: %(default)s",
        )
        parser.add_argument(
            "--database",
            default="",
            help="crash: URL of an empty database; faults: of a PostgreSQL whose user "
            "may create databases (default: SQLite)",
        )
        parser.add_argument("--seeds", default="0-19", help="faults: A, A-B or A,B-C")
        parser.add_argument("--workers", type=int, default=1, help="faults: processes")
        parser.add_argument(
            "--pumps", type=int, default=1, help="faults: pumps at work in each world"
        )
        parser.add_argument(
            "--verbose", action="store_true", help="faults: tell every history"
        )
        parser.add_argument("--json", type=Path, help="write the report to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["part"] in ("faults", "cutover", "reconcile", "settlements"):
            self._faults(options)
        else:
            self._crash(options)

    def _faults(self, options: dict[str, Any]) -> None:
        interrupt_on_signals()
        try:
            run = runs.Run(
                seeds=runs.parse_seeds(options["seeds"]),
                part=options["part"],
                workers=options["workers"],
                pumps=options["pumps"],
                database=options["database"],
            )
            report = runs.play(
                run, lambda line: self._heard(line, run, options["verbose"])
            )
        except runs.RunError as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("stopped before the end") from None
        for text in runs.summary(report):
            self.say(text)
        if options["json"] is not None:
            told = {"seeds asked for": options["seeds"], **report.as_json()}
            options["json"].write_text(json.dumps(told, indent=2) + "\n")
        if report.failed:
            listed = ", ".join(str(line["seed"]) for line in report.failed)
            raise CommandError(f"{len(report.failed)} seeds failed: {listed}")
        self.say("every rule held in every seed")

    def _heard(self, line: dict[str, Any], run: runs.Run, verbose: bool) -> None:
        """Say what came of a seed; all about it where it failed."""
        state = "FAILED" if line["problems"] else "ok"
        self.say(f"seed {line['seed']:4d}  {line['seconds']:5.1f} s  {state}")
        if verbose or any(text.startswith("[broken") for text in line["problems"]):
            for text in line["log"]:
                self.say(f"  {text}")
        for text in line["problems"]:
            self.say(f"  {text}")
        for story in line["stories"]:
            self.say(story)
        if line["problems"]:
            self.say(f"again: {run.replay(line['seed'])}")

    def _crash(self, options: dict[str, Any]) -> None:
        trial = self._trial(options)
        plan = CrashPlan(
            folder=Path(tempfile.gettempdir()) / f"shipsync-soak-{free_port()}",
            port=free_port(),
            sandbox_port=free_port(),
            rate=RATE,
            clusters=options["clusters"],
            database=options["database"],
        )
        replay = self._replay(options)
        try:
            in_force = enter(plan)
            interrupt_on_signals()
            outcome = crash.run(in_force, trial, self.say)
        except KeyboardInterrupt:
            raise CommandError("stopped before the proof") from None
        except (StackError, SandboxError) as error:
            raise CommandError(f"{error}\nagain: {replay}") from None
        self._report(outcome, replay, options["json"])
        if outcome.problems:
            listed = "\n  ".join(outcome.problems[:30])
            raise CommandError(
                f"{len(outcome.problems)} problems (logs in {in_force.folder}):\n"
                f"  {listed}\nagain: {replay}"
            )
        shutil.rmtree(in_force.folder, ignore_errors=True)
        self.say(
            f"survived {len(outcome.kills)} kills: nothing twice, nothing lost, "
            "nothing left running"
        )

    def say(self, text: str) -> None:
        """A line of progress, at once."""
        self.stdout.write(text)
        self.stdout.flush()

    def _trial(self, options: dict[str, Any]) -> Trial:
        if not processes.PROC.is_dir():
            raise CommandError("the soak finds its victims in /proc: it needs Linux")
        if options["seed"] not in SEEDS:
            raise CommandError(f"--seed {options['seed']}: expected 0 to {SEEDS[-1]}")
        roles = tuple(role.strip() for role in options["roles"].split(","))
        unknown = set(roles) - set(processes.ROLES)
        if unknown:
            raise CommandError(
                f"--roles: there is no {', '.join(sorted(unknown))}; there are "
                + ", ".join(processes.ROLES)
            )
        for name in ("kills", "clusters"):
            if options[name] < 1:
                raise CommandError(f"--{name} {options[name]}: expected 1 or more")
        return Trial(seed=options["seed"], kills=options["kills"], roles=roles)

    def _replay(self, options: dict[str, Any]) -> str:
        line = (
            f"manage.py soak {options['part']} --kills {options['kills']} "
            f"--seed {options['seed']} --clusters {options['clusters']}"
        )
        if options["roles"] != ",".join(processes.ROLES):
            line += f' --roles "{options["roles"]}"'
        return line + (" --database URL" if options["database"] else "")

    def _report(self, outcome: Outcome, replay: str, path: Path | None) -> None:
        for text in crash.summary(outcome):
            self.say(text)
        if path is not None:
            report = {"command": replay, **outcome.as_json()}
            path.write_text(json.dumps(report, indent=2) + "\n")
