"""From a createorder body to the order resource: rules, whole replacement, derived fields.

Sources: v1 specs (field list), sheet sections 1.8, 1.9, 9 (lengths from the Custom
Store XSD) and 10.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stores.sandbox.core import Json
from stores.sandbox.shipstation import pacific
from stores.sandbox.shipstation.errors import ApiError

WRITABLE_STATUSES = (
    "awaiting_payment",
    "awaiting_shipment",
    "shipped",
    "on_hold",
    "cancelled",
)
LENGTHS = {
    "orderNumber": 50,
    "orderKey": 50,
    "customerUsername": 100,
    "customerEmail": 100,
    "customerNotes": 1000,
    "internalNotes": 1000,
    "giftMessage": 1000,
    "paymentMethod": 50,
    "requestedShippingService": 100,
}
ADVANCED_LENGTHS = {
    "customField1": 100,
    "customField2": 100,
    "customField3": 100,
    "source": 50,
}
ADDRESS_LENGTHS = {
    "name": 100,
    "company": 100,
    "street1": 200,
    "street2": 200,
    "street3": 200,
    "city": 100,
    "state": 100,
    "postalCode": 50,
    "phone": 50,
}
ITEM_LENGTHS = {"lineItemKey": 50, "sku": 100, "name": 200, "warehouseLocation": 100}
NOT_VALIDATED = "Address not yet validated"
VALIDATED = "Address validated successfully"
VERIFICATIONS = {
    "ok": VALIDATED,
    "none": NOT_VALIDATED,
    "warning": "Address validation warning",
    "failed": "Address validation failed",
}
# Numbers as the official samples' answers carry them beside the unit's name.
WEIGHT_UNITS = {"pounds": 0, "ounces": 1, "grams": 2}


class ModelError(ApiError):
    """The body does not fit the model: a 400 of shape b, raised before any rule."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(400, text, field)


def _object(body: Json, name: str, path: str = "") -> Json:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ModelError(path or name, "Error converting value to an object.")
    return value


def _number(body: Json, name: str, path: str, default: float | None = 0) -> Any:
    value = body.get(name)
    if value is None:
        return default
    try:
        number = round(float(value), 4)
    except (TypeError, ValueError):
        raise ModelError(
            path, f"Could not convert string to decimal: {value}."
        ) from None
    return int(number) if number.is_integer() else number


def _text(body: Json, name: str, limit: int | None, path: str) -> Any:
    value = body.get(name)
    if value is None:
        return None
    text = value if isinstance(value, str) else str(value)
    if limit is not None and len(text) > limit:
        raise ModelError(
            path,
            f"The field {name} must be a string with a maximum length of {limit}.",
        )
    return text


def _moment(body: Json, name: str) -> tuple[str | None, float | None]:
    value = body.get(name)
    if value in (None, ""):
        return None, None
    try:
        moment = pacific.parse(str(value))
    except ValueError:
        raise ModelError(
            name, f"Could not convert string to DateTime: {value}."
        ) from None
    return pacific.to_text(moment), moment


def _address(body: Json, name: str, required: bool) -> Json:
    source = _object(body, name)
    address: Json = {
        field: _text(source, field, limit, f"{name}.{field}")
        for field, limit in ADDRESS_LENGTHS.items()
    }
    country = source.get("country")
    if not address["name"] or not address["name"].strip():
        raise ApiError(400, f"{name} name is required and cannot be empty.")
    if country is not None or required:
        text = str(country or "")
        if len(text) != 2 or not text.isalpha():
            raise ApiError(400, f"{name} country must be a 2 character country code.")
        country = text.upper()
    address["country"] = country
    address["residential"] = source.get("residential")
    address["addressVerified"] = None
    return address


def _weight(source: Json, path: str) -> Json | None:
    weight = _object(source, "weight", path)
    if not weight:
        return None
    units = str(weight.get("units") or "ounces").lower()
    if units not in WEIGHT_UNITS:
        raise ModelError(f"{path}.units", f"Unknown weight unit: {units}.")
    return {
        "value": _number(weight, "value", f"{path}.value"),
        "units": units,
        "WeightUnits": WEIGHT_UNITS[units],
    }


