"""The operations of Reports 2021-06-30: ask for one, follow it, find those there are."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse

from stores.sandbox.amazon import answers
from stores.sandbox.amazon.answers import ApiError
from stores.sandbox.amazon.calls import Call
from stores.sandbox.amazon.document_store import presigned
from stores.sandbox.amazon.orders import to_milliseconds
from stores.sandbox.amazon.render import iso
from stores.sandbox.amazon.reports import BY_ITSELF, LISTED_MS, REQUESTED, Report

Json = dict[str, Any]

STORE_PATH = "report-documents/"
_STATUSES = ("CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE")
_TOKEN = "page-"  # noqa: S105 - the head of a page token


def create_report(call: Call) -> HttpResponse:
    """``createReport``; each leaves a ledger row."""
    world, body = call.world, _body(call)
    kind = body.get("reportType")
    if kind in BY_ITSELF:
        raise answers.invalid(
            "Request for report type 1118 is not allowed at this time."
        )
    if kind not in REQUESTED:
        raise answers.invalid(
            f"Invalid report type: {kind} (the practice server makes "
            f"{', '.join(sorted(REQUESTED))})."
        )
    markets = body.get("marketplaceIds")
    if not isinstance(markets, list) or not 1 <= len(markets) <= 25:
        raise answers.invalid("marketplaceIds must hold 1 to 25 ids.")
    if not set(markets) <= set(call.seller.marketplaces):
        raise answers.invalid("marketplaceIds names one that the seller is not in.")
    settings, now = world.settings, call.now_ms
    first, last = _time(body, "dataStartTime", now), _time(body, "dataEndTime", now)
    if first > last:
        raise answers.invalid("dataStartTime must not be after dataEndTime.")
    starts = now + int(settings.report_queue * 1000)
    report = world.reports.submit(
        Report(
            id="",
            seller_id=call.seller.id,
            type=str(kind),
            marketplace_ids=[str(market) for market in markets],
            created=now,
            starts=starts,
            ends=starts + int(settings.report_work * 1000),
            data_from=first,
            data_to=last,
            fate=world.weather.next_report_fate(),
        )
    )
    world.record("report_created", report.id, body, type=kind)
    rate = world.buckets.rate_header(call.name)
    return answers.json_response(202, {"reportId": report.id}, rate=rate)


def get_report(call: Call, report_id: str) -> HttpResponse:
    """``getReport``."""
    report = call.world.reports.reports.get(report_id)
    if report is None or report.seller_id != call.seller.id:
        raise ApiError(404, "NotFound", f"Report {report_id} was not found.")
    return call.answer(_render(report))


def get_reports(call: Call) -> HttpResponse:
    """``getReports``, newest first; a page token stands alone."""
    params = call.request.GET.dict()
    start = 0
    if token := params.get("nextToken"):
        if len(params) > 1:
            raise answers.invalid("nextToken must be the only parameter.")
        start, params = _opened(token)
    kinds = [name for name in params.get("reportTypes", "").split(",") if name]
    if not 1 <= len(kinds) <= 10:
        raise answers.invalid("reportTypes (1 to 10) or nextToken is required.")
    wanted = [name for name in params.get("processingStatuses", "").split(",") if name]
    if set(wanted) - set(_STATUSES):
        raise answers.invalid("processingStatuses is not valid.")
    size = params.get("pageSize", "10")
    if not size.isdigit() or not 1 <= int(size) <= 100:
        raise answers.invalid("pageSize must be between 1 and 100.")
    oldest = call.now_ms - LISTED_MS
    since = max(oldest, _time(params, "createdSince", oldest))
    until = _time(params, "createdUntil", call.now_ms)
    markets = {name for name in params.get("marketplaceIds", "").split(",") if name}
    rows = [
        report
        for report in reversed(call.world.reports.reports.values())
        if report.seller_id == call.seller.id
        and report.type in kinds
        and (not wanted or report.status in wanted)
        and since <= report.created <= until
        and (not markets or markets & set(report.marketplace_ids))
    ]
    stop = start + int(size)
    body: Json = {"reports": [_render(report) for report in rows[start:stop]]}
    if stop < len(rows):
        body["nextToken"] = _TOKEN + json.dumps([stop, params])
    return call.answer(body)


def get_report_document(call: Call, document_id: str) -> HttpResponse:
    """``getReportDocument``."""
    store = call.world.reports
    document = store.documents.get(document_id)
    if document is None or document.seller_id != call.seller.id:
        raise ApiError(404, "NotFound", "The document was not found.")
    body = {
        "reportDocumentId": document.id,
        "url": presigned(call, store, document, STORE_PATH, "GET"),
    }
    if document.packed:
        body["compressionAlgorithm"] = "GZIP"
    return call.answer(body)


def _render(report: Report) -> Json:
    body: Json = {
        "reportId": report.id,
        "reportType": report.type,
        "marketplaceIds": report.marketplace_ids,
        "createdTime": iso(report.created),
        "dataStartTime": iso(report.data_from),
        "dataEndTime": iso(report.data_to),
        "processingStatus": report.status,
    }
    if report.status != "IN_QUEUE":
        body["processingStartTime"] = iso(report.starts)
    if report.status in ("DONE", "FATAL", "CANCELLED"):
        body["processingEndTime"] = iso(report.ends)
    if report.document_id:
        body["reportDocumentId"] = report.document_id
    return body


def _opened(token: str) -> tuple[int, dict[str, str]]:
    try:
        stop, params = json.loads(token.removeprefix(_TOKEN))
        return int(stop), dict(params)
    except (ValueError, TypeError):
        raise answers.invalid("nextToken is not valid.") from None


def _time(body: Json, name: str, default: int) -> int:
    text = body.get(name)
    if text is None:
        return default
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise answers.invalid(f"{name} is not an ISO 8601 date-time: {text}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return to_milliseconds(moment)


def _body(call: Call) -> Json:
    try:
        body = json.loads(call.request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise answers.invalid("The request body is not a JSON object.")
    return body
