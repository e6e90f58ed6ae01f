"""What people do with a day's list; each answers with the list as it is then."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from orders.exception_kinds import Team
from reconciliation.checklists import acts, looking, making
from reconciliation.checklists.acts import ChecklistError, ConflictError
from reconciliation.checklists.teams import WORK, may_work
from reconciliation.models import Checklist, ChecklistState
from reconciliation.views.checklists import find, run_context, section
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs

NUMBER = 2**31


@require_POST
@needs(WORK)
def make(request: HttpRequest, pk: int) -> HttpResponse:
    """Make what is due of a list at once, instead of with the next schedule."""
    row = get_object_or_404(Checklist, pk=pk)
    _theirs(request, row.team)
    runs = making.make_missing(row, clock.now())
    if not runs:
        messages.info(request, f"{row.name} is not due, or was begun meanwhile.")
        return redirect("reconciliation:checklists")
    looking.look_all(runs)
    return redirect("reconciliation:checklist_run", runs[-1].pk)


@require_POST
@needs(WORK)
def tick(request: HttpRequest, pk: int, tick_pk: int) -> HttpResponse:
    """Tick an item with or without a note, or take a tick back (``undo``)."""
    seen, note = request.POST.get("seen", ""), request.POST.get("note", "")[:2000]

    def act() -> None:
        if "undo" in request.POST:
            acts.untick(pk, tick_pk, _user(request), seen=seen)
        else:
            acts.tick(pk, tick_pk, _user(request), seen=seen, note=note)

    return _done(request, pk, act, at=f"item-{tick_pk}", note=note, item=str(tick_pk))


@require_POST
@needs(WORK)
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask all checks of the list again."""
    return _done(request, pk, lambda: looking.look(find(pk)), at="run")


@require_POST
@needs(WORK)
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign by name, as the first or second person."""
    name = request.POST.get("name", "")[:150]
    note = request.POST.get("note", "")[:4000]

    def act() -> None:
        row = acts.sign(
            pk, _user(request), version=_version(request), name=name, note=note
        )
        if row.state == ChecklistState.SIGNED:
            messages.success(request, "Signed. Nothing on it changes any more.")
        else:
            messages.success(request, "Signed. A second person is asked to sign too.")

    return _done(request, pk, act, at="sign", name=name, note=note)


@require_POST
@needs(WORK)
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the first signature away, with a reason."""
    why = request.POST.get("why", "")[:500]

    def act() -> None:
        acts.send_back(pk, _user(request), version=_version(request), why=why)
        messages.success(request, "Sent back: it is open again.")

    return _done(request, pk, act, at="sign", why=why)


def _done(
    request: HttpRequest, pk: int, act: Callable[[], object], *, at: str, **typed: str
) -> HttpResponse:
    """Do it; then the list as it is, with what was refused and what was typed."""
    _theirs(request, find(pk).frozen["definition"]["team"])
    error, status = "", 200
    try:
        act()
    except ConflictError as refused:
        error, status = str(refused), 409
    except ChecklistError as refused:
        error, status = str(refused), 422
    if request.htmx:  # type: ignore[attr-defined]
        # htmx swaps what was answered with success only.
        context = run_context(request, find(pk), error=error, typed=_kept(error, typed))
        return render(request, "reconciliation/checklists/_run.html", context)
    if not error:
        return redirect(f"{reverse('reconciliation:checklist_run', args=[pk])}#{at}")
    context = run_context(request, find(pk), error=error, typed=typed)
    return render(
        request,
        "reconciliation/checklists/run.html",
        context | section("today"),
        status=status,
    )


def _theirs(request: HttpRequest, team: str) -> None:
    """Raise PermissionDenied unless the person works this team's lists."""
    if not may_work(request.user, team):
        raise PermissionDenied(
            f"{Team(team).label} and leads work this list; you can read it."
        )


def _kept(error: str, typed: dict[str, str]) -> dict[str, str]:
    return typed if error else {}


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) % NUMBER if text.isdecimal() and len(text) < 10 else 0


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
