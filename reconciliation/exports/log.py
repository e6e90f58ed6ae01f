"""The log of exports: every file of every page, with who took it and how long it is."""

from __future__ import annotations

from collections.abc import Callable

from reconciliation.exports.registry import REPORTS
from reconciliation.models import ExportLog, ExportSchedule
from shipsync_site.lib import downloads
from shipsync_site.lib.downloads import Taken

# Files of single pages, which are no list with filters of its own.
OTHERS = {
    "bulk": "Results of one act on many cases",
    "diagnosis": "Diagnosis of a store",
    "diagnosis-json": "Diagnosis of a store (JSON)",
    "shadow": "Shadow comparison of a store",
    "who-knew-when": "Who knew when of an order",
    "who-knew-when-text": "Who knew when of an order (text)",
    "training": "Lessons done",
    "products-left-out": "Rows left out of an import of products",
    "kits-left-out": "Rows left out of an import of kits",
    "aliases-left-out": "Rows left out of an import of aliases",
}


def label_of(code: str) -> str:
    """What a report is called."""
    if code in REPORTS:
        return REPORTS.get(code).label
    return OTHERS.get(code, code.replace("-", " ").capitalize())


def keep(taken: Taken) -> Callable[[int], None]:
    """Write down that a file goes out; what comes back writes its rows."""
    return begin(taken)[1]


def begin(
    taken: Taken, schedule: ExportSchedule | None = None
) -> tuple[ExportLog, Callable[[int], None]]:
    """The row of the log, and what writes how many rows went out."""
    row = ExportLog.objects.create(
        report=taken.report[:60],
        filters=taken.filters,
        by_id=taken.user_id,
        unmasked=taken.unmasked,
        target=taken.target[:200],
        schedule=schedule,
    )

    def ended(rows: int) -> None:
        ExportLog.objects.filter(pk=row.pk).update(rows=rows)

    return row, ended


def listen() -> None:
    """Hear of every file from now on."""
    downloads.register("reconciliation.log", keep)
