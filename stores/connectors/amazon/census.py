"""How many orders were placed in a period, by Amazon's order report.

createReport → getReport until it is made → getReportDocument and the file behind its
address, which is good for five minutes. The report is no list that our import reads. A
long period is asked for in weeks; asking again after a lost answer only makes another
report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from stores.connectors.amazon.client import AmazonClient
from stores.connectors.amazon.order_report import REPORT_TYPE, ReportError, read
from stores.errors import RejectedError, UnexpectedAnswerError
from stores.http import Answer
from stores.remote_money import CensusStep

SOURCE = "Amazon's report of all orders by order date"
PART = timedelta(days=7)
# How long after asking, and business seconds between two looks from then on.
LOOKS = (
    (timedelta(0), 30.0),
    (timedelta(minutes=5), 120.0),
    (timedelta(hours=1), 600.0),
)
# Amazon's queue was seen to take hours; what takes longer than this never came.
PATIENCE = timedelta(hours=12)
UNFINISHED = ("IN_QUEUE", "IN_PROGRESS")
_FOUND_SO_FAR, _FROM, _UNTIL = "counted", "from", "until"
_REPORT, _ASKED_AT = "report", "asked_at"


def take(
    client: AmazonClient,
    marketplace_id: str,
    since: datetime,
    until: datetime,
    cursor: Mapping[str, Any],
    *,
    now: datetime,
) -> CensusStep:
    """One call of the way, or the two that fetch a finished report."""
    start = _moment(cursor.get(_FROM)) or since
    # An end in the future is refused; what is placed later is not there yet.
    last = _moment(cursor.get(_UNTIL)) or max(since, min(until, now))
    end = min(start + PART, last)
    report_id = str(cursor.get(_REPORT) or "")
    if not report_id:
        asked = _ask(client, marketplace_id, start, end, now=now)
        return replace(
            asked,
            cursor={**cursor, _UNTIL: last.isoformat(), **asked.cursor},
        )
    answer = client.get_report(report_id)
    status = _field(answer, "processingStatus")
    if status in UNFINISHED:
        return _waiting(report_id, status, cursor, now=now)
    if status not in ("DONE", "CANCELLED"):
        raise _problem(
            f"Amazon could not make the order report {report_id} ({status}): start the "
            "count again, or count in Seller Central, Reports, Order Reports",
            f"report_{status.lower()}",
        )
    entries = ()
    source = SOURCE
    if status == "DONE":
        entries = _read(
            client, _field(answer, "reportDocumentId"), since=start, until=end
        )
    else:
        # The model of Reports: cancelled by itself where there is no data to return.
        source = f"{SOURCE} (cancelled by Amazon: no orders)"
    counted = int(cursor.get(_FOUND_SO_FAR) or 0) + len(entries)
    done = end >= last
    return CensusStep(
        cursor={}
        if done
        else {
            _FROM: end.isoformat(),
            _UNTIL: last.isoformat(),
            _FOUND_SO_FAR: counted,
        },
        done=done,
        entries=entries,
        total=counted if done else None,
        source=source,
    )


def _ask(
    client: AmazonClient,
    marketplace_id: str,
    start: datetime,
    end: datetime,
    *,
    now: datetime,
) -> CensusStep:
    try:
        answer = client.create_report(
            {
                "reportType": REPORT_TYPE,
                "marketplaceIds": [marketplace_id],
                "dataStartTime": _text(start),
                "dataEndTime": _text(end),
            }
        )
    except RejectedError as error:
        problem = _problem(
            f"Amazon refuses the order report: {error.message}", error.code
        )
    else:
        made = {_REPORT: _field(answer, "reportId"), _ASKED_AT: _text(now)}
        return CensusStep(cursor=made, source=SOURCE, wait=LOOKS[0][1])
    raise problem


def _waiting(
    report_id: str, status: str, cursor: Mapping[str, Any], *, now: datetime
) -> CensusStep:
    asked = datetime.fromisoformat(str(cursor.get(_ASKED_AT) or now.isoformat()))
    age = max(now - asked, timedelta(0))
    if age > PATIENCE:
        raise _problem(
            f"Amazon has not made the order report {report_id} in "
            f"{PATIENCE // timedelta(hours=1)} hours ({status}): start the count again",
            "report_not_made",
        )
    return CensusStep(
        cursor=dict(cursor),
        source=SOURCE,
        wait=next(wait for after, wait in reversed(LOOKS) if age >= after),
    )


def _read(
    client: AmazonClient, document_id: str, *, since: datetime, until: datetime
) -> Any:
    told = client.get_report_document(document_id)
    packed = _object(told).get("compressionAlgorithm") == "GZIP"
    content = client.document(_field(told, "url"), operation="getReportContent")
    try:
        return read(content.body, packed=packed, since=since, until=until)
    except ReportError as error:
        problem = f"Amazon's order report can't be read: {error}"
    # Rows of it hold places of buyers.
    raise _problem(problem, "report_unreadable")


def _object(answer: Answer) -> dict[str, Any]:
    body = answer.json()
    if not isinstance(body, dict):
        raise answer.unexpected("Reports answered with something else than an object")
    return body


def _field(answer: Answer, name: str) -> str:
    value = _object(answer).get(name)
    if isinstance(value, str) and value:
        return value
    error = answer.unexpected(f"Reports answered without {name}")
    # A presigned address may stand beside it.
    error.body = ""
    raise error


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def _problem(message: str, code: str) -> UnexpectedAnswerError:
    return UnexpectedAnswerError(message, code=code)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