def _items(
    body: Json, old_items: list[Json], next_id: Callable[[], int], now_text: str
) -> list[Json]:
    rows = body.get("items") or []
    if not isinstance(rows, list):
        raise ModelError("items", "Error converting value to a list.")
    known: dict[Any, Json] = {item["orderItemId"]: item for item in old_items}
    known |= {item["lineItemKey"]: item for item in old_items if item["lineItemKey"]}
    items = []
    for place, row in enumerate(rows):
        path = f"items[{place}]"
        if not isinstance(row, dict):
            raise ModelError(path, "Error converting value to an object.")
        texts = {
            field: _text(row, field, limit, f"{path}.{field}")
            for field, limit in ITEM_LENGTHS.items()
        }
        if texts["name"] is None:
            raise ApiError(400, f"{path}: item name may not be null.")
        old = known.get(texts["lineItemKey"] or row.get("orderItemId"))
        options = row.get("options")
        items.append(
            {
                "orderItemId": old["orderItemId"] if old else next_id(),
                "lineItemKey": texts["lineItemKey"],
                "sku": texts["sku"],
                "name": texts["name"],
                "imageUrl": row.get("imageUrl"),
                "weight": _weight(row, f"{path}.weight"),
                "quantity": int(_number(row, "quantity", f"{path}.quantity")),
                "unitPrice": _number(row, "unitPrice", f"{path}.unitPrice"),
                "taxAmount": _number(row, "taxAmount", f"{path}.taxAmount", None),
                "shippingAmount": _number(
                    row, "shippingAmount", f"{path}.shippingAmount", None
                ),
                "warehouseLocation": texts["warehouseLocation"],
                "options": [
                    {"name": option.get("name"), "value": option.get("value")}
                    for option in (options if isinstance(options, list) else [])
                    if isinstance(option, dict)
                ],
                "productId": row.get("productId"),
                "fulfillmentSku": row.get("fulfillmentSku"),
                "adjustment": bool(row.get("adjustment", False)),
                "upc": row.get("upc"),
                "createDate": old["createDate"] if old else now_text,
                "modifyDate": now_text,
            }
        )
    return items


def _customs(body: Json, next_id: Callable[[], int]) -> Json:
    source = _object(body, "internationalOptions")
    rows = source.get("customsItems")
    return {
        "contents": source.get("contents"),
        "customsItems": [
            {
                "customsItemId": next_id(),
                "description": row.get("description"),
                "quantity": row.get("quantity"),
                "value": row.get("value"),
                "harmonizedTariffCode": row.get("harmonizedTariffCode"),
                "countryOfOrigin": row.get("countryOfOrigin"),
            }
            for row in rows
            if isinstance(row, dict)
        ]
        if isinstance(rows, list)
        else None,
        "nonDelivery": source.get("nonDelivery"),
    }


def overwritten_customs(items: list[Json], next_id: Callable[[], int]) -> list[Json]:
    """The declaration which the account's own setting puts in place of the sent one."""
    return [
        {
            "customsItemId": next_id(),
            "description": item["name"],
            "quantity": item["quantity"],
            "value": round(item["quantity"] * item["unitPrice"], 2),
            "harmonizedTariffCode": None,
            "countryOfOrigin": "GB",
        }
        for item in items
        if not item["adjustment"]
    ]


def total(items: list[Json], tax: float, shipping: float) -> float:
    """orderTotal: lines, tax and shipping (the official sample adds up so)."""
    lines = sum(float(item["quantity"] * item["unitPrice"]) for item in items)
    return round(lines + tax + shipping, 2)


