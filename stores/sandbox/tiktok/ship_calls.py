"""The calls of Fulfillment: a package is told, corrected, and read."""

from __future__ import annotations

from typing import Any

from stores.sandbox.tiktok import ship
from stores.sandbox.tiktok.accounts import FULFILMENT_SCOPE
from stores.sandbox.tiktok.answers import ApiError
from stores.sandbox.tiktok.calls import Call, Operation, Serve, operation
from stores.sandbox.tiktok.orders import PACKAGE_STATUS, Order, Parcel
from stores.sandbox.tiktok.ship import Telling
from stores.sandbox.tiktok.weather import unverifiable
from stores.sandbox.tiktok.world import World

Json = dict[str, Any]

WRONG_SHOP = 21011028


def accept(
    world: World, order: Order, telling: Telling, now: int
) -> tuple[Parcel, str]:
    """(package, warning) of a telling that keeps all rules; raises ApiError."""
    settings = world.settings
    lines = ship.chosen_lines(telling, order)
    request = world.book.open_request(order.order_id)
    if request is not None and settings.open_request == "refuse":
        raise ApiError(21011007, "process the open after-sale request first")
    unverifiable(world)
    provider, warning = ship.check_number(
        telling.tracking, telling.provider_id, order, checked=settings.tracking_check
    )
    ship.check_sharing(telling.tracking, order, world.book)
    if request is not None:
        world.cancels.end(order, request, now, how="request_rejected_by_shipping")
    parcel = ship.ship(telling, lines, provider, order, world.book, now)
    return parcel, warning


def mark_shipped(call: Call, order_id: str) -> Json:
    """``Mark Package As Shipped``; each call leaves a ledger row."""
    world = call.world
    body = call.body()
    try:
        telling = ship.read_telling(
            body, version=call.version, several=world.settings.several_parcels
        )
        order = call.own_order(order_id, WRONG_SHOP)
        parcel, warning = accept(world, order, telling, call.now)
    except ApiError as error:
        _refused(call, "mark_shipped_refused", order_id, body, error)
        raise
    world.record(
        "mark_shipped",
        order_id,
        body,
        accepted=True,
        package_id=parcel.package_id,
        provider=parcel.provider_name,
        shippingProviderId=parcel.provider_id,
        trackingNumber=telling.tracking,
        items=list(parcel.line_ids),
        status=order.status,
    )
    world.shipped(order, parcel, call.now)
    data: Json = {
        "order_id": order_id,
        "order_line_item_ids": list(parcel.line_ids),
        "package_id": parcel.package_id,
    }
    if warning:
        data["warning"] = {"message": warning}
    return data


def update_shipping(call: Call, order_id: str) -> Json:
    """``Update Shipping Info`` of an order: of its one package, or of its last."""
    order = call.own_order(order_id, WRONG_SHOP)
    parcel = order.parcels[-1] if order.parcels else None
    try:
        return _correct(call, order, parcel, call.body())
    except ApiError as error:
        if error.code in (21011050, 21011051):
            raise ApiError(21011049, error.message) from None
        raise


def update_package(call: Call, package_id: str) -> Json:
    """``Update Package Shipping Info``; 202610 takes a list with one entry."""
    for order in call.world.book:
        parcel = order.parcel(package_id)
        if parcel is not None and order.shop_id == call.shop_id:
            body = call.body()
            if call.version == "202610":
                infos = body.get("shipping_info_list")
                first = infos[0] if isinstance(infos, list) and infos else {}
                body = first if isinstance(first, dict) else {}
            return _correct(call, order, parcel, body)
    raise ApiError(WRONG_SHOP, "the package does not belong to the current shop")


def _correct(call: Call, order: Order, parcel: Parcel | None, body: Json) -> Json:
    world = call.world
    try:
        found = ship.check_correction(order, parcel, call.now)
        telling = ship.read_telling(body, version="202309", several=False)
        provider, _ = ship.check_number(
            telling.tracking,
            telling.provider_id,
            order,
            checked=world.settings.tracking_check,
        )
        ship.check_sharing(telling.tracking, order, world.book)
    except ApiError as error:
        _refused(call, "shipping_info_refused", order.order_id, body, error)
        raise
    ship.correct(found, telling.tracking, provider, order, world.book, call.now)
    world.record(
        "shipping_info_updated",
        order.order_id,
        body,
        accepted=True,
        package_id=found.package_id,
        provider=provider.name,
        trackingNumber=telling.tracking,
    )
    return {}


def _refused(call: Call, word: str, key: str, body: Json, error: ApiError) -> None:
    call.world.record(
        word, key, body, accepted=False, code=error.code, message=error.message
    )


def get_package(call: Call, package_id: str) -> Json:
    """``Get Package Detail``."""
    for order in call.world.book:
        parcel = order.parcel(package_id)
        if parcel is not None and order.shop_id == call.shop_id:
            skus = {order_line.sku_id for order_line in order.lines}
            return {
                "package_id": parcel.package_id,
                "orders": [{"id": order.order_id}],
                "order_line_item_ids": list(parcel.line_ids),
                "package_status": PACKAGE_STATUS[parcel.stage],
                "split_and_combine_tag": "SPLIT" if order.split else "DEFAULT",
                "has_multi_skus": len(skus) > 1,
                "shipping_provider_id": parcel.provider_id,
                "shipping_provider_name": parcel.provider_name,
                "shipping_type": order.shipping_type,
                "delivery_option_id": order.option_id,
                "delivery_option_name": order.option_name,
                "tracking_number": parcel.tracking,
                "create_time": parcel.shipped,
                "update_time": parcel.updated,
            }
    raise ApiError(10006402, "permission denied")


def _fulfil(name: str, method: str, path: str, serve: Serve) -> Operation:
    return operation(name, method, f"fulfillment/{path}", serve, FULFILMENT_SCOPE)


_BOTH, _OLD = "<202309|202610>", "<202309>"
_ORDER, _PACKAGE = "orders/{order_id}", "packages/{package_id}"
_UPDATE = "shipping_info/update"
OPERATIONS = (
    _fulfil("markPackageAsShipped", "POST", f"{_BOTH}/{_ORDER}/packages", mark_shipped),
    _fulfil(
        "updateShippingInfo", "POST", f"{_OLD}/{_ORDER}/{_UPDATE}", update_shipping
    ),
    _fulfil(
        "updatePackageShippingInfo",
        "POST",
        f"{_BOTH}/{_PACKAGE}/{_UPDATE}",
        update_package,
    ),
    _fulfil("getPackageDetail", "GET", f"{_OLD}/{_PACKAGE}", get_package),
)
