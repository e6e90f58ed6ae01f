"""What a stricter rule would hold back: counted before it is saved."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from orders.models import Order, OrderLine, ShipStationOrder, Stage
from stores.consequences import foretells
from stores.models import Kit, OperatingModel, Product, SkuAlias, Store, UnknownSku

_NOT_SENT = (Stage.WAITING, Stage.TO_PUSH)


@foretells
def unknown_skus(store: Store, before: OperatingModel, after: OperatingModel) -> str:
    """How many orders that are not in ShipStation yet have a SKU nobody knows here."""
    if after.unknown_sku != UnknownSku.HOLD or before.unknown_sku == UnknownSku.HOLD:
        return ""
    aliases = SkuAlias.objects.filter(
        Q(store=store) | Q(store=None), alias=OuterRef("sku"), approved_at__isnull=False
    )
    strange = OrderLine.objects.filter(order=OuterRef("pk"), sku_override="").exclude(
        Exists(Product.objects.filter(sku=OuterRef("sku")))
        | Exists(Kit.objects.filter(sku=OuterRef("sku")))
        | Exists(aliases)
    )
    count = (
        Order.objects.filter(
            Exists(strange), store=store, not_ours="", stage__in=_NOT_SENT
        )
        .exclude(Exists(ShipStationOrder.objects.filter(order=OuterRef("pk"))))
        .count()
    )
    if not Product.objects.exists() and not Kit.objects.exists():
        known = "Nothing is known here yet: import products and kits first. "
    else:
        known = ""
    are = "order that waits has" if count == 1 else "orders that wait have"
    return f"{known}{count:,} {are} an unknown SKU and would be held for a person."