def build(
    body: Json, old: Json | None, next_id: Callable[[], int], now: float
) -> tuple[Json, float, float | None]:
    """The writable part of the resource, whole: what the body leaves out is cleared.

    Returns it with orderDate and paymentDate in Unix seconds. Unknown keys (tax ids
    among them: v1 has none) are dropped. Raises ModelError and ApiError.
    """
    texts = {
        field: _text(body, field, limit, field) for field, limit in LENGTHS.items()
    }
    if not texts["orderNumber"]:
        raise ModelError("orderNumber", "The orderNumber field is required.")
    order_date, order_ts = _moment(body, "orderDate")
    if order_ts is None:
        raise ModelError("orderDate", "The orderDate field is required.")
    payment_date, payment_ts = _moment(body, "paymentDate")
    ship_by, _ = _moment(body, "shipByDate")
    status = body.get("orderStatus")
    if status not in WRITABLE_STATUSES:
        raise ModelError("orderStatus", f"Unknown order status: {status}.")
    hold_date, _ = _moment(body, "holdUntilDate")
    now_text = pacific.to_text(now)
    items = _items(body, old["items"] if old else [], next_id, now_text)
    tax = _number(body, "taxAmount", "taxAmount")
    shipping = _number(body, "shippingAmount", "shippingAmount")
    advanced = _object(body, "advancedOptions")
    insurance = _object(body, "insuranceOptions")
    dimensions = _object(body, "dimensions")
    tags = body.get("tagIds")
    resource: Json = {
        **{name: texts[name] for name in ("orderNumber", "customerUsername")},
        "customerEmail": texts["customerEmail"],
        "orderDate": order_date,
        "paymentDate": payment_date,
        "shipByDate": ship_by,
        "orderStatus": status,
        "billTo": _address(body, "billTo", required=False),
        "shipTo": _address(body, "shipTo", required=True),
        "items": items,
        "orderTotal": total(items, tax, shipping),
        "amountPaid": _number(body, "amountPaid", "amountPaid"),
        "taxAmount": tax,
        "shippingAmount": shipping,
        "customerNotes": texts["customerNotes"],
        "internalNotes": texts["internalNotes"],
        "gift": bool(body.get("gift", False)),
        "giftMessage": texts["giftMessage"],
        "paymentMethod": texts["paymentMethod"],
        "requestedShippingService": texts["requestedShippingService"],
        "carrierCode": body.get("carrierCode"),
        "serviceCode": body.get("serviceCode"),
        "packageCode": body.get("packageCode"),
        "confirmation": body.get("confirmation") or "none",
        "shipDate": body.get("shipDate"),
        "holdUntilDate": hold_date if status == "on_hold" else None,
        "weight": _weight(body, "weight")
        or {"value": 0, "units": "ounces", "WeightUnits": 1},
        "dimensions": {
            "units": str(dimensions.get("units") or "inches"),
            **{
                side: _number(dimensions, side, f"dimensions.{side}")
                for side in ("length", "width", "height")
            },
        }
        if dimensions
        else None,
        "insuranceOptions": {
            "provider": insurance.get("provider"),
            "insureShipment": bool(insurance.get("insureShipment", False)),
            "insuredValue": _number(
                insurance, "insuredValue", "insuranceOptions.insuredValue"
            ),
        },
        "internationalOptions": _customs(body, next_id),
        "advancedOptions": {
            "warehouseId": advanced.get("warehouseId"),
            "nonMachinable": bool(advanced.get("nonMachinable", False)),
            "saturdayDelivery": bool(advanced.get("saturdayDelivery", False)),
            "containsAlcohol": bool(advanced.get("containsAlcohol", False)),
            **{
                name: _text(advanced, name, limit, f"advancedOptions.{name}")
                for name, limit in ADVANCED_LENGTHS.items()
            },
            **{
                name: advanced.get(name)
                for name in (
                    "billToParty",
                    "billToAccount",
                    "billToPostalCode",
                    "billToCountryCode",
                    "billToMyOtherAccount",
                )
            },
        },
        "tagIds": [int(tag) for tag in tags] if isinstance(tags, list) else None,
    }
    return resource, order_ts, payment_ts
