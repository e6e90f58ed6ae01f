"""Answers to what the pages of rules ask: rules tried on orders, schemes, markers."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from typing import Any

from django.dispatch import receiver

from orders.attributes import attributes_of
from orders.models import Order, OrderBuyer, OrderLine
from orders.payload_facts import address_of
from orders.payload_inputs import Raw, raw_orders
from orders.payload_types import TaxMarker
from orders.picking import last_orders
from orders.tax_facts import tax_question
from orders.tax_rules import TaxFinding, find_tax
from orders.tax_schemes import SCHEMES, scheme_of
from stores import jmespaths
from stores.models import Store
from stores.rule_questions import (
    Marker,
    SchemeWord,
    Trial,
    Trials,
    attributes_tried,
    markers_asked,
    scheme_asked,
    tax_tried,
)
from stores.rulebook import Rulebook, rulebooks

# How many orders are looked through for the markers in use.
_MARKED = 500


@receiver(tax_tried, dispatch_uid="orders.try_tax_rules")
def try_tax_rules(sender: Any, store: Store, **kwargs: Any) -> Trials:
    """Every active tax rule on the store's last orders; a constant number of queries."""
    orders = last_orders(store)
    findings = _findings(store, orders)
    found: Counter[int] = Counter()
    absent: Counter[int] = Counter()
    stopped: list[TaxFinding] = []
    none = 0
    for finding in findings:
        if finding.stopped:
            stopped.append(finding)
        elif finding.rule_id is None:
            none += 1
        elif finding.number:
            found[finding.rule_id] += 1
        else:
            absent[finding.rule_id] += 1
    ids = store.tax_rules.filter(active=True).values_list("pk", flat=True)
    return Trials(
        orders=len(orders),
        by_rule={
            pk: Trial(
                found=found[pk],
                absent=absent[pk],
                not_concerned=len(orders) - found[pk] - absent[pk],
            )
            for pk in ids
        },
        no_rule=none,
        stopped=len(stopped),
        why=stopped[0].why if stopped else "",
    )


def _findings(store: Store, orders: list[Order]) -> list[TaxFinding]:
    book = rulebooks([store], ())[store.pk]
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order__in=orders):
        lines[line.order_id].append(line)
    buyers = {row.order_id: row for row in OrderBuyer.objects.filter(order__in=orders)}
    raws = raw_orders(orders, {store.pk: book})
    findings = []
    for order in orders:
        order.store = store
        question = tax_question(
            order,
            lines[order.pk],
            address_of(buyers.get(order.pk)),
            raws.get(order.pk),
        )
        findings.append(find_tax(question, book))
    return findings


@receiver(attributes_tried, dispatch_uid="orders.try_attribute_rules")
def try_attribute_rules(sender: Any, store: Store, **kwargs: Any) -> Trials:
    """Every active attribute rule on the store's last orders, each by itself."""
    orders = last_orders(store)
    book = rulebooks([store], ())[store.pk]
    raws = raw_orders(orders, {store.pk: book})
    bodies = [raws.get(order.pk) or {} for order in orders]
    return Trials(
        orders=len(orders),
        by_rule={
            rule.id: _tried(dataclasses.replace(book, attributes=(rule,)), bodies)
            for rule in book.attributes
        },
    )


def _tried(book: Rulebook, bodies: list[Raw]) -> Trial:
    """A book of one rule on these orders; a condition that can't be read never holds."""
    when = book.attributes[0].when
    found = absent = 0
    why = ""
    for body in bodies:
        made, problems = attributes_of(book, body)
        if made.values or made.notes:
            found += 1
        elif problems or _concerned(when, body):
            absent += 1
            why = why or next((row.message for row in problems), "")
    return Trial(
        found=found,
        absent=absent,
        not_concerned=len(bodies) - found - absent,
        why=why,
    )


def _concerned(when: str, body: Raw) -> bool:
    return not when or jmespaths.holds(jmespaths.search(when, body))


@receiver(scheme_asked, dispatch_uid="orders.say_scheme")
def say_scheme(sender: Any, name: str, number: str, **kwargs: Any) -> SchemeWord:
    """What is known of a scheme, and whether a number has its shape."""
    every = tuple(sorted(SCHEMES))
    scheme = scheme_of(name, number) if name else None
    if scheme is None:
        return SchemeWord(code=name, known=False, every=every)
    return SchemeWord(
        code=scheme.code,
        known=True,
        where=scheme.where,
        shape=scheme.shape,
        fits=not number or bool(scheme.fits(number)),
        every=every,
    )


@receiver(markers_asked, dispatch_uid="orders.list_markers")
def list_markers(sender: Any, store: Store, **kwargs: Any) -> list[Marker]:
    """The markers of the store's last orders, newest first."""
    found: dict[tuple[str, str], list[Order]] = defaultdict(list)
    for order in last_orders(store, _MARKED):
        tax = order.tax or {}
        if tax.get("number"):
            found[str(tax.get("scheme") or ""), str(tax["number"])].append(order)
    markers = [
        Marker(
            text=TaxMarker(scheme=scheme, number=number).text,
            scheme=scheme,
            number=number,
            orders=len(orders),
            last_at=max(order.ordered_at for order in orders),
        )
        for (scheme, number), orders in found.items()
    ]
    return sorted(markers, key=lambda marker: marker.last_at, reverse=True)
