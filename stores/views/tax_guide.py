"""The guide to ShipStation's side of tax numbers, and the word that it works."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from shipsync_site.lib.permissions import needs, require
from stores import statements
from stores.models import StoreMode, TaxRoute
from stores.rule_questions import ask, markers_asked
from stores.setup import current_rules
from stores.views.store import find

FIELDS = {
    TaxRoute.CUSTOM_FIELD_1: "Custom Field 1",
    TaxRoute.CUSTOM_FIELD_2: "Custom Field 2",
    TaxRoute.CUSTOM_FIELD_3: "Custom Field 3",
}
# In the order of the guide: the rule first, then what it must bring about.
SUBJECTS = (statements.AUTOMATION_RULE, statements.TAX_SAMPLE)


_LOOKED_AT = {
    statements.AUTOMATION_RULE.code: "The rule's name in ShipStation, and for which "
    "numbers. Somebody will look for it when a label has none.",
    statements.TAX_SAMPLE.code: "Order or tracking number of the sample, which label, "
    "where the number stands on it. Somebody will look for it when a parcel is held.",
}


class WordForm(forms.Form):
    """One person's answer to one question of the guide."""

    value = forms.ChoiceField(widget=forms.RadioSelect)
    note = forms.CharField(
        label="What was looked at",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self, subject: statements.Subject, data: object = None, prefix: str = ""
    ) -> None:
        super().__init__(data, prefix=prefix)  # type: ignore[arg-type]
        self.subject = subject
        self.fields["value"].label = subject.question
        self.fields["note"].help_text = _LOOKED_AT[subject.code]
        self.fields["value"].choices = [  # type: ignore[attr-defined]
            (answer.code, answer.label) for answer in subject.answers
        ]
        for name in ("value", "note"):
            self.fields[name].error_messages["required"] = (
                "Say what you saw." if name == "value" else "Say what you looked at."
            )


@needs("stores.view_store")
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    """The steps for this store's own marker; POST keeps a person's word."""
    store = find(slug)
    asked = request.POST.get("subject", "")
    if request.method == "POST":
        require(request, "stores.decide_rules")
    words = [
        (
            statements.word(store, subject.code),
            WordForm(
                subject,
                request.POST if asked == subject.code else None,
                prefix=subject.code,
            ),
        )
        for subject in SUBJECTS
    ]
    for word, form in words:
        if form.is_bound and form.is_valid():
            statements.record(
                store,
                word.subject.code,
                form.cleaned_data["value"],
                form.cleaned_data["note"],
                cast("User", request.user),
            )
            messages.success(request, f"Kept with your name: {word.subject.label}.")
            return redirect("stores:tax_guide", slug=slug)
    model = current_rules(store)
    # What ShipStation imports gets no marker of ours, whatever was chosen before.
    direct = store.mode == StoreMode.DIRECT
    route = TaxRoute.NONE if direct else TaxRoute(model.tax_route)
    return render(
        request,
        "stores/tax_guide.html",
        {
            "store": store,
            "model": model,
            "route": route,
            "field": FIELDS.get(route, ""),
            "tag": str(model.tax_tag_id or "") if route == TaxRoute.TAG else "",
            "markers": ask(markers_asked, store=store) or [],
            "rules": store.tax_rules.filter(active=True).count(),
            "words": words,
        },
    )
