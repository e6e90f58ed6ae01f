"""TikTok's numbers for 'no', in a person's words: closed tables, by number.

Sources: the error lists of the partner reference for the operations used, the guides
'Cancel an order' and 'Ship by seller', and what integrators report of the token
endpoint. Fields are the names that cases know: carrierCode, trackingNumber, reason.
"""

from __future__ import annotations

from dataclasses import dataclass

ALREADY_FULFILLED = "already_fulfilled"
CANCEL_OPEN = "cancel_request_open"
ON_HOLD = "on_hold"
NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class Row:
    """One known refusal: our code, the field at fault, and a sentence for people."""

    code: str
    field: str
    sentence: str


_SHIPPED = Row(
    ALREADY_FULFILLED,
    "trackingNumber",
    "TikTok has these items as shipped already, and not with this number. Compare the "
    "parcels of the order in Seller Center",
)
_CANCELLED = Row("order_cancelled", "", "The order is cancelled at TikTok")
_NO_MATCH = Row(
    "bad_tracking_or_carrier",
    "trackingNumber",
    "TikTok says that the number is not one of this shipping provider's. Check the "
    "number, or choose the provider that carries it in the carrier mapping",
)
_PLATFORM = Row(
    "fulfilled_by_tiktok",
    "",
    "TikTok ships this order itself, so nobody else can confirm it",
)
_CORRECTED = Row(
    "correction_spent",
    "trackingNumber",
    "TikTok lets a number be corrected once only, within 72 hours. Tell the buyer the "
    "right number, or ask TikTok's seller support to change it",
)
_NOT_OURS = Row("not_this_shop", "orderId", "The order belongs to another shop")
_BAD_INPUT = Row(
    "bad_input",
    "",
    "TikTok could not use what it was told. Compare the order in Seller Center",
)
BAD_ID = Row(
    "bad_id", "", "TikTok does not know the order, parcel or option it was asked about"
)
_STATE = Row(
    "wrong_state",
    "",
    "TikTok does not allow this in the order's present state. Look at it in Seller "
    "Center; it is read again",
)
_REASON = Row(
    "bad_reason",
    "reason",
    "TikTok does not take this reason for this order as it is now. Choose another one",
)
_DECIDED = Row(
    "already_decided", "", "The request to cancel was decided already, or withdrawn"
)

