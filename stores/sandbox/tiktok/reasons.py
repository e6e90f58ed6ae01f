"""Reasons for cancelling and rejecting: their keys and what they mean.

Keys: sheet section 3 (UK). The texts are ours.
"""

from __future__ import annotations

_ASKED = "ecom_order_to_ship_canceled_reason_{}_uk"
_POPUP = "order_manage_list_action_respond_popup_reject_reason_{}_uk"

OUT_OF_STOCK = "seller_cancel_reason_out_of_stock_uk"
UNDELIVERABLE = "seller_cancel_paid_reason_address_not_deliver_uk"
SELLER = {
    OUT_OF_STOCK: "Out of stock",
    "seller_cancel_reason_wrong_price_uk": "Pricing error",
    UNDELIVERABLE: "Unable to deliver to buyer address",
}
PACKED = "seller_reject_apply_product_has_been_packed"
DELIVERED = _POPUP.format("delivered")
REJECT = {
    PACKED: "The product has been packed",
    _POPUP.format("invalid_cancellation_reason"): "Invalid reason for cancellation",
    _POPUP.format("buyer_agree"): "Reached an agreement with the buyer",
    DELIVERED: "The product has been delivered",
}
NO_LONGER_NEEDED = _ASKED.format("no_longer_needed")
BUYER = {
    NO_LONGER_NEEDED: "No longer needed",
    _ASKED.format("change_payment_method"): "Need to change payment method",
    _ASKED.format("discount_not_expected"): "Discount not as expected",
    _ASKED.format("created_by_mistakes"): "Ordered by mistake",
    _ASKED.format("high_delivery_costs"): "Delivery costs too high",
    _ASKED.format("better_price"): "Better price available",
    _ASKED.format("wrong_delivery_info"): "Need to change delivery information",
}
UNPAID_TIME_OUT = "system_cancel_unpaid_time_out_uk"
SHIPPING_TIMEOUT = "system_cancel_order_reason_shipping_timeout_uk"
UNTRACKED = "system_cancel_order_untracked_uk"
SYSTEM = {
    UNPAID_TIME_OUT: "The order was not paid in time",
    "system_cancel_anti_span_block_uk": "Blocked by risk control",
    SHIPPING_TIMEOUT: "The order was not shipped in time",
    UNTRACKED: "The carrier has no trace of the package",
    "threepl_breach_uk": "The carrier is at fault",
    "package_lost_uk": "The package was lost",
}
TEXTS = {**SELLER, **REJECT, **BUYER, **SYSTEM}
