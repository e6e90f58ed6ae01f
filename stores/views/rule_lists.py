"""Pages of rules that are asked in an order; the two kinds differ in form and words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse

from stores.forms.paths import PathRuleForm
from stores.models import Store
from stores.rule_lists import RuleChangedError, RuleGoneError, RuleList
from stores.views.store import find

# What a page may do with one rule, and whether it moves up or is switched on.
ACTS = {"up": True, "down": False, "on": True, "off": False, "delete": None}
Context = Callable[[Store, Any], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The pages of one kind of rule.

    ``code``: 'tax_rule', from which names of urls and templates are made, and what the
    picker calls the form. ``on_list`` and ``on_form`` add to the context; ``saved`` says
    what should be known after saving, '' for nothing.
    """

    code: str
    rules: RuleList[Any]
    form: type[PathRuleForm]
    on_list: Callable[[Store, list[Any]], dict[str, Any]]
    on_form: Callable[[Store], dict[str, Any]]
    saved: Callable[[Any, PathRuleForm], str]

    @property
    def a_rule(self) -> str:
        """'a tax rule'"""
        noun = self.rules.noun
        return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"

    def listed(self, request: HttpRequest, slug: str) -> HttpResponse:
        """All rules of a store in their order."""
        store = find(slug)
        rows = self.rules.of(store)
        for row in rows:
            row.told = self.rules.told(row)
        return render(
            request,
            f"stores/{self.code}_list.html",
            {
                "store": store,
                "rules": rows,
                "act_url": f"stores:{self.code}_act",
                "log": self.rules.log(store),
            }
            | self.on_list(store, rows),
        )

    def edited(self, request: HttpRequest, slug: str, pk: int | None) -> HttpResponse:
        """The form of a rule, or of a new one; ``?path=…`` and the like fill it in."""
        store = find(slug)
        rule = (
            self.rules.model(store=store)
            if pk is None
            else next((row for row in self.rules.of(store) if row.pk == pk), None)
        )
        if rule is None:
            return self._gone(request, store)
        form = self.form(
            request.POST or None,
            instance=rule,
            store=store,
            initial=self.form.drafted(request.GET),
        )
        if request.method == "POST" and "pick" in request.POST:
            return self._to_picker(store, form, pk, request.POST["pick"])
        if request.method == "POST" and form.is_valid():
            done = self._save(request, form)
            if done is not None:
                return done
        return render(
            request,
            "stores/rule_form.html",
            {
                "store": store,
                "form": form,
                "rule": rule,
                "pages": self,
                "list_url": self.list_url(store),
                "act_url": f"stores:{self.code}_act",
            }
            | self.on_form(store),
        )

    def acted(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        """Move a rule, switch it, or delete it (POST ``act``)."""
        store, act = find(slug), request.POST.get("act", "")
        if act not in ACTS:
            return HttpResponseBadRequest(
                f"act: {act!r} is not one of {', '.join(ACTS)}"
            )
        user, flag = cast("User", request.user), bool(ACTS[act])
        try:
            if act == "delete":
                orders = self.rules.delete(store, pk, user)
            elif act in ("up", "down"):
                orders = self.rules.move(store, pk, user, up=flag)
            else:
                orders = self.rules.switch(store, pk, user, on=flag)
        except RuleGoneError:
            return self._gone(request, store)
        done = {
            "delete": "Deleted.",
            "up": "Moved up.",
            "down": "Moved down.",
            "on": "Switched on.",
            "off": "Switched off: it is not asked any more.",
        }[act]
        messages.success(request, f"{done}{looked(orders)}")
        return redirect(self.list_url(store))

    def list_url(self, store: Store) -> str:
        """Where the list is."""
        return reverse(f"stores:{self.code}s", args=[store.slug])

    def _save(self, request: HttpRequest, form: PathRuleForm) -> HttpResponse | None:
        """Save a valid form; None where somebody else changed the rule meanwhile."""
        rule, user = form.save(commit=False), cast("User", request.user)
        try:
            if rule.pk is None:
                orders = self.rules.add(rule, user)
            else:
                seen = form.cleaned_data["seen"]
                orders = self.rules.change(rule, user, seen=seen)
        except RuleGoneError:
            return self._gone(request, form.store)
        except RuleChangedError as now:
            form.add_error(
                None,
                "Somebody changed this rule while you had it open. It reads now: "
                f"{now} Open it again and make your change there.",
            )
            return None
        messages.success(request, f"Saved: {self.rules.told(rule)}{looked(orders)}")
        warning = self.saved(rule, form)
        if warning:
            messages.warning(request, warning)
        return redirect(self.list_url(form.store))

    def _gone(self, request: HttpRequest, store: Store) -> HttpResponse:
        messages.error(
            request, f"Somebody deleted this {self.rules.noun}. What is left is below."
        )
        return redirect(self.list_url(store))

    def _to_picker(
        self, store: Store, form: PathRuleForm, pk: int | None, field: str
    ) -> HttpResponse:
        """Without JavaScript the picker is a page of its own; what is typed goes along."""
        draft = form.draft()
        query = {
            "for": self.code,
            "rule": pk or "",
            "field": field if field in form.fields else "path",
            "path": draft.get(field, ""),
            "draft": urlencode(draft),
        }
        return redirect(
            f"{reverse('orders:picker', args=[store.slug])}?{urlencode(query)}"
        )


def looked(orders: int) -> str:
    """How many orders a change had looked at again, as the end of a message."""
    if not orders:
        return ""
    return f" {orders} open order{' is' if orders == 1 else 's are'} looked at again."