SHIP = {
    11005004: Row("no_warehouse", "", "TikTok knows no warehouse for this order"),
    11021009: Row(
        "no_service",
        "carrierCode",
        "TikTok has no shipping service for this parcel and address",
    ),
    11028006: _NO_MATCH,
    11050001: _BAD_INPUT,
    21001001: _BAD_INPUT,
    21004012: Row(
        "bad_tracking",
        "trackingNumber",
        "TikTok takes 4 to 50 letters, digits and - _ . / as a tracking number",
    ),
    21004015: _NO_MATCH,
    21004016: _NO_MATCH,
    21004019: Row("invoice_missing", "", "TikTok wants an invoice uploaded first"),
    21004020: Row("invoice_missing", "", "TikTok has not accepted the invoice yet"),
    21008025: _PLATFORM,
    21008042: Row("label_bought", "", "A label of TikTok's was printed for it already"),
    21008044: Row(
        CANCEL_OPEN,
        "",
        "A cancellation or refund is open for these items: decide about it first",
    ),
    21008099: _SHIPPED,
    21008106: Row(
        "wrong_region",
        "",
        "Shops of this region tell of parcels by another call, which shipsync does not "
        "use",
    ),
    21011003: _STATE,
    21011004: _PLATFORM,
    21011006: _SHIPPED,
    21011007: Row(
        CANCEL_OPEN,
        "",
        "The buyer asks to cancel: TikTok takes no parcel until the request is accepted "
        "or rejected",
    ),
    21011012: _STATE,
    21011013: Row(
        "logistics_rule",
        "carrierCode",
        "TikTok's logistics rules refuse this parcel: look at the order in Seller Center",
    ),
    21011020: _SHIPPED,
    21011022: Row(
        "bad_tracking_or_carrier",
        "carrierCode",
        "TikTok refuses the number or the shipping provider: the provider must be one of "
        "the order's delivery option",
    ),
    21011025: Row(
        "tracking_used_elsewhere",
        "trackingNumber",
        "TikTok has this number already. One number on several orders needs the same "
        "recipient name and address on all of them",
    ),
    21011026: Row(
        "tracking_used_too_often",
        "trackingNumber",
        "TikTok takes one number for at most 20 orders",
    ),
    21011029: Row("line_unknown", "lines", "An item is none of this order's"),
    21011030: Row("delivered", "trackingNumber", "TikTok has the parcel as delivered"),
    21011033: Row("combined", "", "The order was combined with others at TikTok"),
    21011036: Row(
        "split_not_allowed",
        "lines",
        "TikTok takes the units of one SKU in one parcel only for this order",
    ),
    21011044: Row(
        ON_HOLD,
        "",
        "The buyer can still cancel alone (TikTok's hour after payment): it can be "
        "confirmed after it",
    ),
    21011046: Row(
        "combined", "", "The order was combined at TikTok, so it can't be split"
    ),
    21011048: Row(
        "lines_needed",
        "lines",
        "The order was split at TikTok: its items must be told parcel by parcel",
    ),
    21011028: _NOT_OURS,
    21011050: _CORRECTED,
    21011051: _CORRECTED,
    21021010: Row(
        "undeliverable",
        "",
        "TikTok says that this address can't be delivered to: cancel the order with that "
        "reason, which costs no points",
    ),
    21022025: Row("label_bought", "", "A label of TikTok's was bought for it already"),
    21022028: Row("split_failed", "lines", "TikTok could not split the order"),
    21032001: _STATE,
    21034012: Row(
        "tracking_used_elsewhere",
        "trackingNumber",
        "TikTok has this number on an order with another recipient",
    ),
    21042056: _SHIPPED,
    21042057: _STATE,
}
CORRECT = {
    10007002: _STATE,
    11028006: _NO_MATCH,
    21004012: SHIP[21004012],
    21004015: _NO_MATCH,
    21004016: _NO_MATCH,
    21011004: _PLATFORM,
    21011007: SHIP[21011007],
    21011022: SHIP[21011022],
    21011025: SHIP[21011025],
    21011026: SHIP[21011026],
    21011028: _NOT_OURS,
    21011030: SHIP[21011030],
    21011041: _CANCELLED,
    21011042: _CANCELLED,
    21011043: Row("not_shipped", "", "TikTok has not seen a parcel of this order yet"),
    21011049: _CORRECTED,
    21011050: _CORRECTED,
    21011051: _CORRECTED,
    21011052: _CORRECTED,
    21034012: SHIP[21034012],
    25001010: _CANCELLED,
}
ANSWER = {
    11050001: _BAD_INPUT,
    25001001: _BAD_INPUT,
    25001003: _STATE,
    25001010: _DECIDED,
    25001011: Row(
        "in_progress", "", "A cancellation of this order is under way or done already"
    ),
    25001014: _REASON,
    25001015: _REASON,
    25001016: _REASON,
    25001020: _REASON,
    25001021: _REASON,
    25001045: Row(
        "already_shipped",
        "",
        "TikTok has the order as shipped, so it can't be cancelled any more: the buyer "
        "may return it",
    ),
    25001046: Row("risk_control", "", "TikTok's risk control stopped the cancellation"),
    25001051: Row("already_decided", "", "The order is completed or cancelled already"),
    25001057: _REASON,
    25005010: Row(
        "lines_not_allowed",
        "lines",
        "TikTok does not let single items of this order be cancelled: only out of stock "
        "is a reason for that",
    ),
    25005011: Row("too_many_units", "lines", "More units than the order still has"),
    25007006: Row("order_unknown", "orderId", "TikTok does not know the order"),
    25011011: _DECIDED,
    25011012: _DECIDED,
    25020003: _DECIDED,
    25020004: _DECIDED,
    25020005: _NOT_OURS,
    25020009: _DECIDED,
    25020010: _DECIDED,
}
READ = {
    21008111: Row(
        NOT_FOUND, "orderId", "TikTok does not show the order to this seller"
    ),
    25020005: _NOT_OURS,
    21008116: Row(
        "no_providers",
        "carrierCode",
        "The shop does not use this order's delivery option any more, so TikTok names no "
        "shipping providers for it",
    ),
    21008117: Row(
        "fulfilled_by_tiktok",
        "carrierCode",
        "TikTok ships this delivery option itself and names no shipping providers",
    ),
}
# Units that are shipped already: a success if the same number is read back.
MAY_BE_DONE = frozenset({ALREADY_FULFILLED, "tracking_used_elsewhere"})
