"""Reports that go out by themselves: daily or weekly, to a folder or by mail.

Buyers' data never does. A schedule is taken by moving its next time on, so that two
workers never send it twice; one that breaks off is found an hour later and stands in a
case until it is sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from io import StringIO

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from orders.store_cases import close_store_case, open_store_case
from reconciliation.exports import folder, log
from reconciliation.exports.registry import REPORTS, Query, Report
from reconciliation.models import ExportSchedule
from shipsync_site.lib import clock, downloads
from shipsync_site.lib.downloads import Taken, filters_in
from shipsync_site.lib.zones import zone

logger = logging.getLogger(__name__)

KIND = "export_failed"
# Larger files are not attached: the mail then links to the report.
ATTACHED = 5_000_000
# A file that has not come to its end after so long broke off.
BROKE_OFF = timedelta(hours=1)


BEGUN = "It is being sent."
BROKEN = "It broke off: the process that wrote it ended."


class SendError(Exception):
    """Why a report could not be sent, and what to do."""


def next_time(schedule: ExportSchedule, after: datetime) -> datetime:
    """The first time after a moment that is its hour (and weekday) in its zone."""
    here = after.astimezone(zone(schedule.zone))
    day = here.date()
    while True:
        moment = datetime.combine(day, time(schedule.hour), here.tzinfo)
        fits = schedule.weekday is None or day.weekday() == schedule.weekday
        if fits and moment > after:
            return moment.astimezone(clock.now().tzinfo)
        day += timedelta(days=1)


def due() -> QuerySet[ExportSchedule]:
    """Those whose time has come."""
    return ExportSchedule.objects.filter(active=True, next_at__lte=clock.now())


def run_one() -> bool:
    """Send the report that waits longest; False when none is due."""
    if look_for_broken():
        return True
    schedule = due().select_related("owner").order_by("next_at", "pk").first()
    if schedule is None:
        return False
    following = next_time(schedule, clock.now())
    taken = due().filter(pk=schedule.pk, next_at=schedule.next_at)
    if taken.update(next_at=following, last_at=clock.now(), last_problem=BEGUN):
        send(schedule)
    return True


def send(schedule: ExportSchedule) -> str:
    """Send it now; what went wrong in words, '' if nothing did."""
    problem = ""
    try:
        _send(schedule)
    except (SendError, folder.FolderError) as error:
        problem = str(error)
    except Exception:
        logger.exception("export schedule=%s failed", schedule.pk)
        problem = "internal error, see the log"
    ExportSchedule.objects.filter(pk=schedule.pk).update(last_problem=problem[:300])
    if problem:
        _failed(schedule, problem)
    else:
        close_store_case(f"export:{schedule.pk}", KIND)
    return problem


def look_for_broken() -> int:
    """Schedules whose file was begun and never came to its end; how many."""
    late = clock.now() - BROKE_OFF
    rows = ExportSchedule.objects.filter(last_problem=BEGUN, last_at__lt=late)
    found = list(rows.select_related("owner")[:20])
    for schedule in found:
        rows.filter(pk=schedule.pk).update(last_problem=BROKEN)
        schedule.log.filter(rows=None, problem="").update(problem=BROKEN)
        _failed(schedule, BROKEN)
    return len(found)


def stop(schedule: ExportSchedule) -> None:
    """What stands for it ends with it."""
    close_store_case(f"export:{schedule.pk}", KIND)


def _failed(schedule: ExportSchedule, problem: str) -> None:
    open_store_case(
        f"export:{schedule.pk}",
        KIND,
        f"schedule{schedule.pk}",
        f"‘{schedule.name}’ of {schedule.owner.get_username()} was not sent: {problem}",
        context={"schedule": schedule.pk, "report": schedule.report},
    )


def _send(schedule: ExportSchedule) -> None:
    report = _report(schedule)
    query = Query(data=QueryDict(schedule.query), user=schedule.owner)
    form = report.form(query) if report.form else None
    target = schedule.mail or f"folder {schedule.folder or '/'}"
    row, ended = log.begin(
        Taken(
            report=report.code,
            user_id=schedule.owner_id,
            filters=filters_in(query.data, form),
            target=target,
        ),
        schedule,
    )
    name = f"{report.code}-{downloads.stamp()}.csv"
    pieces = report.lines(query, bom=schedule.bom, told=ended)
    try:
        if schedule.mail:
            _mail(schedule, report, name, pieces)
        else:
            folder.write(schedule.folder, name, pieces)
    except Exception as error:
        said = error if isinstance(error, SendError | folder.FolderError) else ""
        row.problem = str(said or "internal error, see the log")[:300]
        row.save(update_fields=["problem"])
        raise


def _report(schedule: ExportSchedule) -> Report:
    if schedule.report not in REPORTS:
        raise SendError("This report is no longer there: delete the schedule.")
    report, owner = REPORTS.get(schedule.report), schedule.owner
    if not report.alone:
        raise SendError("This report holds buyers' data and is never sent by itself.")
    if not owner.is_active or not owner.has_perm(report.permission):
        raise SendError(
            f"{owner.get_username()} may not take this report any more: somebody who may "
            "makes the schedule anew."
        )
    return report


def _mail(
    schedule: ExportSchedule, report: Report, name: str, pieces: Iterable[str]
) -> None:
    if not settings.EMAIL_IS_SET:
        raise SendError("No mail can be sent: EMAIL_URL is not set.")
    held, size = StringIO(), 0
    for piece in pieces:
        size += len(piece)
        if size <= ATTACHED:
            held.write(piece)
    body = f"{report.label}: {report.text}\n"
    mail = EmailMessage(subject=f"{schedule.name} ({report.label})", to=[schedule.mail])
    if size <= ATTACHED:
        mail.attach(name, held.getvalue(), "text/csv")
        body += "\nThe file is attached.\n"
    else:
        body += (
            f"\nIt is too long to attach. Take it here, signed in:\n{_link(schedule)}\n"
        )
    mail.body = f"{body}\nWho has it sent: {schedule.owner.get_username()}.\n"
    try:
        mail.send()
    except OSError as error:
        raise SendError(f"The mail server did not take it: {error}") from error


def _link(schedule: ExportSchedule) -> str:
    if not settings.SHIPSYNC_PUBLIC_URL:
        raise SendError(
            "It is too long to attach, and SHIPSYNC_PUBLIC_URL is not set, so no link "
            "can be sent: narrow its filters, or send it to a folder."
        )
    query = QueryDict(schedule.query, mutable=True)
    if not schedule.bom:
        query["bom"] = "no"
    path = reverse("reconciliation:export_csv", args=[schedule.report])
    return f"{settings.SHIPSYNC_PUBLIC_URL}{path}?{query.urlencode()}"
