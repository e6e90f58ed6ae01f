"""PC01: what an operator has switched on. Only what the peer plays is ever on."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from stores.sandbox.mirakl.answers import json_response
from stores.sandbox.mirakl.call import Call
from stores.sandbox.mirakl.operators import Operator

Json = dict[str, Any]


def configuration(call: Call) -> HttpResponse:
    """PC01."""
    operator = call.operator
    body = {
        "features": _features(operator),
        "modules": {
            "mirakl_catalog_integrator": True,
            **_off("mirakl_catalog_manager", "mirakl_catalog_transformer"),
            "mirakl_platform_services": False,
            "offer_management": True,
            "offer_management_mode": "SIMPLE",
            "order_management": True,
            "order_management_mode": "SIMPLE",
            **_off("promotions", "quotes"),
            "tax_manager": {
                "activated": False,
                "tax_provider": _off("avalara", "vertex"),
            },
        },
        "platform_configuration": {
            "customer_model": {"b2b": True, "b2c": True},
            "enhanced_seller_invoicing": {"enabled": False},
            "platform_model": {
                "marketplace": True,
                **_off("drop_ship", "one_creditor"),
            },
        },
        "platform_name": operator.title,
        "tenant_name": operator.code,
        "timezone": "Europe/London",
    }
    return json_response(200, body)


def _features(operator: Operator) -> Json:
    return {
        "catalog": {
            "allow_shop_contribution_to_all_channels": False,
            "exclude_invalid_products": True,
            "list_of_multiple_values_separator": "|",
            **_off(
                "product_acceptance_by_channel", "product_data_validation_by_channel"
            ),
            "product_import_only_on_leaf": True,
        },
        **_off("circular_economy_data_collection", "competitive_pricing_tool"),
        "direct_payment_customer_store": _off("activated", "refund_cancel_authorized"),
        "disable_seller_alternative_carrier": not operator.alternative_carriers,
        "dropship": {
            "retail_pricing_edition_enabled": "NO",
            "retail_pricing_enabled": False,
        },
        "kyc_status_per_seller": False,
        "lead_time_to_ship_by_sellers_enabled": "YES",
        **_off("multi_currency", "multi_payout_psp_per_seller", "no_reply_needed"),
        "offer_prices_decimals": "2",
        "operator_csv_delimiter": "SEMICOLON",
        "order_conditions": {
            "lead_time_to_ship": True,
            **_off("maximum_order_quantity", "minimum_order_quantity"),
            "package_order_quantity": False,
        },
        "order_tax_mode": operator.tax_mode,
        "order_workflows": {
            **_off("no_customer_payment_confirmation", "pause_debit_workflow"),
            "order_acceptance": operator.acceptance,
            "pay_on_due_date": False,
            "pay_on_shipment": operator.workflow == "PAY_ON_SHIPMENT",
            "sellers_edit_shipping_origin": False,
            "shipping_and_billing_details_before_acceptance": (
                operator.details_before_acceptance
            ),
        },
        "payment_confirmation": False,
        "pricing": {
            "channel_pricing": "DISABLED",
            **_off("discount_period_required", "scheduled_pricing"),
            "discount_price_creation_in_the_past_blocked": False,
            **_off("volume_discount", "volume_pricing"),
        },
        "product_data_validation_by_channel": False,
        "promotion": _off(
            "cart_promotion_campaign", "discount_campaign", "seller_promotion"
        ),
        "returns": _off("drop_ship", "marketplace", "one_creditor"),
        "shipment": {
            "multi_part_item_shipment": False,
            "multi_shipment": operator.multi_shipment,
        },
        "shop_tax_options": {
            "local_tax_number": {"mandatory": False, "validation_regex": None},
            "tax_identification_number": {"mandatory": False, "validation_regex": None},
        },
        "tax_collection": {
            "activated": "YES" if operator.ioss_number else "NO",
            "product_tax_code_mandatory": False,
            "tax_collection_by_operator": bool(operator.ioss_number),
        },
        "tax_id_number": {"mandatory": False, "validation_regex": None},
        "warehouses": {"geolocation": False, "restricted_countries": []},
    }


def _off(*names: str) -> Json:
    return dict.fromkeys(names, False)
