"""Amazon's settlement reports, as they appear by themselves: found, then downloaded.

getReports lists those of the last 90 days (createReport refuses this type); each is then
fetched by getReportDocument and from the address it gives, which is good for five
minutes. ``cursor`` holds what is still to be fetched.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from stores.connectors.amazon.client import AmazonClient
from stores.connectors.fields import FieldError, required_text, rows, text
from stores.errors import UnexpectedAnswerError
from stores.http import Answer
from stores.remote_money import MoneyStep

REPORT_TYPE = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
PAGE_SIZE = "100"
# Older ones are refused by getReports; a little is left for its own clock.
OLDEST = timedelta(days=90) - timedelta(minutes=10)
# Unpacked: more than half a million rows.
MOST_BYTES = 200 * 1024 * 1024


def take(
    client: AmazonClient,
    since: datetime,
    cursor: Mapping[str, Any],
    *,
    now: datetime,
    known: Collection[str],
) -> MoneyStep:
    """A page of the list of reports, or the two calls that fetch one."""
    waiting = [row for row in cursor.get("reports") or () if row["id"] not in known]
    token = str(cursor.get("token") or "")
    if waiting:
        first, *others = waiting
        content = _content(client, first["document"])
        place = _place(others, token)
        return MoneyStep(
            cursor=place, done=not place, document=content, document_ref=first["id"]
        )
    if cursor and not token:
        return MoneyStep(done=True)
    if token:
        # It has to be the only parameter.
        answer = client.get_reports({"nextToken": token})
    else:
        answer = client.get_reports(
            {
                "reportTypes": REPORT_TYPE,
                "processingStatuses": "DONE",
                "pageSize": PAGE_SIZE,
                "createdSince": _text(max(since, now - OLDEST)),
            }
        )
    found, following = _listed(answer)
    if following and following == token:
        raise answer.unexpected("getReports gives the same nextToken again")
    place = _place([row for row in found if row["id"] not in known], following)
    return MoneyStep(cursor=place, done=not place)


def _place(reports: list[dict[str, str]], token: str) -> dict[str, Any]:
    if not reports and not token:
        return {}
    return {"reports": reports, "token": token}


def _listed(answer: Answer) -> tuple[list[dict[str, str]], str]:
    """Reports of a page, the oldest first as far as the page goes."""
    body = answer.json()
    if not isinstance(body, dict) or not isinstance(body.get("reports"), list):
        raise answer.unexpected("getReports answered without a list of reports")
    try:
        found = [
            {
                "id": required_text(row, "reportId", f"reports[{number}]."),
                "document": text(row, "reportDocumentId", f"reports[{number}]."),
            }
            for number, row in enumerate(rows(body, "reports", ""))
        ]
        token = text(body, "nextToken", "")
    except FieldError as error:
        problem = f"getReports: {error}"
    else:
        return [row for row in reversed(found) if row["document"]], token
    raise answer.unexpected(problem)


def _content(client: AmazonClient, document_id: str) -> bytes:
    told = client.get_report_document(document_id)
    body = told.json()
    url = body.get("url") if isinstance(body, dict) else None
    if not isinstance(url, str) or not url:
        error = told.unexpected("getReportDocument answered without an address")
        # A presigned address may stand beside it.
        error.body = ""
        raise error
    content = client.document(url, operation="getReportContent").body
    if body.get("compressionAlgorithm") != "GZIP":
        return content
    return _unpacked(content, document_id)


def _unpacked(content: bytes, document_id: str) -> bytes:
    machine = zlib.decompressobj(wbits=31)
    try:
        found = machine.decompress(content, MOST_BYTES)
        whole = machine.eof
    except zlib.error:
        found, whole = b"", False
    if not whole:
        # Rows of it name orders and amounts: none of them goes into a message.
        raise UnexpectedAnswerError(
            f"The settlement report in document {document_id} is no whole GZIP file of "
            f"at most {MOST_BYTES // 1024 // 1024} MB",
            code="report_unreadable",
        )
    return found


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
