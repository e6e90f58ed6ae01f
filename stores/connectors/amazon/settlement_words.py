"""Amazon's words in settlement reports, in ours; what is not listed stays OTHER.

transaction-type, amount-type and amount-description of
GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2 are an open vocabulary. Names are compared
without case, blanks, hyphens and underscores.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from stores.remote_money import LineKind

_FOLDED = re.compile(r"[\s_-]+")
_GIVES_BACK = frozenset(
    {"refund", "chargebackrefund", "atozguaranteerefund", "refundretrocharge"}
)
# What the buyer pays: (sold, given back).
_PRICE = {
    "principal": (LineKind.SALE, LineKind.REFUND),
    "giftwrap": (LineKind.SALE, LineKind.REFUND),
    "tax": (LineKind.SALE_TAX, LineKind.REFUND_TAX),
    "giftwraptax": (LineKind.SALE_TAX, LineKind.REFUND_TAX),
    "shipping": (LineKind.SHIPPING, LineKind.REFUND_SHIPPING),
    "shippingtax": (LineKind.SHIPPING_TAX, LineKind.REFUND_TAX),
    "goodwill": (LineKind.REFUND, LineKind.REFUND),
    "restockingfee": (LineKind.REFUND, LineKind.REFUND),
    "returnshipping": (LineKind.REFUND_SHIPPING, LineKind.REFUND_SHIPPING),
}
_BY_DESCRIPTION = {
    "currentreserveamount": LineKind.RESERVE,
    "previousreserveamountbalance": LineKind.RESERVE,
    "subscriptionfee": LineKind.SUBSCRIPTION,
    "storagefee": LineKind.FEE,
    "storagerenewalbilling": LineKind.FEE,
    "removalcomplete": LineKind.FEE,
    "disposalcomplete": LineKind.FEE,
    "successfulcharge": LineKind.TRANSFER,
    "payabletoamazon": LineKind.TRANSFER,
    "transferoffundsunsuccessful": LineKind.TRANSFER,
    "balanceadjustment": LineKind.ADJUSTMENT,
    "manualprocessingadjustment": LineKind.ADJUSTMENT,
    "reversalreimbursement": LineKind.ADJUSTMENT,
    "compensatedclawback": LineKind.ADJUSTMENT,
    "warehousedamage": LineKind.ADJUSTMENT,
    "warehouselost": LineKind.ADJUSTMENT,
    "missingfrominbound": LineKind.ADJUSTMENT,
    "freereplacementrefunditems": LineKind.ADJUSTMENT,
    "safetreimbursement": LineKind.DISPUTE,
}
_BY_TYPE = {
    "costofadvertising": LineKind.ADVERTISING,
    "itemwithheldtax": LineKind.WITHHELD_TAX,
    "fbainventoryreimbursement": LineKind.ADJUSTMENT,
}
_LABEL = re.compile(r"shippinglabel|postagebilling|shippingservices|buyshipping")
_FEE_TAX = re.compile(r"(tax|vat|[cisu]gst|gst)$")
_WITHHELD = re.compile(r"^(marketplacefacilitator|lowvaluegoods|tcs|tds)")
# What is about goods in Amazon's own warehouses, whatever order it names.
_FBA = re.compile(r"^(fba|removal|disposal|storage|liquidation)")
_PENALTY = re.compile(r"penalty|policyviolation|noncompliance")


def kind_of(
    transaction: str, amount_type: str, description: str, amount: Decimal
) -> LineKind:
    """Our word for a row."""
    return _kind(_fold(transaction), _fold(amount_type), _fold(description), amount > 0)


def is_fba(fulfilment: str, amount_type: str, description: str) -> bool:
    """Whether a row is about what Amazon keeps and ships."""
    words = (_fold(amount_type), _fold(description))
    return fulfilment.upper() == "AFN" or any(map(_FBA.match, words))


def _fold(text: str) -> str:
    return _FOLDED.sub("", text).casefold()


@lru_cache(maxsize=2048)
def _kind(transaction: str, kind: str, description: str, gains: bool) -> LineKind:
    back = transaction in _GIVES_BACK
    if kind == "itemprice" and _WITHHELD.match(description):
        return LineKind.WITHHELD_TAX
    if kind == "itemprice":
        found = _PRICE.get(description, (LineKind.OTHER, LineKind.OTHER))
        return found[back]
    if kind == "promotion":
        return LineKind.REFUND_DISCOUNT if back else LineKind.DISCOUNT
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    if _LABEL.search(description) or _LABEL.search(kind):
        return LineKind.LABEL_CREDIT if gains else LineKind.LABEL
    if kind in ("itemfees", "itemfeestax"):
        return _fee(kind + description, back and gains)
    if description in _BY_DESCRIPTION:
        return _BY_DESCRIPTION[description]
    if _PENALTY.search(description) or _PENALTY.search(kind):
        return LineKind.PENALTY
    if transaction == "transfer":
        return LineKind.TRANSFER
    if transaction == "servicefee":
        return _fee(kind + description, False)
    return LineKind.OTHER


def _fee(words: str, given_back: bool) -> LineKind:
    if given_back:
        return LineKind.REFUND_FEE
    return LineKind.FEE_TAX if _FEE_TAX.search(words) else LineKind.FEE
