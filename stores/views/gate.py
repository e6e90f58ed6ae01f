"""The gate: what a store lacks, the words people give, and its steps there and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs
from stores import readiness, setup, statements, transitions
from stores.forms.gate import ChecklistForm, MomentForm, StatementForm
from stores.models import Statement, Store, StoreState
from stores.views.store import find

Step = Callable[[Store, User, datetime | None], None]


@require_GET
@needs("stores.view_store")
def gate(request: HttpRequest, slug: str) -> HttpResponse:
    """What is missing for live, and the steps that can be taken now."""
    store = find(slug)
    results = readiness.results(store)
    missing = [x for result in results for x in result.findings if x.blocks]
    fresh = store.state == StoreState.DRAFT and not store.periods.exists()
    return render(
        request,
        "stores/gate.html",
        {
            "store": store,
            "results": results,
            "missing": missing,
            "words": statements.words(store).values(),
            "steps": _steps(store),
            "moment": MomentForm(store=store, fresh=fresh),
            "fresh": fresh,
            "past": store.live_until is not None and store.live_until <= clock.now(),
            "log": setup.changes_log(store),
        },
    )


def _steps(store: Store) -> set[str]:
    """Which steps the store's state leaves open."""
    if store.state == StoreState.DRAFT:
        return {"shadow", "live"}
    if store.state == StoreState.SHADOW:
        return {"live", "draft"}
    if store.live_until is not None:
        return {"again", "shadow", "draft"}
    return {"back"}


@require_POST
@needs("stores.decide_rules")
def step(request: HttpRequest, slug: str, act: str) -> HttpResponse:
    """Take one step; refused by name for each thing that is missing."""
    store = find(slug)
    if act not in _STEPS:
        raise Http404(f"no step {act!r}")
    form = MomentForm(request.POST, store=store)
    if not form.is_valid():
        messages.error(
            request,
            f"{store.name} stays as it is: '{request.POST.get('moment')}' is no date "
            "and time; choose them in the field 'From'.",
        )
        return redirect("stores:gate", slug=slug)
    run, done, refused = _STEPS[act]
    try:
        run(store, cast("User", request.user), form.cleaned_data["moment"])
    except setup.NotReadyError as error:
        messages.error(request, f"{store.name} {refused}: {error}.")
    else:
        messages.success(request, f"{store.name} {done}")
    return redirect("stores:gate", slug=slug)


def _live(store: Store, user: User, moment: datetime | None) -> None:
    readiness.go_live(store, user=user, live_from=moment)


_STEPS: dict[str, tuple[Step, str, str]] = {
    "shadow": (
        lambda store, user, _moment: transitions.to_shadow(store, user),
        "is in shadow: everything is read and decided, nothing is sent.",
        "can't go into shadow",
    ),
    "live": (_live, "is live; its orders are being read.", "can't go live yet"),
    "again": (_live, "is live as before.", "can't go live yet"),
    "back": (
        lambda store, user, moment: transitions.roll_back(store, moment, user),
        "is given back: newer orders go the other way, older ones are brought to an end.",
        "can't be given back",
    ),
    "draft": (
        lambda store, user, _moment: transitions.back_to_draft(store, user),
        "is a draft again.",
        "can't become a draft",
    ),
}


@needs("stores.decide_rules")
def statement(request: HttpRequest, slug: str, subject: str) -> HttpResponse:
    """One subject: the question, who said what so far, and the answer of today."""
    store = find(slug)
    try:
        about = statements.subject_of(subject)
    except statements.UnknownStatementError as error:
        raise Http404(str(error)) from None
    data = request.POST or None
    form: ChecklistForm | StatementForm = (
        ChecklistForm(data)
        if about is statements.CHECKLIST
        else StatementForm(data, subject=about)
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        statements.record(
            store, subject, said["value"], said["note"], cast("User", request.user)
        )
        messages.success(
            request,
            f"{about.label}: '{about.answer(said['value']).label}', said by you today.",
        )
        return redirect("stores:gate", slug=slug)
    rows = Statement.objects.filter(store=store, subject=subject).select_related("by")
    answers = {answer.code: answer.label for answer in about.answers}
    return render(
        request,
        "stores/statement.html",
        {
            "store": store,
            "subject": about,
            "form": form,
            "said": [(row, answers.get(row.value, row.value)) for row in rows[:20]],
            "days": about.good_for.days,
        },
    )
