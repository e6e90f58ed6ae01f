"""The ways out of a case of products: which SKU of ours is meant, and what it lacks.

A SKU that nobody knows is named for one order by one person; for all orders of its store
it takes the same GTIN or ASIN on both sides, or a second person.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from django.db import transaction
from django.urls import reverse

from orders import case_suggestions
from orders.case_locks import InvalidActError, end, lock, note_act, require
from orders.catalogue import of_line
from orders.due import look_soon
from orders.models import CaseState, Decision, Order, OrderException, OrderLine, Verb
from orders.reconsider import reconsider
from stores import aliases, suggestions
from stores.models import Product, SkuAlias
from stores.products import NotSavedError

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

PERMISSION = "stores.manage_products"
UNKNOWN, INCOMPLETE = "sku_unknown", "customs_incomplete"
_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A SKU that may be meant; ``same`` names what both carry: 'ASIN B0CAST1234'."""

    sku: str
    title: str
    kit: bool
    same: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuHelp:
    """What can be done about a SKU that is not known; ``pending`` waits for somebody."""

    sku: str
    store: str
    choices: tuple[Choice, ...]
    pending: SkuAlias | None
    product_url: str
    kit_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductHint:
    """The product to fill in, where customs asks for more."""

    sku: str
    url: str
    known: bool


def help_for(case: OrderException) -> SkuHelp | None:
    """What can be done about an unknown SKU; None for another case or a closed one."""
    sku = str((case.context or {}).get("sku") or "")
    if case.kind != UNKNOWN or case.state != CaseState.OPEN or not sku:
        return None
    if case.order is None:
        return None
    store = case.order.store
    named = _identifiers(case.order, sku)
    values = {"sku": sku, "title": str(case.context.get("title") or "")}
    asins = [name.removeprefix("ASIN ") for name in named if name.startswith("ASIN ")]
    back = reverse("orders:case", args=[case.pk])
    return SkuHelp(
        sku=sku,
        store=store.name,
        choices=tuple(_choices(sku, named)),
        pending=SkuAlias.objects.filter(
            aliases.waiting(), alias=sku, store__in=[store.pk]
        )
        .select_related("created_by")
        .first()
        or SkuAlias.objects.filter(aliases.waiting(), alias=sku, store=None)
        .select_related("created_by")
        .first(),
        product_url=_url(
            "stores:product_create",
            values | {"asin": asins[0] if asins else "", "next": back},
        ),
        kit_url=_url("stores:kit_create", values | {"next": back}),
    )


def hint_for(case: OrderException) -> ProductHint | None:
    """The product that customs asks about; None for another case or a closed one."""
    sku = str((case.context or {}).get("sku") or "")
    if case.kind != INCOMPLETE or case.state != CaseState.OPEN or not sku:
        return None
    back = reverse("orders:case", args=[case.pk])
    product = Product.objects.filter(sku=sku).first()
    if product is None:
        url = _url("stores:product_create", {"sku": sku, "next": back})
        return ProductHint(sku=sku, url=url, known=False)
    url = f"{reverse('stores:product', args=[product.pk])}?{urlencode({'next': back})}"
    return ProductHint(sku=sku, url=url, known=True)


def use_for_order(case: OrderException, sku: str, by: User, version: int) -> None:
    """Let this SKU of ours count for the case's lines, in this order only.

    Resolves the case and decides anew. Raises InvalidActError for a SKU that is not
    ours, ConflictError when somebody was faster, NotAllowedError.
    """
    order_id, unknown = _check(case, sku, by)
    with transaction.atomic():
        row = lock(case, version)
        lines = OrderLine.objects.filter(order=order_id, sku=unknown)
        lines.update(sku_override=sku)
        Order.objects.filter(pk=order_id).update(payload_stale=True)
        now = end(row, Verb.USE_SKU, f"{unknown} is {sku}", by)
        decision = Decision.objects.create(
            order_id=order_id,
            case=row,
            verb=Verb.USE_SKU,
            cause=row.cause,
            choice=sku,
            reason=f"{unknown} is {sku}",
            by=by,
            by_name=by.get_username(),
            at=now,
        )
        look_soon([order_id])
        text = f"Uses {sku} for {unknown} in this order"
        note_act(row, by, "sku_chosen", text, {"decision": decision.pk})
        case_suggestions.remember(case, Verb.USE_SKU, by)
    logger.info("sku chosen case=%s by=%s", row.pk, by.pk)
    reconsider([order_id])


