"""The warehouses' calendars: who has which, and each part with before and after."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs, require
from stores import calendar_setup
from stores.calendars import Calendar, calendars, is_open, of_row
from stores.forms.calendars import FORMS, CalendarForm, HolidaysForm
from stores.models import ShipStationAccount, WarehouseCalendar
from stores.setup import Change

DECIDE = "stores.decide_rules"
GENERAL = "all"
# Where the accounts of this field ship from; any place that the library knows is taken.
PLACES = (
    ("GB-ENG", "England"),
    ("GB-WLS", "Wales"),
    ("GB-SCT", "Scotland"),
    ("GB-NIR", "Northern Ireland"),
    ("IE", "Ireland"),
    ("DE", "Germany"),
    ("FR", "France"),
    ("ES", "Spain"),
    ("IT", "Italy"),
    ("NL", "Netherlands"),
    ("PL", "Poland"),
    ("US", "United States"),
    ("CA", "Canada"),
)


@require_GET
@needs("stores.view_store")
def overview(request: HttpRequest) -> HttpResponse:
    """The general calendar and which accounts have one of their own."""
    found, now = calendars(), clock.now()
    accounts = list(ShipStationAccount.objects.order_by("name"))
    rows = [(GENERAL, "All warehouses", found.general, False)] + [
        (
            str(account.pk),
            account.name,
            found.of(account.pk),
            account.pk not in found.own,
        )
        for account in accounts
    ]
    return render(
        request,
        "stores/calendar_list.html",
        {
            "rows": [
                {
                    "which": which,
                    "name": name,
                    "calendar": calendar,
                    "general": general,
                    "open": is_open(calendar, now),
                    "next": min(
                        (
                            day
                            for day in calendar.holidays
                            if day >= calendar.local(now)
                        ),
                        default=None,
                    ),
                }
                for which, name, calendar, general in rows
            ]
        },
    )


@needs("stores.view_store")
def edit(request: HttpRequest, which: str) -> HttpResponse:
    """First POST of a part shows what would change, the second saves it."""
    account, row = _find(which)
    calendar = of_row(row) if row else Calendar()
    part = FORMS.get(request.POST.get("part", ""))
    if request.method == "POST":
        require(request, DECIDE)
        if part is None:
            raise Http404("no such part of a calendar")
    forms = {
        form.part: form(request.POST if form is part else None, calendar=calendar)
        for form in FORMS.values()
    }
    changes: list[Change] | None = None
    if part is not None and forms[part.part].is_valid():
        form = forms[part.part]
        changes = calendar_setup.changes(calendar, form.applied())
        if request.POST.get("confirm") and changes and _save(request, account, form):
            return redirect("stores:calendar", which)
    place = request.GET.get("place", "")
    if place and request.method == "GET":
        forms["holidays"] = _offered(calendar, place, request.GET.get("year", ""))
    return render(
        request,
        "stores/calendar.html",
        {
            "which": which,
            "account": account,
            "row": row,
            "has_own": row is not None,
            "calendar": calendar,
            "forms": forms,
            "part": part.part if part else "",
            "changes": changes,
            "posted": [
                (name, value)
                for name, value in request.POST.items()
                if name not in ("csrfmiddlewaretoken", "part", "version", "confirm")
            ],
            "place": place,
            "places": PLACES,
            "years": [clock.now().year, clock.now().year + 1],
            "year": request.GET.get("year", ""),
            "weekdays": calendar_setup.WEEKDAYS,
            "carriers": _carriers(),
            "lines": calendar_setup.described(calendar).items(),
            "log": _log(row),
        },
    )


@require_POST
@needs(DECIDE)
def own(request: HttpRequest, which: str) -> HttpResponse:
    """Give an account its own calendar, or let it go by the general one again."""
    account, row = _find(which)
    if account is None:
        raise Http404("the general calendar is nobody's own")
    user = cast("User", request.user)
    if request.POST.get("drop"):
        calendar_setup.drop_own(account, user)
        messages.success(request, f"{account} goes by the calendar of all warehouses.")
        return redirect("stores:calendars")
    if row is None:
        calendar_setup.make_own(account, user)
        messages.success(
            request, f"{account} has its own calendar: a copy so far. Change it below."
        )
    return redirect("stores:calendar", which)


def _find(which: str) -> tuple[ShipStationAccount | None, WarehouseCalendar | None]:
    account = None
    if which != GENERAL:
        if not which.isdecimal():
            raise Http404("no such calendar")
        account = get_object_or_404(ShipStationAccount, pk=int(which))
    return account, calendar_setup.find_row(account)


def _save(
    request: HttpRequest, account: ShipStationAccount | None, form: CalendarForm
) -> bool:
    seen = request.POST.get("version", "")
    try:
        made = calendar_setup.save(
            account,
            form.applied(),
            version=int(seen) if seen.isdecimal() else -1,
            user=cast("User", request.user),
        )
    except calendar_setup.StaleCalendarError:
        messages.error(
            request,
            "Not saved: somebody changed this calendar while you looked at it. Compare "
            "again below.",
        )
        return False
    lines = f"{len(made)} line{'s'[: len(made) != 1]}"
    messages.success(request, f"Saved: {lines} changed. Queues go by it at once.")
    return True


def _offered(calendar: Calendar, place: str, year: str) -> HolidaysForm:
    """The form with a country's public holidays beside those that stand; not saved."""
    found = calendar_setup.public_holidays(place, int(year) if year.isdecimal() else 0)
    return HolidaysForm(calendar=calendar_setup.with_holidays(calendar, found))


def _carriers() -> list[tuple[str, str]]:
    """(code, name) of every carrier that a connection test has seen."""
    found: dict[str, str] = {}
    for known in ShipStationAccount.objects.values_list("known_carriers", flat=True):
        for carrier in known or []:
            found[str(carrier.get("code", ""))] = str(carrier.get("name", ""))
    return sorted(found.items())


def _log(row: WarehouseCalendar | None) -> list[LogEntry]:
    if row is None:
        return []
    kind = ContentType.objects.get_for_model(WarehouseCalendar)
    return list(
        LogEntry.objects.filter(
            content_type=kind, object_id=str(row.pk)
        ).select_related("user")[:20]
    )
