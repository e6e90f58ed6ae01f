"""Leads: who has a second factor, who must, who is signed in where."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from shipsync_site.lib.permissions import needs
from shipsync_site.models import SecurityEvent
from shipsync_site.security import events, factor, people, sessions
from shipsync_site.security.views import factor as own

GUARD = "shipsync_site.guard_people"
RESET = "shipsync_site.reset_people"
PAGE = 50


@require_safe
@needs(GUARD)
def list_people(request: HttpRequest) -> HttpResponse:
    """Groups with their rule, and people with what protects them."""
    missing = people.rows().filter(needed=True, factor_since=None)
    show = "missing" if request.GET.get("show") == "missing" else ""
    shown = missing if show else people.rows()
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "security/people.html",
        {
            "audiences": people.audiences(),
            "page_obj": page,
            "show": show,
            "total": people.rows().count(),
            "protected": people.rows().exclude(factor_since=None).count(),
            "missing": missing.count(),
            "events": SecurityEvent.objects.all()[:20],
        },
    )


@require_POST
@needs(GUARD)
def set_rule(request: HttpRequest, audience: str) -> HttpResponse:
    """Let a group need a second factor ('needed' = yes), or no longer."""
    actor = own.person(request)
    needed = request.POST.get("needed") == "yes"
    if audience == people.SUPERUSERS:
        if not actor.is_superuser:
            raise PermissionDenied("Only superusers set the rule for superusers.")
        group, name = None, "superusers"
    else:
        if not audience.isdigit() or len(audience) > 18:
            raise Http404("No such group.")
        group = get_object_or_404(Group, pk=int(audience))
        name = group.name
    if people.require_factor(group, needed, actor):
        text = f"Second factor {'required' if needed else 'no longer required'}: {name}"
        events.record(request, "rule_changed", text, actor=actor)
        messages.success(
            request,
            f"Members of {name} set a second factor up before their next page."
            if needed
            else f"Members of {name} may log in with the password alone.",
        )
    return redirect("people")


@require_safe
@needs(GUARD)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: second factor, sessions, waits, and what was done."""
    person = get_object_or_404(people.rows(), pk=pk)
    return render(
        request,
        "security/person.html",
        {
            "person": person,
            "device": factor.device_of(person),
            "codes_left": factor.codes_left(person),
            "sessions": sessions.open_sessions(
                person, own_key=request.session.session_key
            ),
            "waits": people.locked_addresses(person),
            "events": SecurityEvent.objects.filter(subject=person)[:20],
            "may_act": people.may_act_on(own.person(request), person),
            "may_reset": request.user.has_perm(RESET),
        },
    )


@require_POST
@needs(GUARD)
def end_sessions(request: HttpRequest, pk: int) -> HttpResponse:
    """End every session of a person."""
    person, actor = _subject(request, pk), own.person(request)
    keep = request.session.session_key if person.pk == actor.pk else None
    count = sessions.end_all(person, but=keep)
    text = f"Ended {count} session{'s' * (count != 1)}"
    events.record(request, "sessions_ended", text, subject=person, actor=actor)
    messages.success(request, f"{text} of {person.get_username()}.")
    return redirect("person", pk=pk)


@require_POST
@needs(RESET)
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a person's second factor away, with the sessions that it opened."""
    person, actor = _subject(request, pk), own.person(request)
    if not factor.remove(person):
        messages.error(request, f"{person.get_username()} has no second factor.")
        return redirect("person", pk=pk)
    keep = request.session.session_key if person.pk == actor.pk else None
    sessions.end_all(person, but=keep)
    text = "Took the second factor away and ended the sessions"
    events.record(request, "second_factor_reset", text, subject=person, actor=actor)
    messages.success(
        request,
        f"{person.get_username()} logs in with the password alone now"
        + (", and sets a new one up first." if factor.standing(person).needed else "."),
    )
    return redirect("person", pk=pk)


@require_POST
@needs(RESET)
def unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """End the wait after wrong passwords."""
    person, actor = _subject(request, pk), own.person(request)
    count = people.unlock(person)
    if count:
        text = "Ended the wait after wrong passwords"
        events.record(request, "login_unlocked", text, subject=person, actor=actor)
        messages.success(request, f"{person.get_username()} may try again at once.")
    else:
        messages.info(request, f"{person.get_username()} was not waiting.")
    return redirect("person", pk=pk)


def _subject(request: HttpRequest, pk: int) -> User:
    person = get_object_or_404(User, pk=pk, is_active=True)
    if not people.may_act_on(own.person(request), person):
        raise PermissionDenied("Only superusers change the access of superusers.")
    return person