def use_for_all(case: OrderException, sku: str, by: User, version: int) -> SkuAlias:
    """Let this SKU stand for the unknown one in all orders of the store.

    In force at once where both carry the same GTIN or ASIN: then the order is decided
    anew. Raises as use_for_order.
    """
    order_id, unknown = _check(case, sku, by)
    store = case.order.store if case.order else None
    with transaction.atomic():
        row = lock(case, version)
        # One that waits and says otherwise is changed: the latest word counts.
        alias = SkuAlias.objects.filter(
            aliases.waiting(), alias=unknown, store=store
        ).first() or SkuAlias(alias=unknown, store=store)
        alias.sku = sku
        try:
            aliases.save(alias, by)
        except NotSavedError as error:
            raise InvalidActError(str(error)) from None
        waits = "" if alias.approved_at else "; a second person has to agree"
        row.version += 1
        row.save(update_fields=["version"])
        note_act(row, by, "sku_alias", f"{unknown} is {sku} for all orders{waits}")
    if alias.approved_at:
        reconsider([order_id])
    return alias


def agree(case: OrderException, alias_id: int, sku: str, by: User) -> SkuAlias:
    """Agree to the alias that waits, and decide the order anew.

    Raises InvalidActError where it is not there any more, is one's own or says otherwise.
    """
    require(by, PERMISSION)
    alias = SkuAlias.objects.filter(pk=alias_id).first()
    if alias is None or alias.alias != (case.context or {}).get("sku"):
        raise InvalidActError(
            "It was deleted meanwhile: look at the case as it is now."
        )
    with transaction.atomic():
        try:
            aliases.approve(alias, sku, by)
        except NotSavedError as error:
            raise InvalidActError(str(error)) from None
        text = f"Agreed that {alias.alias} is {alias.sku} for all orders"
        note_act(case, by, "sku_alias", text)
    if case.order_id is not None:
        reconsider([case.order_id])
    alias.refresh_from_db()
    return alias


def _check(case: OrderException, sku: str, by: User) -> tuple[int, str]:
    """The case's order and unknown SKU; raises for a SKU that is not ours."""
    require(by, PERMISSION)
    unknown = str((case.context or {}).get("sku") or "")
    if case.kind != UNKNOWN or not unknown or case.order_id is None:
        raise InvalidActError("This case is not about an unknown SKU.")
    if not sku:
        raise InvalidActError("Choose a SKU, or type one.")
    if sku not in aliases.targets([sku]):
        near = suggestions.closest(sku, 1)
        hint = f" Is {near[0]} meant?" if near else ""
        raise InvalidActError(f"There is no product and no kit called {sku}.{hint}")
    return case.order_id, unknown


def _identifiers(order: Order, sku: str) -> set[str]:
    """What the marketplace names with this SKU in this very order."""
    found: set[str] = set()
    for line in order.lines.filter(sku=sku):
        line.order = order
        found |= of_line(line)
    return found


def _choices(sku: str, named: set[str]) -> list[Choice]:
    """Ours that may be meant: those with the same GTIN or ASIN, then those spelt alike."""
    ranked: dict[str, str] = {}
    for name in sorted(named):
        kind, _, value = name.partition(" ")
        rows = Product.objects.order_by("sku")
        same = (
            rows.filter(asin=value)
            if kind == "ASIN"
            else rows.filter(gtin__endswith=value.lstrip("0"))
        )
        for row in same[:_SHOWN]:
            if name in aliases.of_products([row.sku])[row.sku]:
                ranked.setdefault(row.sku, name)
    for alike in suggestions.closest(sku, _SHOWN):
        ranked.setdefault(alike, "")
    known = suggestions.known(list(ranked)[:_SHOWN])
    return [
        Choice(sku=x.sku, title=x.title, kit=x.kit, same=ranked[x.sku]) for x in known
    ]


def _url(name: str, values: dict[str, str]) -> str:
    filled = {key: value for key, value in values.items() if value}
    return f"{reverse(name)}?{urlencode(filled, quote_via=quote)}"
