"""Products, kits and SKU aliases as people change them.

Each change is logged with who made it, and the open orders with such a SKU are made
anew: :func:`announce_skus`. What a product is called elsewhere counts for all orders
once both carry the same GTIN or ASIN, or a second person agreed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Q
from django.dispatch import Signal

from stores.models import Kit, KitComponent, Product, SkuAlias, Store
from stores.rules_changed import announce

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PRODUCT_LABELS = {
    "sku": "SKU",
    "title": "Title",
    "customs_description": "Customs description",
    "hs_code": "HS code",
    "origin_country": "Country of origin",
    "weight_grams": "Weight (g)",
    "customs_value": "Customs value",
    "currency": "Currency",
    "gtin": "GTIN",
    "asin": "ASIN",
}
# What a parcel across a customs border has to say of each product.
CUSTOMS_FIELDS = ("customs_description", "hs_code", "origin_country")
_SHOWN = 3
_Row = TypeVar("_Row", Product, Kit)


# Asks whoever splits prices what one kit at a price becomes: ``kit`` and ``price``. A
# receiver returns SplitRows.
split_asked = Signal()


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRow:
    """So many units of a kit's component, each at this price."""

    sku: str
    quantity: int
    unit_price: Decimal


class NotSavedError(Exception):
    """A change that was not made; the text is for the person."""


def missing_customs() -> Q:
    """Products of which customs would ask for more."""
    return Q(customs_description="") | Q(hs_code="") | Q(origin_country="")


def lacking(product: Product) -> list[str]:
    """What customs would ask for, in the words of the form."""
    return [PRODUCT_LABELS[x] for x in CUSTOMS_FIELDS if not getattr(product, x)]


def product_value(product: Product) -> dict[str, Any]:
    """A product as plain JSON, without its SKU; amounts as '12.50'."""
    value = {name: getattr(product, name) for name in PRODUCT_LABELS if name != "sku"}
    amount = value["customs_value"]
    value["customs_value"] = None if amount is None else f"{Decimal(amount):.2f}"
    return value


def kit_value(kit: Kit, components: Iterable[KitComponent]) -> dict[str, Any]:
    """A kit as plain JSON, without its SKU; shares as '33.3'."""
    return {
        "title": kit.title,
        "components": [
            {"sku": x.sku, "quantity": x.quantity, "share": share_text(x.share)}
            for x in components
        ],
    }


def share_text(share: Decimal | None) -> str | None:
    """A share without zeros at its end: '33.3'; None stays None."""
    return None if share is None else f"{share.normalize():f}"


def in_words(components: Iterable[Mapping[str, Any]]) -> str:
    """'2 × CUP, 1 × POT (60 %)'"""
    return ", ".join(
        f"{x['quantity']} × {x['sku']}" + (f" ({x['share']} %)" if x["share"] else "")
        for x in components
    )


def split(kit: Kit, price: Decimal) -> list[SplitRow]:
    """What one kit at this price is sent as; [] where nobody splits prices."""
    for _receiver, answer in split_asked.send(sender=Kit, kit=kit, price=price):
        if isinstance(answer, list):
            return answer
    return []


def announce_skus(skus: Collection[str], store: int | None = None) -> int:
    """Have the open orders with these SKUs made anew; returns how many.

    ``store`` None: of every store. Inside the transaction that saved the change.
    """
    stores = (
        [store] if store is not None else Store.objects.values_list("pk", flat=True)
    )
    return announce(stores, skus=frozenset(skus)) if skus else 0


def uses_of(skus: Collection[str]) -> dict[str, str]:
    """SKU → who needs it, for those that kits hold or aliases stand for."""
    users: dict[str, list[str]] = {}
    parts = KitComponent.objects.filter(sku__in=skus).order_by("kit__sku")
    for sku, kit in parts.values_list("sku", "kit__sku"):
        users.setdefault(sku, []).append(f"kit {kit}")
    aliases = SkuAlias.objects.filter(sku__in=skus).order_by("alias")
    for sku, alias in aliases.values_list("sku", "alias"):
        users.setdefault(sku, []).append(f"alias {alias}")
    return {
        sku: "It is needed by "
        + ", ".join(names[:_SHOWN])
        + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        + ": change those first."
        for sku, names in users.items()
    }


