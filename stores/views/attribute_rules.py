"""Attribute rules of a store: what of the marketplace's order goes where."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from shipsync_site.lib.permissions import needs
from stores.attribute_wording import remarks, sentence
from stores.forms.attribute_rules import AttributeRuleForm
from stores.models import AttributeRule, Store
from stores.rule_lists import RuleList
from stores.rule_questions import Trials, ask, attributes_tried
from stores.setup import current_rules
from stores.views.rule_lists import Pages

RULES = RuleList(model=AttributeRule, noun="attribute rule", told=sentence)


def _on_list(store: Store, rows: list[AttributeRule]) -> dict[str, Any]:
    trials = ask(attributes_tried, store=store) if rows else None
    remarked = remarks(rows, current_rules(store).tax_route)
    for row in rows:
        row.remark = remarked.get(row.pk, "")  # type: ignore[attr-defined]
        row.trial = (  # type: ignore[attr-defined]
            trials.by_rule.get(row.pk) if isinstance(trials, Trials) else None
        )
    return {"trials": trials, "active": sum(row.active for row in rows)}


def _on_form(store: Store) -> dict[str, Any]:
    return {}


def _saved(rule: AttributeRule, form: Any) -> str:
    route = current_rules(rule.store).tax_route
    return remarks(RULES.of(rule.store), route).get(rule.pk, "")


PAGES = Pages(
    code="attribute_rule",
    rules=RULES,
    form=AttributeRuleForm,
    on_list=_on_list,
    on_form=_on_form,
    saved=_saved,
)


@require_GET
@needs("stores.view_store")
def list_rules(request: HttpRequest, slug: str) -> HttpResponse:
    """The rules in their order, each in a sentence and tried on the last orders."""
    return PAGES.listed(request, slug)


@needs("stores.decide_rules")
def create(request: HttpRequest, slug: str) -> HttpResponse:
    """A new rule, asked last."""
    return PAGES.edited(request, slug, None)


@needs("stores.decide_rules")
def edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Change a rule."""
    return PAGES.edited(request, slug, pk)


@require_POST
@needs("stores.decide_rules")
def act(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Move, switch or delete a rule."""
    return PAGES.acted(request, slug, pk)
