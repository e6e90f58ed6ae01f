"""The calls of Products that are about stock (sheet section 6).

Error numbers of single SKUs are not published: the peer uses the general ones.
"""

from __future__ import annotations

from typing import Any

from stores.sandbox.tiktok import answers
from stores.sandbox.tiktok.accounts import PRODUCT_SCOPE
from stores.sandbox.tiktok.answers import bad_parameter
from stores.sandbox.tiktok.calls import Call, operation, rows_of
from stores.sandbox.tiktok.stock import committed

Json = dict[str, Any]

MOST_PRODUCTS, MOST_SKUS = 100, 600
LEAST_QUANTITY, MOST_QUANTITY = 1, 99_999


def search(call: Call) -> Json:
    """``Inventory Search``: by products or by SKUs."""
    body, stock = call.body(), call.world.stock
    products, skus = body.get("product_ids") or [], body.get("sku_ids") or []
    for name, ids, most in (
        ("product_ids", products, MOST_PRODUCTS),
        ("sku_ids", skus, MOST_SKUS),
    ):
        if not isinstance(ids, list) or len(ids) > most:
            raise bad_parameter(f"{name}: a list of at most {most}")
    if not products and not skus:
        raise bad_parameter("product_ids or sku_ids")
    waiting = committed(call.world.book, call.shop_id)
    found: dict[str, list[Json]] = {}
    for (shop_id, sku_id), (product_id, sku) in stock.known.items():
        if shop_id != call.shop_id or (
            product_id not in products and sku_id not in skus
        ):
            continue
        left, taken = stock.available(shop_id, sku_id), waiting.get(sku_id, 0)
        found.setdefault(product_id, []).append(
            {
                "id": sku_id,
                "seller_sku": sku,
                "total_available_quantity": left,
                "total_committed_quantity": taken,
                "warehouse_inventory": [
                    {
                        "warehouse_id": _warehouse(call),
                        "available_quantity": left,
                        "committed_quantity": taken,
                    }
                ],
                "total_available_inventory_distribution": {
                    "in_shop_inventory": {"quantity": left},
                    "campaign_inventory": [],
                    "creator_inventory": [],
                },
            }
        )
    return {
        "inventory": [
            {"product_id": product_id, "skus": rows}
            for product_id, rows in found.items()
        ]
    }


def update(call: Call, product_id: str) -> Json:
    """``Update Inventory``: code 0 even where single SKUs are refused."""
    body, world = call.body(), call.world
    errors = []
    for row in rows_of(body, "skus"):
        sku_id = str(row.get("id") or "")
        error = _refusal(call, product_id, sku_id, rows_of(row, "inventory"))
        if error is not None:
            errors.append(error)
            continue
        quantity = row["inventory"][0]["quantity"]
        world.stock.set(call.shop_id, sku_id, quantity)
        _, sku = world.stock.known[call.shop_id, sku_id]
        world.record("stock", sku_id, row, accepted=True, sku=sku, quantity=quantity)
    return {"errors": errors} if errors else {}


def _refusal(call: Call, product_id: str, sku_id: str, rows: list[Json]) -> Json | None:
    """What is wrong with a SKU's new stock; None: nothing."""
    known = call.world.stock.known.get((call.shop_id, sku_id))
    detail: Json = {"sku_id": sku_id, "extra_errors": []}
    if known is None or known[0] != product_id:
        return _error(answers.CREDENTIAL, "the SKU is none of the product's", detail)
    if {row.get("warehouse_id", _warehouse(call)) for row in rows} != {
        _warehouse(call)
    }:
        text = "every warehouse of the SKU must be listed, and no other"
        return _error(answers.PARAMETER, text, detail)
    quantity = rows[0].get("quantity")
    least = 0 if call.world.settings.zero_stock else LEAST_QUANTITY
    whole = isinstance(quantity, int) and not isinstance(quantity, bool)
    if whole and least <= int(quantity or 0) <= MOST_QUANTITY:
        return None
    text = f"quantity: from {least} to {MOST_QUANTITY}"
    detail["extra_errors"] = [
        {
            "warehouse_id": _warehouse(call),
            "code": answers.PARAMETER,
            "message": text,
        }
    ]
    return _error(answers.PARAMETER, text, detail)


def _error(code: int, message: str, detail: Json) -> Json:
    return {"code": code, "message": message, "detail": detail}


def _warehouse(call: Call) -> str:
    if call.shop is None:
        raise LookupError("stock is a shop's")
    return call.shop.warehouse_id


OPERATIONS = (
    operation(
        "inventorySearch",
        "POST",
        "product/<202309>/inventory/search",
        search,
        PRODUCT_SCOPE,
    ),
    operation(
        "updateInventory",
        "POST",
        "product/<202309>/products/{product_id}/inventory/update",
        update,
        PRODUCT_SCOPE,
    ),
)
