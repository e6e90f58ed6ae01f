"""The calls of shops, orders and logistics."""

from __future__ import annotations

from typing import Any

from stores.sandbox.tiktok import answers
from stores.sandbox.tiktok.accounts import (
    LOGISTICS_SCOPE,
    ORDER_SCOPE,
    SHOP_SCOPE,
)
from stores.sandbox.tiktok.answers import ApiError, bad_parameter
from stores.sandbox.tiktok.calls import Call, Operation, Serve, operation
from stores.sandbox.tiktok.carriers import find_option, options_of
from stores.sandbox.tiktok.orders import Line, Order
from stores.sandbox.tiktok.render import money
from stores.sandbox.tiktok.search import cut, order_filter, read_page
from stores.sandbox.tiktok.weather import poison_some

Json = dict[str, Any]

MOST_IDS = 50


def get_shops(call: Call) -> Json:
    """``Get Authorized Shops``."""
    seller = call.world.auth.sellers[call.access.open_id]
    return {"shops": [shop.view() for shop in seller.shops]}


def search_orders(call: Call) -> Json:
    """``Get Order List``."""
    world, book = call.world, call.world.book
    page = read_page(call.params, default=20, most=100, order="DESC")
    fits = order_filter(call.body(), call.now)
    visible = call.now - int(world.settings.list_lag)
    found = (
        order
        for order in book
        if order.shop_id == call.shop_id
        and order.updated <= visible
        and fits(order, book.open_request(order.order_id) is not None)
    )

    def place(order: Order) -> tuple[int, str]:
        moment = order.created if page.field == "create_time" else order.updated
        return moment, order.order_id

    rows, token, total = cut(found, page, place)
    poison_some(world, rows)
    return {
        "orders": [call.show(order) for order in rows],
        "next_page_token": token,
        "total_count": total,
    }


def get_orders(call: Call) -> Json:
    """``Get Order Detail``; ids are one list with commas, or many parameters."""
    texts = call.request.GET.getlist("ids")
    ids = list(dict.fromkeys(x.strip() for text in texts for x in str(text).split(",")))
    ids = [order_id for order_id in ids if order_id]
    if not 1 <= len(ids) <= MOST_IDS:
        raise bad_parameter(f"ids: from 1 to {MOST_IDS}")
    # An id that nobody has is left out; another shop's is refused.
    known = [order_id for order_id in ids if order_id in call.world.book]
    return {"orders": [call.show(call.own_order(order_id)) for order_id in known]}


def get_price_detail(call: Call, order_id: str) -> Json:
    """``Get Price Detail``."""
    order = call.own_order(order_id)
    total = _price(order, order.lines, order.shipping_fee, order.shipping_paid)
    total["line_items"] = [
        {"id": line.line_id, **_price(order, [line], 0, 0)} for line in order.lines
    ]
    return total


def _price(order: Order, lines: list[Line], fee: int, shipping: int) -> Json:
    listed = sum(line.price for line in lines)
    sale = sum(line.paid for line in lines)
    whole = len(lines) == len(order.lines)
    return {
        "currency": order.currency,
        "total": money(listed + fee),
        "payment": money(sale + shipping),
        "sku_list_price": money(listed),
        "sku_sale_price": money(sale),
        "subtotal": money(sale),
        "subtotal_deduction_seller": money(sum(x.seller_discount for x in lines)),
        "subtotal_deduction_platform": money(sum(x.platform_discount for x in lines)),
        "subtotal_tax_amount": "0.00",
        "shipping_list_price": money(fee),
        "shipping_sale_price": money(shipping),
        "shipping_fee_deduction_seller": money(
            order.shipping_seller_discount if whole else 0
        ),
        "shipping_fee_deduction_platform": money(
            order.shipping_platform_discount if whole else 0
        ),
        "tax_amount": "0.00",
        "net_price_amount": money(sale),
        "cod_fee": "0.00",
    }


def get_warehouses(call: Call) -> Json:
    """``Get Warehouse List``: one to ship from, one for returns."""
    shop = call.shop
    if shop is None:
        raise LookupError("warehouses are a shop's")
    address = {
        "region": "United Kingdom" if shop.region == "GB" else "United States",
        "region_code": shop.region,
        "city": "Leeds",
        "postal_code": "LS1 1AA",
        "address_line1": "Unit 7, Mill Lane",
        "full_address": "Unit 7, Mill Lane, Leeds, LS1 1AA",
        "contact_person": "Goods out",
        "phone_number": "(+44)1130000000",
    }
    rows = (
        (shop.warehouse_id, "Main warehouse", "SALES_WAREHOUSE", True),
        (f"{shop.warehouse_id[:-1]}9", "Returns", "RETURN_WAREHOUSE", False),
    )
    return {
        "warehouses": [
            {
                "id": warehouse_id,
                "entity_id": f"{warehouse_id[:-2]}77",
                "name": name,
                "effect_status": "ENABLED",
                "type": kind,
                "sub_type": "DOMESTIC_WAREHOUSE",
                "is_default": default,
                "address": address,
            }
            for warehouse_id, name, kind, default in rows
        ]
    }


def get_delivery_options(call: Call, warehouse_id: str) -> Json:
    """``Get Warehouse Delivery Options``."""
    shop = call.shop
    if shop is None or warehouse_id != shop.warehouse_id:
        raise ApiError(answers.CREDENTIAL, "warehouse_id is none of the shop's")
    return {
        "delivery_options": [
            {
                "id": option.id,
                "name": option.name,
                "type": option.kind,
                "description": option.name,
                "weight_limit": {"max_weight": 30000, "min_weight": 1, "unit": "GRAM"},
                "dimension_limit": {
                    **dict.fromkeys(("max_height", "max_length", "max_width"), 120),
                    "unit": "CM",
                },
                "platform": ["TIKTOK_SHOP"],
            }
            for option in options_of(shop.region)
        ]
    }


def get_providers(call: Call, delivery_option_id: str) -> Json:
    """``Get Shipping Providers`` of a delivery option."""
    option = find_option(delivery_option_id)
    if call.shop is None or option not in options_of(call.shop.region):
        raise ApiError(21008116, "the delivery option is not subscribed to")
    if option is not None and option.by_tiktok:
        raise ApiError(21008117, "the delivery option is fulfilled by TikTok")
    rows = option.providers if option else ()
    return {"shipping_providers": [{"id": row.id, "name": row.name} for row in rows]}


def _order(name: str, method: str, path: str, serve: Serve) -> Operation:
    return operation(name, method, path, serve, ORDER_SCOPE)


def _place(name: str, path: str, serve: Serve) -> Operation:
    return operation(name, "GET", f"logistics/<202309>/{path}", serve, LOGISTICS_SCOPE)


_SHOPS = "authorization/<202309>/shops"
_PRICE = "order/<202407>/orders/{order_id}/price_detail"
_PROVIDERS = "delivery_options/{delivery_option_id}/shipping_providers"
OPERATIONS = (
    operation("getAuthorizedShops", "GET", _SHOPS, get_shops, SHOP_SCOPE, shop=False),
    _order("getOrderList", "POST", "order/<202309>/orders/search", search_orders),
    _order("getOrderDetail", "GET", "order/<202507>/orders", get_orders),
    _order("getPriceDetail", "GET", _PRICE, get_price_detail),
    _place("getWarehouseList", "warehouses", get_warehouses),
    _place(
        "getWarehouseDeliveryOptions",
        "warehouses/{warehouse_id}/delivery_options",
        get_delivery_options,
    ),
    _place("getShippingProviders", _PROVIDERS, get_providers),
)
