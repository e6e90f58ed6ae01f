"""The four decisions of a store: each form, before and after, versions and history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.forms import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from shipsync_site.lib.permissions import needs, require
from stores import decisions, readiness, setup, statements
from stores.consequences import foretold
from stores.decisions import Decision
from stores.forms.rules import RulesForm, SaveForm
from stores.models import OperatingModel, Store
from stores.views.store import find

DECIDE = "stores.decide_rules"


@needs("stores.view_store")
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """First POST of a group shows what would change, the second saves it with a note.

    Who may not decide reads the same page.
    """
    if request.method == "POST":
        require(request, DECIDE)
    store = find(slug)
    current = setup.current_rules(store)
    kept = model_to_dict(current, fields=list(setup.RULE_LABELS))
    group = decisions.BY_CODE.get(request.POST.get("group", ""))
    if request.method == "POST" and group is None:
        raise Http404("no such decision")
    changes: list[setup.Change] | None = None
    consequences: list[str] = []
    note = SaveForm(request.POST if request.POST.get("confirm") else None)
    forms = {
        each.code: RulesForm(
            request.POST if each is group else None,
            instance=OperatingModel(),
            initial=kept,
            store=store,
            group=each,
        )
        for each in decisions.GROUPS
    }
    if group is not None and forms[group.code].is_valid():
        # What is not in this form stays as it is.
        values = {**kept, **forms[group.code].cleaned_data}
        wanted = OperatingModel(**values)
        changes = setup.rule_changes(current, wanted)
        consequences = foretold(store, current, wanted) if changes else []
        if (
            request.POST.get("confirm")
            and note.is_valid()
            and _counts(changes, group, current)
        ):
            values["note"] = note.cleaned_data["note"]
            values["decided"] = _decided(current, group)
            answer = _save(request, store, values, group)
            if answer is not None:
                return answer
    return render(
        request,
        "stores/rules_form.html",
        {
            "store": store,
            "forms": [forms[each.code] for each in decisions.GROUPS],
            "current": current,
            "group": group,
            "changes": changes,
            "consequences": consequences,
            "counts": changes is not None
            and group is not None
            and _counts(changes, group, current),
            "note": note,
            "undecided": list(decisions.undecided(current)),
            # A form of its own: what is saved is what was compared, not a later edit.
            "compared": _compared(forms[group.code])
            if changes is not None and group
            else (),
            "word": statements.word(store, "notify_setting"),
            "findings": readiness.findings_of(store, "shipped"),
        },
    )


def _compared(form: RulesForm) -> list[tuple[str, Any]]:
    return [
        (name, "" if value is None else value)
        for name, value in form.cleaned_data.items()
    ]


def _counts(
    changes: list[setup.Change], group: Decision, current: OperatingModel
) -> bool:
    """Whether there is anything to save: a change, or the decision itself."""
    undecided = {each.code for each in decisions.undecided(current)}
    return bool(changes) or group.code in undecided


def _decided(current: OperatingModel, group: Decision) -> list[str]:
    made = {*current.decided, group.code} - {decisions.OTHER}
    return [each.code for each in decisions.GROUPS if each.code in made]


def _save(
    request: HttpRequest, store: Store, values: Mapping[str, Any], group: Decision
) -> HttpResponse | None:
    seen = request.POST.get("version", "")
    try:
        model, orders = setup.save_rules(
            store,
            dict(values),
            version=int(seen) if seen.isdecimal() else -1,
            user=cast("User", request.user),
        )
    except setup.StaleRulesError as error:
        messages.error(
            request,
            f"Not saved: {error}, while you looked at version {seen}. Compare again "
            "below.",
        )
        return None
    are = "orders are" if orders != 1 else "order is"
    looked = f" {orders} open {are} looked at again." if orders else ""
    messages.success(
        request, f"{group.heading} Version {model.version} is in force.{looked}"
    )
    return redirect(f"{reverse('stores:rules', args=[store.slug])}#{group.code}")


@require_GET
@needs("stores.view_store")
def history(request: HttpRequest, slug: str) -> HttpResponse:
    """Every version with its author and note; ``a`` and ``b`` are compared."""
    store = find(slug)
    models = list(
        store.operating_models.select_related("created_by").order_by("-version")
    )
    by_version = {str(model.version): model for model in models}
    newest = models[0] if models else None
    before = by_version.get(request.GET.get("a", ""))
    after = by_version.get(request.GET.get("b", ""), newest)
    rows = [
        (model, setup.rule_changes(older, model) if older else None)
        for model, older in zip(models, [*models[1:], None], strict=True)
    ]
    return render(
        request,
        "stores/rules_history.html",
        {
            "store": store,
            "rows": rows,
            "models": models,
            "before": before,
            "after": after,
            "changes": setup.rule_changes(before, after) if before and after else None,
        },
    )
