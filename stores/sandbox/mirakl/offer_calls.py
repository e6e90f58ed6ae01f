"""STO01, STO02, STO03, OF24, OF02, OF03, OF21: stock and offers of a shop."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from stores.sandbox.mirakl.answers import ApiError, invalid, json_response
from stores.sandbox.mirakl.call import Call
from stores.sandbox.mirakl.offers import (
    OFFERS,
    REQUIRED,
    STOCK,
    WAITING,
    Import,
    Offer,
    read_stock_file,
)
from stores.sandbox.mirakl.parts import iso, money
from stores.sandbox.mirakl.search import CHANNEL, MOST_MAX, read_number

Json = dict[str, Any]


def import_stock(call: Call) -> HttpResponse:
    """STO01: a file of quantities."""
    upload = call.request.FILES.get("file")
    if upload is None:
        raise invalid("file: required, as multipart/form-data", "file")
    rows, columns, failed = read_stock_file(upload.read())
    row = _take_in(call, STOCK, rows, columns, failed)
    return _created(call, row, {"import_id": row.id})


def stock_status(call: Call, import_id: str) -> HttpResponse:
    """STO02."""
    row = _import(call, STOCK, import_id)
    body = {
        "date_created": iso(row.created),
        "has_error_report": bool(row.errors),
        "import_id": row.id,
        "lines_in_error": len(row.errors),
        "lines_in_success": row.success,
        "shop_id": row.shop_id,
        "status": row.status(call.now),
    }
    return json_response(200, body)


def stock_report(call: Call, import_id: str) -> HttpResponse:
    """STO03: the lines in error, to be mended and sent again."""
    return _report(_import(call, STOCK, import_id), "text/csv")


def import_offers(call: Call) -> HttpResponse:
    """OF24: whole offers; what is not sent is reset once the import has run."""
    rows = call.rows("offers", most=10_000)
    columns = [*REQUIRED, "quantity", "update_delete"]
    row = _take_in(call, OFFERS, rows, columns, "")
    return _created(call, row, {"import_id": int(row.id)})


def offers_status(call: Call, import_id: str) -> HttpResponse:
    """OF02."""
    row = _import(call, OFFERS, import_id)
    status = row.status(call.now)
    body = {
        "date_created": iso(row.created),
        "has_error_report": bool(row.errors),
        "import_id": int(row.id),
        "lines_in_error": len(row.errors),
        "lines_in_pending": 0 if row.finished else len(row.rows),
        "lines_in_success": row.success,
        "lines_read": 0 if status == WAITING else len(row.rows),
        "mode": "NORMAL",
        "offer_deleted": 0,
        "offer_inserted": 0,
        "offer_updated": row.success,
        "reason_status": None,
        "status": status,
        "type": "MIRAKL",
    }
    return json_response(200, body)


def offers_report(call: Call, import_id: str) -> HttpResponse:
    """OF03."""
    return _report(_import(call, OFFERS, import_id), "application/octet-stream")


def list_offers(call: Call) -> HttpResponse:
    """OF21, by total price."""
    offers = call.world.shelf.offers(call.operator.code, call.shop_id)
    sku = call.params.get("sku", "")
    found = [row for row in offers.values() if sku in ("", row.sku)]
    found.sort(key=lambda row: (row.discount or row.price, row.sku))
    limit = read_number(call.params, "max", 10, 1, MOST_MAX)
    offset = read_number(call.params, "offset", 0, 0, 10**9)
    rows = [render_offer(row, call) for row in found[offset : offset + limit]]
    return json_response(200, {"offers": rows, "total_count": len(found)})


def render_offer(row: Offer, call: Call) -> Json:
    """An offer's JSON."""
    price = row.discount or row.price
    prices = {
        "price": money(price),
        "unit_discount_price": money(row.discount) if row.discount else None,
        "unit_origin_price": money(row.price),
    }
    pricing = {
        "channel_code": None,
        "discount_end_date": None,
        "discount_start_date": None,
        **prices,
        "volume_prices": [{"quantity_threshold": 1, **prices}],
    }
    discount = {
        "discount_price": money(row.discount),
        "origin_price": money(row.price),
        "ranges": [],
    }
    method = call.operator.shipping_types[0]
    return {
        "active": row.quantity > 0,
        "all_prices": [pricing],
        "allow_quote_requests": False,
        "applicable_pricing": pricing,
        "category_code": "HOME",
        "category_label": "Home",
        "channels": [CHANNEL],
        "currency_iso_code": call.operator.currency,
        "description": row.description or None,
        "discount": discount if row.discount else None,
        "fulfillment": {"center": {"code": "DEFAULT"}},
        "inactivity_reasons": [] if row.quantity else ["ZERO_QUANTITY"],
        "leadtime_to_ship": row.lead,
        "logistic_class": {"code": "M", "label": "Medium"},
        "max_order_quantity": None,
        "min_order_quantity": None,
        "min_quantity_alert": None,
        "min_shipping_price": 0,
        "min_shipping_price_additional": 0,
        "min_shipping_type": method.code,
        "min_shipping_zone": "UK",
        "offer_id": row.offer_id,
        "package_quantity": None,
        "price": money(price),
        "product_references": [],
        "product_sku": f"P-{row.offer_id:05d}",
        "product_title": row.title,
        "quantity": row.quantity,
        "shipping_deadline": None,
        "shop_sku": row.sku,
        "state_code": "11",
        "total_price": money(price),
        "warehouses": [
            {"code": code, "quantity": quantity}
            for code, quantity in row.warehouses.items()
        ],
    }


def _take_in(
    call: Call, kind: str, rows: list[Json], columns: list[str], failed: str
) -> Import:
    settings = call.world.settings
    return call.world.shelf.take_in(
        kind,
        call.operator.code,
        call.shop_id,
        rows=rows,
        columns=columns,
        failed=failed,
        now=call.now,
        wait=int(settings.import_wait * 1000),
        run=int(settings.import_run * 1000),
    )


def _created(call: Call, row: Import, body: Json) -> HttpResponse:
    paths = {STOCK: "stock/imports/{}/status", OFFERS: "imports/{}"}
    root = call.request.build_absolute_uri("/").rstrip("/")
    response = json_response(201, body)
    place = paths[row.kind].format(row.id)
    response["Location"] = f"{root}/mirakl/{row.operator}/api/offers/{place}"
    return response


def _import(call: Call, kind: str, import_id: str) -> Import:
    row = call.world.shelf.imports.get(import_id)
    mine = (kind, call.operator.code, call.shop_id)
    if row is None or (row.kind, row.operator, row.shop_id) != mine:
        raise ApiError(404, f"Import '{import_id}' not found")
    return row


def _report(row: Import, kind: str) -> HttpResponse:
    if not row.errors:
        raise ApiError(404, f"Import '{row.id}' has no error report")
    return HttpResponse(row.report(), content_type=kind)
