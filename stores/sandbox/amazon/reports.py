"""Reports: asked for, made after a while; others appear by themselves.

Reports 2021-06-30. Settlement reports can only be listed: whoever plays the money of
this peer puts them here with :meth:`Reports.add_finished`. Times are Unix milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from stores.sandbox.amazon import order_report
from stores.sandbox.amazon.documents import Documents
from stores.sandbox.amazon.orders import DAY_MS, OrderBook

Json = dict[str, Any]

SETTLEMENT = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
REQUESTED = frozenset(order_report.INDEXES)
# Amazon makes these on its own schedule: asking for one is refused.
BY_ITSELF = frozenset({SETTLEMENT})
# How long getReports lists them.
LISTED_MS = 90 * DAY_MS


@dataclass(slots=True, kw_only=True)
class Report:
    """One report; ``fate`` is what a fault has in store for it."""

    id: str
    seller_id: str
    type: str
    marketplace_ids: list[str]
    created: int
    starts: int
    ends: int
    data_from: int
    data_to: int
    status: str = "IN_QUEUE"
    document_id: str = ""
    fate: str = ""


class Reports(Documents):
    """All reports and their documents."""

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self.reports: dict[str, Report] = {}

    def submit(self, report: Report) -> Report:
        """Take a report in under a new id."""
        self._serial += 1
        report.id = str(60_000_019_000 + self._serial)
        self.reports[report.id] = report
        return report

    def add_finished(
        self,
        seller_id: str,
        kind: str,
        content: bytes,
        *,
        now: int,
        marketplace_ids: Iterable[str],
        data_from: int,
        data_to: int,
        packed: bool = True,
    ) -> Report:
        """Put a report there that is done already, of any type, for getReports to list."""
        report = self.submit(
            Report(
                id="",
                seller_id=seller_id,
                type=kind,
                marketplace_ids=list(marketplace_ids),
                created=now,
                starts=now,
                ends=now,
                data_from=data_from,
                data_to=data_to,
                status="DONE",
            )
        )
        self._attach(report, content, packed=packed)
        return report

    def advance(
        self,
        now: int,
        book: OrderBook,
        *,
        packed: bool,
        record: Callable[..., int],
    ) -> None:
        """Let everything happen to reports that is due."""
        for report in self.reports.values():
            if report.status == "IN_QUEUE" and report.starts <= now:
                report.status = "IN_PROGRESS"
            if (
                report.status == "IN_PROGRESS"
                and report.ends <= now
                and report.fate != "stuck"
            ):
                self._make(report, book, packed=packed)
                record(
                    "report_done",
                    report.id,
                    accepted=report.status == "DONE",
                    type=report.type,
                    status=report.status,
                )

    def dump(self) -> Json:
        """State as JSON."""
        return {
            **super().dump(),
            "reports": [asdict(row) for row in self.reports.values()],
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        super().load(state)
        self.reports = {row["id"]: Report(**row) for row in state["reports"]}

    def _make(self, report: Report, book: OrderBook, *, packed: bool) -> None:
        if report.fate == "fatal":
            report.status = "FATAL"
            return
        content = order_report.write(
            report.type,
            book,
            report.seller_id,
            report.marketplace_ids,
            first=report.data_from,
            last=report.data_to,
        )
        # A report without data is cancelled by Amazon itself.
        if content is None or report.fate == "cancelled":
            report.status = "CANCELLED"
            return
        report.status = "DONE"
        self._attach(report, content, packed=packed)

    def _attach(self, report: Report, content: bytes, *, packed: bool) -> None:
        document = self.new_document(report.seller_id, "text/tab-separated-values")
        document.fill(content, packed=packed)
        report.document_id = document.id
