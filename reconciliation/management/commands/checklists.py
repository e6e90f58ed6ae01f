"""Make, look at and chase checklists without a cluster; or prove the signed ones."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reconciliation.checklists import tasks
from reconciliation.checklists.defaults import ensure_checklists
from reconciliation.checklists.freezing import verify
from reconciliation.models import ChecklistRun

CHUNK = 200


class Command(BaseCommand):
    help = (
        "Makes the lists that are due, looks at their checks and opens cases for overdue "
        "ones. --verify compares every signed list with its frozen copy instead and "
        "fails where one differs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--verify", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verify"]:
            self._verify()
            return
        lists, runs = ensure_checklists(), tasks.keep()
        self.stdout.write(f"{lists} lists and {runs} runs made.")

    def _verify(self) -> None:
        looked, broken = 0, 0
        rows = ChecklistRun.objects.exclude(digest="").select_related(
            "checklist", "signed_by", "second_by"
        )
        for run in rows.order_by("pk").iterator(chunk_size=CHUNK):
            looked += 1
            proof = verify(run)
            broken += not proof.holds
            for problem in proof.problems:
                self.stderr.write(f"{run} (run {run.pk}): {problem}")
        if broken:
            raise CommandError(f"{broken} of {looked} signed lists differ.")
        self.stdout.write(f"{looked} signed lists, all unchanged.")
