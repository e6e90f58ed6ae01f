"""Operating models: the form, before and after, the new version."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.forms import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from shipsync_site.lib.permissions import needs
from stores import setup
from stores.forms.rules import RulesForm
from stores.models import OperatingModel
from stores.views.store import find


@needs("stores.configure_store")
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """First POST shows what would change, the second (``confirm``) saves it."""
    store = find(slug)
    current = setup.current_rules(store)
    initial = model_to_dict(current, fields=list(setup.RULE_LABELS))
    form = RulesForm(
        request.POST or None, instance=OperatingModel(), initial=initial, store=store
    )
    changes: list[setup.Change] | None = None
    if request.method == "POST" and form.is_valid():
        # What does not concern this store is not in the form, and stays as it is.
        values = {**initial, **form.cleaned_data}
        wanted = OperatingModel(**values)
        changes = setup.rule_changes(current, wanted)
        if changes and request.POST.get("confirm"):
            seen = request.POST.get("version", "")
            try:
                model, orders = setup.save_rules(
                    store,
                    values,
                    version=int(seen) if seen.isdecimal() else -1,
                    user=cast("User", request.user),
                )
            except setup.StaleRulesError as error:
                messages.error(
                    request,
                    f"Not saved: {error}, while you looked at version {seen}. "
                    "Compare again below.",
                )
            else:
                looked = (
                    f" {orders} open order{'s are' if orders != 1 else ' is'} looked "
                    "at again."
                    if orders
                    else ""
                )
                messages.success(
                    request,
                    f"Version {model.version} of the rules is in force.{looked}",
                )
                return redirect("stores:detail", slug=slug)
    return render(
        request,
        "stores/rules_form.html",
        {
            "store": store,
            "form": form,
            "current": current,
            "changes": changes,
            # A form of its own: what is saved is what was compared, not a later edit.
            "compared": form.cleaned_data.items() if changes else (),
        },
    )
