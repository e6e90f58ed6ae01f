"""Lessons: the list, one lesson, and who has done what."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

import requests
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from shipsync_site.lib import downloads
from shipsync_site.lib.permissions import in_words, needs, require
from shipsync_site.models import LessonDone, LessonRun
from shipsync_site.training import (
    LESSONS,
    Lesson,
    Place,
    Role,
    lessons_of,
    progress,
    running,
)
from shipsync_site.training.room import RefusedError, refusal
from stores.models import Store
from stores.sandbox.driver import SandboxError

logger = logging.getLogger(__name__)

LOOK = "orders.view_order"
SEE_ALL = "shipsync_site.see_training"
LATEST = 50
_PAGES = {Place.BENCH: "orders:bench", Place.WHERE: "orders:where"}


@require_safe
@needs(LOOK)
def list_lessons(request: HttpRequest) -> HttpResponse:
    """Every role's lessons with what the person has done of them."""
    courses = progress.courses_of(_user(request))
    return render(
        request,
        "training/list.html",
        {"courses": courses, "own": courses[0], "refusal": refusal()},
    )


@require_safe
@needs(LOOK)
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One lesson: what happens, what to do, how far it is."""
    lesson = _lesson(code)
    return render(request, "training/lesson.html", _page(request, lesson))


@require_POST
@needs(LOOK)
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Begin, or begin again."""
    lesson = _allowed(request, code)
    _play(request, lambda: running.start(_user(request), lesson))
    return _back(code)


@require_POST
@needs(LOOK)
def go_on(request: HttpRequest, code: str) -> HttpResponse:
    """Set the scene as far as it goes; for htmx the moving part of the page."""
    lesson = _allowed(request, code)
    run = _run(request, lesson)
    if run is not None:
        _play(request, lambda: running.go_on(run))
    if request.headers.get("HX-Request"):
        return render(request, "training/_state.html", _page(request, lesson))
    return _back(code)


@require_POST
@needs(LOOK)
def act(request: HttpRequest, code: str) -> HttpResponse:
    """Play what happens outside shipsync."""
    lesson = _allowed(request, code)
    run = _run(request, lesson)
    if run is None:
        return _back(code)
    wanted = request.POST.get("act", "")
    if wanted not in {x.code for x in lesson.outside}:
        raise Http404(f"{lesson.title}: no act {wanted!r}")
    done = _play(request, lambda: running.act(run, wanted))
    if done:
        messages.success(request, f"{done} Give it a moment to be heard.")
    return _back(code)


@require_POST
@needs(LOOK)
def check(request: HttpRequest, code: str) -> HttpResponse:
    """Read the ledger and say what it shows."""
    lesson = _allowed(request, code)
    run = _run(request, lesson)
    if run is not None:
        answer = request.POST.get("answer", "")[:2000]
        _play(request, lambda: running.check(run, answer))
    return _back(code, "#check")


@require_safe
@needs(LOOK)
def paper(request: HttpRequest, code: str) -> HttpResponse:
    """The file that a lesson hands out, once its scene is set."""
    lesson = _allowed(request, code)
    run = _run(request, lesson)
    try:
        found = running.paper_of(run) if run else None
    except (LookupError, RefusedError, Store.DoesNotExist) as error:
        raise Http404(str(error)) from error
    if found is None:
        raise Http404(f"{lesson.title} is not begun.")
    response = HttpResponse(found.content, content_type="text/plain; charset=utf-8")
    downloads.as_file(response, found.name)
    return response


@require_safe
@needs(SEE_ALL)
def people(request: HttpRequest) -> HttpResponse:
    """Who has done what, and what was done lately."""
    return render(
        request,
        "training/people.html",
        {
            "people": progress.people(),
            "roles": list(Role),
            "latest": [
                (row, progress.title_of(row.lesson))
                for row in LessonDone.objects.order_by("-at", "-pk")[:LATEST]
            ],
        },
    )


@require_safe
@needs(SEE_ALL)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Every lesson done as CSV; who took it is logged."""
    rows = LessonDone.objects.order_by("at", "pk").iterator()
    return downloads.answer(
        request, "training", progress.HEADER, progress.file_rows(rows)
    )


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


def _lesson(code: str) -> Lesson:
    if code not in LESSONS:
        raise Http404(f"There is no lesson {code!r}.")
    return LESSONS.get(code)


def _allowed(request: HttpRequest, code: str) -> Lesson:
    lesson = _lesson(code)
    for permission in lesson.permissions:
        require(request, permission)
    return lesson


def _run(request: HttpRequest, lesson: Lesson) -> LessonRun | None:
    rows = LessonRun.objects.select_related("user")
    return rows.filter(user=_user(request), lesson=lesson.code).first()


def _back(code: str, part: str = "") -> HttpResponse:
    return redirect(reverse("lesson", args=[code]) + part)


def _play(request: HttpRequest, act: Callable[[], Any]) -> Any:
    """What the act returns; what the sandbox refused is said on the page."""
    try:
        return act()
    except RefusedError as error:
        messages.error(request, str(error))
    except Store.DoesNotExist:
        messages.error(request, "Your training shop is gone: start the lesson again.")
    except SandboxError as error:
        messages.error(request, f"The sandbox refused: {error}. Start again.")
    except requests.RequestException:
        messages.error(
            request,
            "The sandbox does not answer: is it running? Try again in a moment.",
        )
    return None


def _place(lesson: Lesson, store: Store) -> str:
    """Where to begin: the shop's cases, its orders, its own page, or a page of all shops."""
    if lesson.place == Place.SHOP:
        return reverse("stores:detail", args=[store.slug])
    if lesson.place == Place.SETTLEMENTS:
        page = reverse("reconciliation:settlements")
        return f"{page}?account={store.remote_account_id}"
    if lesson.place in _PAGES:
        return reverse(_PAGES[lesson.place])
    if lesson.place == Place.ORDERS:
        return f"{reverse('orders:list')}?store={store.slug}&stage=any"
    return f"{reverse('orders:cases')}?store={store.slug}"


def _page(request: HttpRequest, lesson: Lesson) -> dict[str, Any]:
    """What the page and its moving part show; reads our own rows alone."""
    user = _user(request)
    run = _run(request, lesson)
    why = refusal()
    done = LessonDone.objects.filter(user=user, lesson=lesson.code).first()
    rest = lessons_of(lesson.role)
    number = rest.index(lesson)
    page: dict[str, Any] = {
        "lesson": lesson,
        "number": number + 1,
        "of": len(rest),
        "following": rest[number + 1] if number + 1 < len(rest) else None,
        "run": run,
        "done": done,
        "refusal": why,
        "lacking": [in_words(name) for name in running.lacking(user, lesson)],
    }
    if run is None or why:
        return page
    ready = run.step >= len(lesson.steps)
    store = running.shop_of(run)
    return page | {
        "ready": ready,
        "waits": "" if ready else lesson.steps[run.step].waits,
        "store": store,
        "orders": running.orders_of(run),
        "place": _place(lesson, store) if store else "",
        "labels": run.things.get("tracking", []) if lesson.labels else [],
        "choices": running.choices_of(run, lesson.question) if ready else [],
    }