def log_entry(subject: models.Model, told: str, user: User, flag: int) -> LogEntry:
    """Who did what to a product, kit, alias or import; unsaved.

    ``object_repr`` is its SKU or alias, by which it is found after it was deleted too.
    """
    return LogEntry(
        user_id=user.pk,
        content_type=ContentType.objects.get_for_model(type(subject)),
        object_id=str(subject.pk or ""),
        object_repr=name_of(subject)[:200],
        action_flag=flag,
        change_message=told,
    )


def name_of(subject: models.Model) -> str:
    """What a product, kit or alias is found by."""
    return str(getattr(subject, "alias", None) or getattr(subject, "sku", subject))


def history(subject: models.Model, limit: int = 20) -> list[LogEntry]:
    """Who changed it, newest first."""
    return list(
        LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(type(subject)),
            object_repr=name_of(subject)[:200],
        ).select_related("user")[:limit]
    )


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """'HS code: – → 691200; Title: Pot → Teapot', in words by label."""
    names = dict.fromkeys([*before, *after])
    return "; ".join(
        f"{name}: {before.get(name) or '–'} → {after.get(name) or '–'}"
        for name in names
        if before.get(name) != after.get(name)
    )


@transaction.atomic
def save_product(product: Product, seen: str, user: User) -> int:
    """Save a product of a form; returns how many orders are made anew.

    ``seen`` is the :func:`stamp` of what the person looked at, '' for a new one. Raises
    NotSavedError where somebody was faster.
    """
    before = _unchanged(product, seen)
    product.save()
    told = differences(_product_words(before), _product_words(product))
    _log(product, told, user, CHANGE if before else ADDITION)
    return announce_skus({product.sku}) if told else 0


@transaction.atomic
def save_kit(kit: Kit, components: list[KitComponent], seen: str, user: User) -> int:
    """Save a kit with exactly these components, in this order; as save_product."""
    before = _unchanged(kit, seen)
    old = list(before.components.all()) if before else []
    words = _kit_words(before, old)
    kit.save()
    KitComponent.objects.filter(kit=kit).delete()
    for position, part in enumerate(components):
        part.pk, part.kit, part.position = None, kit, position
    KitComponent.objects.bulk_create(components)
    told = differences(words, _kit_words(kit, components))
    _log(kit, told, user, CHANGE if before else ADDITION)
    return announce_skus({kit.sku}) if told else 0


@transaction.atomic
def delete(subject: Product | Kit, user: User) -> int:
    """Delete a product or kit that nothing needs; raises NotSavedError."""
    type(subject).objects.select_for_update().get(pk=subject.pk)
    if why := uses_of([subject.sku]).get(subject.sku):
        raise NotSavedError(f"{subject.sku} was not deleted. {why}")
    _log(subject, "Deleted", user, DELETION)
    orders = announce_skus({subject.sku})
    subject.delete()
    return orders


def stamp(subject: Product | Kit) -> str:
    """A short name of a row as it is, to notice that it changed."""
    return subject.updated_at.isoformat() if subject.pk else ""


def _unchanged(subject: _Row, seen: str) -> _Row | None:
    """The stored row, locked, as the person saw it; None for a new one."""
    if not subject.pk:
        return None
    rows: Any = type(subject)
    row: _Row | None = rows.objects.select_for_update().filter(pk=subject.pk).first()
    if row is None:
        raise NotSavedError(f"{subject} was deleted meanwhile: nothing is saved.")
    if stamp(row) != seen:
        last = history(row, limit=1)
        who = last[0].user.get_username() if last else "Somebody"
        raise NotSavedError(
            f"{who} has changed {row} since you opened it: look at it anew. Nothing of "
            "yours is saved; what you typed stands below."
        )
    return row


def _log(subject: models.Model, told: str, user: User, flag: int) -> None:
    if told:
        log_entry(subject, told, user, flag).save(force_insert=True)


def _product_words(product: Product | None) -> dict[str, str]:
    if product is None:
        return {}
    value = {"sku": product.sku, **product_value(product)}
    return {PRODUCT_LABELS[k]: str(x) for k, x in value.items() if x not in (None, "")}


def _kit_words(kit: Kit | None, parts: Iterable[KitComponent]) -> dict[str, str]:
    return kit_words(kit_value(kit, parts)) if kit is not None else {}


def kit_words(value: Mapping[str, Any]) -> dict[str, str]:
    """A kit's value in words, by label."""
    return {"Title": value["title"], "Components": in_words(value["components"])}
