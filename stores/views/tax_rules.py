"""Tax rules of a store: which parcels carry which number, and where it is found."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from shipsync_site.lib.permissions import needs
from stores import tax_wording
from stores.forms.paths import PathRuleForm
from stores.forms.rates import lane_rules
from stores.forms.tax_rules import TaxRuleForm, known_schemes
from stores.models import Store, TaxRule
from stores.rule_lists import RuleList
from stores.rule_questions import Trials, ask, tax_tried
from stores.setup import current_rules
from stores.views.rule_lists import Pages


def told(rule: TaxRule) -> str:
    """A rule in a sentence."""
    account = rule.store.remote_account
    return tax_wording.sentence(rule, account.get_marketplace_display())


RULES = RuleList(model=TaxRule, noun="tax rule", told=told)


def _on_list(store: Store, rows: list[TaxRule]) -> dict[str, Any]:
    remarks = tax_wording.remarks(rows)
    trials = ask(tax_tried, store=store) if rows else None
    for row in rows:
        row.remark = remarks.get(row.pk)  # type: ignore[attr-defined]
        row.trial = (  # type: ignore[attr-defined]
            trials.by_rule.get(row.pk) if isinstance(trials, Trials) else None
        )
    return {
        "trials": trials,
        "remarks": remarks,
        "model": current_rules(store),
        "active": sum(row.active for row in rows),
        "lane": store.remote_account.marketplace in lane_rules(),
    }


def _on_form(store: Store) -> dict[str, Any]:
    return {"schemes": known_schemes(), "model": current_rules(store)}


def _saved(rule: TaxRule, form: PathRuleForm) -> str:
    remark = tax_wording.remarks(RULES.of(rule.store)).get(rule.pk)
    if remark is not None:
        return remark.text
    assert isinstance(form, TaxRuleForm)  # noqa: S101 - this list has no other form
    unknown = form.unknown_scheme()
    return (
        f"Nobody here knows the scheme {unknown}: its numbers are sent unchecked, and "
        "each order with one is held for a person to look at."
        if unknown
        else ""
    )


PAGES = Pages(
    code="tax_rule",
    rules=RULES,
    form=TaxRuleForm,
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
