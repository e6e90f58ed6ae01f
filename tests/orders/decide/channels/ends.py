"""How a request ends by a person's word: all that is done, then where it comes to rest.

A row reads 'calls in their order | stage | cases'. ``NEEDS`` is what the marketplace
must be able to hear; where it is not, the word changes nothing and the request stands.
"""

from __future__ import annotations

NEEDS = {
    "cancel": "",
    "cancel_market": "accept_cancellation",
    "reject_request": "reject_cancellation",
}

ENDS: dict[str, dict[str, str]] = {
    "cancel": {
        "before push": "| cancelled | answer_cancellation",
        "before push, not to be shipped yet": "| cancelled | answer_cancellation",
        "before push, to be accepted": "| cancelled | answer_cancellation",
        "pushed": "hold 501, cancel 501 | cancelled | answer_cancellation",
        "held, by us": "cancel 501 | cancelled | answer_cancellation",
        "held, by somebody else": "cancel 501 | cancelled | answer_cancellation",
        "labelled": "| dispatched | cancelled_after_label",
        "combined, open": "hold 601 | held | cancelled_in_combined",
        "combined, held": "| held | cancelled_in_combined",
        "combined, labelled": "| dispatched | cancelled_after_label, combined_parcel",
        "split, open": "hold 501, hold 502, cancel 501, cancel 502 "
        "| cancelled | answer_cancellation",
        "split, held": "cancel 501, cancel 502 | cancelled | answer_cancellation",
        "split, one part told": "hold 502, cancel 502 "
        "| dispatched | cancelled_after_label",
        "confirmed, taken": "read | done | cancelled_after_label",
        "confirmed, read back": "| done | cancelled_after_label",
    },
    "cancel_market": {
        "before push": "answer yes, read | cancelled closed |",
        "before push, not to be shipped yet": "answer yes, read | cancelled closed |",
        "before push, to be accepted": "answer yes, read | cancelled closed |",
        "pushed": "hold 501, cancel 501, answer yes, read | cancelled closed |",
        "held, by us": "cancel 501, answer yes, read | cancelled closed |",
        "held, by somebody else": "cancel 501, answer yes, read | cancelled closed |",
        "labelled": "| dispatched | cancelled_after_label",
        "combined, open": "hold 601 | held | cancelled_in_combined",
        "combined, held": "| held | cancelled_in_combined",
        "combined, labelled": "| dispatched | cancelled_after_label, combined_parcel",
        "split, open": "hold 501, hold 502, cancel 501, cancel 502, answer yes, read "
        "| cancelled closed |",
        "split, held": "cancel 501, cancel 502, answer yes, read | cancelled closed |",
        "split, one part told": "hold 502, cancel 502 "
        "| dispatched | cancelled_after_label",
        "confirmed, taken": "read | done | cancelled_after_label",
        "confirmed, read back": "| done | cancelled_after_label",
    },
    "reject_request": {
        "before push": "answer no, read, push new | in_shipstation |",
        "before push, not to be shipped yet": "answer no, read | waiting |",
        "pushed": "answer no, hold 501, read, restore 501 | in_shipstation |",
        "held, by us": "answer no, read, restore 501 | in_shipstation |",
        "held, by somebody else": "answer no, read | held |",
        "labelled": "answer no, read, confirm 1, read | done closed |",
        "combined, open": "answer no, hold 601, read, restore 601 | in_shipstation |",
        "combined, held": "answer no, read, restore 601 | in_shipstation |",
        "combined, labelled": "answer no, read | dispatched | combined_parcel",
        "split, open": "answer no, hold 501, hold 502, read, restore 501, restore 502 "
        "| in_shipstation |",
        "split, held": "answer no, read, restore 501, restore 502 | in_shipstation |",
        "split, one part told": "answer no, hold 502, read, restore 502 "
        "| in_shipstation |",
        "confirmed, taken": "answer no, read | done closed |",
        "confirmed, read back": "answer no, read | done closed |",
    },
}

# Nobody says a word until ship-by less the margin; a label without lines of others.
LAST_MOMENT = {
    "amazon": "confirm 1, read | done | cancelled_after_label",
    "ebay": "confirm 1, read | done closed |",
    "tiktok": "confirm 1, read | dispatched | cancelled_after_label",
    "mirakl": "confirm 1, read | done | cancelled_after_label",
}
# The parcel was stopped, and the person says so on the label's own case.
STOPPED = "answer yes, read | dispatched | goods_to_stock, label_to_void"
