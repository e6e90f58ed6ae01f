"""What a shop may read of its operator: A01, V01, SH12, SH21, RE01, RE02, AF01, CH11.

Custom fields of offers and shops are not played.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from stores.sandbox.mirakl.answers import invalid, json_response
from stores.sandbox.mirakl.call import Call
from stores.sandbox.mirakl.operators import Reason
from stores.sandbox.mirakl.search import CHANNEL

Json = dict[str, Any]

ENTITIES = ("OFFER", "SHOP", "ORDER", "ORDER_LINE")


def version(_: Call) -> HttpResponse:
    """V01: only the status matters."""
    return json_response(200, {"version": "sandbox"})


def account(call: Call) -> HttpResponse:
    """A01: the shop, and whether it is open."""
    operator, shop_id = call.operator, call.shop_id
    suspended = operator.suspended or operator.code in call.world.weather.suspended
    place = {"city": "Leeds", "street_1": "Unit 7, Dock Road"}
    body = {
        "applicable_taxes": [],
        "approval_delay": None,
        "approval_rate": None,
        "billing_info": {},
        "channels": [CHANNEL],
        "closed_from": None,
        "closed_to": None,
        "contact_informations": {
            "city": place["city"],
            "country": "GBR",
            "email": "shop@demo-trading.example",
            "lastname": "Desk",
            "street1": place["street_1"],
        },
        "currency_iso_code": operator.currency,
        "date_created": "2024-03-01T09:00:00Z",
        "default_billing_information": {
            "default_language": "en_GB",
            "id": f"BI-{shop_id}",
            "registration_address": {**place, "country_iso_code": "GBR"},
        },
        "domains": ["PRODUCT"],
        "evaluations_count": 0,
        "free_shipping": False,
        "is_professional": True,
        "kyc": {"status": "APPROVED"},
        "last_updated_date": "2026-01-05T09:00:00Z",
        "model": "MARKETPLACE",
        "offers_count": 8,
        "orders_count": sum(
            1
            for row in call.world.book
            if row.operator == operator.code and row.debited
        ),
        "payment_details": {
            "paid_balance": 0,
            "payable_balance": 0,
            "pending_balance": 0,
        },
        "payment_method_mandatory": False,
        "premium": False,
        "pro_details": {},
        "shipping": {"lead_time_to_ship": 2},
        "shipping_country": "GBR",
        "shipping_types": [row.code for row in operator.shipping_types],
        "shipping_zones": [],
        "shop_additional_fields": [],
        "shop_id": shop_id,
        "shop_name": operator.shops[shop_id],
        "shop_state": "SUSPENDED" if suspended else "OPEN",
    }
    return json_response(200, body)


def carriers(call: Call) -> HttpResponse:
    """SH21, by label."""
    rows = [
        {
            "code": row.code,
            "label": row.label,
            "standard_code": row.standard or None,
            "tracking_url": row.tracking_url or None,
        }
        for row in sorted(call.operator.carriers, key=lambda row: row.label)
    ]
    return json_response(200, {"carriers": rows})


def shipping_types(call: Call) -> HttpResponse:
    """SH12."""
    rows = [
        {
            "click_and_collect": False,
            "code": row.code,
            "delivery_by_operator": False,
            "description": row.label,
            "label": row.label,
            "mandatory_tracking": row.mandatory_tracking,
            "standard_code": row.standard or None,
        }
        for row in call.operator.shipping_types
    ]
    return json_response(200, {"shipping_types": rows})


def reasons(call: Call) -> HttpResponse:
    """RE01."""
    rows = [
        {"type": row.kind, "is_shop_right": row.shop, **_reason(row)}
        for row in sorted(call.operator.reasons, key=lambda row: row.kind)
    ]
    return json_response(200, {"reasons": rows, "total_count": len(rows)})


def reasons_of(call: Call, reason_type: str) -> HttpResponse:
    """RE02, which does not tell who may use a reason."""
    rows = [_reason(row) for row in call.operator.reasons if row.kind == reason_type]
    return json_response(200, {"reasons": rows, "total_count": len(rows)})


def custom_fields(call: Call) -> HttpResponse:
    """AF01."""
    wanted = [each for each in call.params.get("entities", "").split(",") if each]
    if unknown := sorted(set(wanted) - set(ENTITIES)):
        raise invalid(f"entities: unknown value '{unknown[0]}'", "entities")
    rows = [
        {
            "accepted_values": list(row.values),
            "code": row.code,
            "default_value": None,
            "description": None,
            "editable": False,
            "entity": row.entity,
            "label": row.label,
            "regex": None,
            "required": False,
            "type": row.kind,
        }
        for row in call.operator.custom_fields
        if not wanted or row.entity in wanted
    ]
    return json_response(200, {"additional_fields": rows, "total_count": len(rows)})


def channels(_: Call) -> HttpResponse:
    """CH11."""
    row = {"code": CHANNEL, "label": "Web shop", "description": "The operator's site"}
    return json_response(200, {"channels": [row]})


def _reason(row: Reason) -> Json:
    return {"code": row.code, "label": row.label}
