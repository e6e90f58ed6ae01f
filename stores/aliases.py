"""What a marketplace calls a product: proposed by one person, agreed to by another.

An alias is in force at once where both sides carry the same GTIN or ASIN; else it waits
for somebody other than the person who wrote it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, cast

from django.contrib.admin.models import ADDITION, CHANGE, DELETION
from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal

from shipsync_site.lib import clock
from stores.models import AliasBasis, Kit, Product, SkuAlias, Store
from stores.products import NotSavedError, announce_skus, log_entry

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# Asks whoever knows orders which GTINs and ASINs a marketplace named with a SKU:
# ``store_ids`` and ``skus``. A receiver returns {sku: identifiers as below}.
identifiers_asked = Signal()
Identifiers = dict[str, frozenset[str]]


class SamePersonError(NotSavedError):
    """Who wrote an alias can't agree to it alone."""


def gtin_id(gtin: str) -> str:
    """A GTIN as an identifier: 'GTIN 04006381333931'; '' for none."""
    return f"GTIN {gtin.zfill(14)}" if gtin else ""


def asin_id(asin: str) -> str:
    """An ASIN as an identifier: 'ASIN B0CAST1234'; '' for none."""
    return f"ASIN {asin.upper()}" if asin else ""


def of_products(skus: Collection[str]) -> Identifiers:
    """The identifiers of the products with these SKUs."""
    rows = Product.objects.filter(sku__in=skus).values_list("sku", "gtin", "asin")
    return {
        sku: frozenset(filter(None, (gtin_id(gtin), asin_id(asin))))
        for sku, gtin, asin in rows
    }


def of_marketplace(skus: Collection[str], stores: Iterable[int]) -> Identifiers:
    """What is known of a marketplace's SKUs: from its orders, and from our products."""
    found: dict[str, set[str]] = {k: set(v) for k, v in of_products(skus).items()}
    answers = identifiers_asked.send(
        sender=SkuAlias, store_ids=sorted(set(stores)), skus=sorted(set(skus))
    )
    for _receiver, answer in answers:
        for sku, identifiers in cast("Identifiers", answer or {}).items():
            found.setdefault(sku, set()).update(identifiers)
    return {sku: frozenset(identifiers) for sku, identifiers in found.items()}


def shared(alias: str, sku: str, stores: Iterable[int]) -> str:
    """The identifier that both carry, as 'ASIN B0CAST1234'; '' for none."""
    ours = of_products([sku]).get(sku, frozenset())
    theirs = of_marketplace([alias], stores).get(alias, frozenset()) if ours else ()
    return min(ours & frozenset(theirs), default="")


def stores_of(store: Store | None) -> list[int]:
    """The stores that an alias speaks for."""
    if store is not None:
        return [store.pk]
    return list(Store.objects.values_list("pk", flat=True))


def scope(alias: SkuAlias) -> str:
    """'Amazon UK' or 'every store'."""
    return alias.store.name if alias.store else "every store"


@transaction.atomic
def save(alias: SkuAlias, user: User) -> int:
    """Save a new or changed alias; returns how many orders are made anew.

    What it stands for is agreed to anew when it changes. Raises NotSavedError where
    there is one already.
    """
    before = (
        SkuAlias.objects.select_for_update().filter(pk=alias.pk).first()
        if alias.pk
        else None
    )
    if alias.pk and before is None:
        raise NotSavedError(f"{alias.alias} was deleted meanwhile: nothing is saved.")
    twin = SkuAlias.objects.filter(alias=alias.alias, store=alias.store)
    if twin.exclude(pk=alias.pk).exists():
        raise NotSavedError(
            f"{alias.alias} stands for something in {scope(alias)} already: change that "
            "one."
        )
    same = before and (before.alias, before.sku, before.store_id) == (
        alias.alias,
        alias.sku,
        alias.store_id,
    )
    if same:
        return 0
    alias.created_by, alias.approved_by = user, None
    alias.approved_at, alias.basis = None, ""
    common = shared(alias.alias, alias.sku, stores_of(alias.store))
    if common:
        alias.approved_at, alias.basis = clock.now(), AliasBasis.IDENTIFIER
    alias.save()
    told = f"{alias.alias} stands for {alias.sku} in {scope(alias)}"
    told += f": both are {common}" if common else "; a second person has to agree"
    log_entry(alias, told, user, CHANGE if before else ADDITION).save()
    was_in_force = before is not None and before.approved_at is not None
    if not (common or was_in_force):
        return 0
    names = {alias.alias, before.alias} if before else {alias.alias}
    one_store = alias.store_id if before is None else None
    return announce_skus(names, one_store)


@transaction.atomic
def approve(alias: SkuAlias, sku: str, user: User) -> int:
    """Agree that it stands for ``sku``; returns how many orders are made anew.

    Raises SamePersonError for the person who wrote it, NotSavedError where it is in
    force already or stands for something else by now.
    """
    row = SkuAlias.objects.select_for_update(of=("self",)).get(pk=alias.pk)
    if row.approved_at is not None:
        raise NotSavedError(f"{row.alias} is in force already.")
    if row.sku != sku:
        raise NotSavedError(
            f"{row.alias} stands for {row.sku} by now, not for {sku}: look again."
        )
    if row.created_by_id == user.pk:
        raise SamePersonError(
            f"You wrote {row.alias} → {row.sku}: somebody else has to agree."
        )
    row.approved_at, row.approved_by = clock.now(), user
    row.basis = AliasBasis.SECOND_PERSON
    row.save(update_fields=["approved_at", "approved_by", "basis"])
    log_entry(row, f"Agreed that it stands for {row.sku}", user, CHANGE).save()
    return announce_skus({row.alias}, row.store_id)


@transaction.atomic
def delete(alias: SkuAlias, user: User) -> int:
    """Delete it; orders that need it become cases. How many are made anew."""
    log_entry(alias, f"Deleted: it stood for {alias.sku}", user, DELETION).save()
    orders = announce_skus({alias.alias}, alias.store_id) if alias.approved_at else 0
    alias.delete()
    return orders


def waiting() -> Q:
    """Aliases that wait for a second person."""
    return Q(approved_at__isnull=True)


def targets(skus: Collection[str]) -> Mapping[str, str]:
    """SKU → 'product' or 'kit', for those that there are."""
    products = Product.objects.filter(sku__in=skus).values_list("sku", flat=True)
    kits = Kit.objects.filter(sku__in=skus).values_list("sku", flat=True)
    return dict.fromkeys(products, "product") | dict.fromkeys(kits, "kit")
