"""A marketplace's order with its buyer masked, its shape and everything else kept.

What is a buyer's is told by the names of keys, as Amazon, eBay, Mirakl and TikTok Shop
spell them (payloads in tests/payloads), in doubt masked: whatever lies below an address
or a buyer, but codes of countries and kinds; names, mails, telephone numbers, streets
and what a buyer wrote, wherever they lie. Empty stays empty, so that a rule which asks
whether something is there finds the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from orders.masking import DOTS, masked

# Objects that are about a person.
_PERSON = re.compile(
    r"buyer|customer|recipient|address|ship_?to|bill_?to|contact|deliverypreference"
    r"|organi[sz]ation|consignee|receiver|giver|taxidentifier",
    re.IGNORECASE,
)
# A person's, wherever it stands.
_PERSONAL = re.compile(
    r"e_?mail|phone|message|notes?$|comment|instruction|user_?(id|name)$|full_?name"
    r"|first_?name|last_?name|surname|legal_?name|street|address_?line|zip_?code"
    r"|postal_?code|^post_?code|postcode|customi[sz]|^cpf$|recipient|buyer_?(id|name)"
    r"|door|birth",
    re.IGNORECASE,
)
# In an address, and yet nobody's own.
_PLAIN = re.compile(
    r"country|region_?code|iso_?code|currency|locale|_?level(_name)?$|(type|status)$"
    r"|residential|preference$",
    re.IGNORECASE,
)
_KINDS = (
    (re.compile(r"e_?mail", re.IGNORECASE), "email"),
    (re.compile(r"phone", re.IGNORECASE), "phone"),
    (re.compile(r"zip|postal|postcode|post_code", re.IGNORECASE), "postcode"),
    (re.compile(r"name$", re.IGNORECASE), "name"),
)
_BUYER = "BUYER"
# The value of a field that an operator named: {"code": "door-code", "value": …}.
_NAMING = ("code", "name", "key")


def masked_body(body: Any) -> Any:
    """A copy of an order as it may be shown without asking."""
    return _masked(body, "", about_person=False)


def _masked(value: Any, key: str, *, about_person: bool) -> Any:
    if isinstance(value, Mapping):
        # Amazon's taxRegistrations say whose they are.
        about = about_person or value.get("entityType") == _BUYER
        if not about and "value" in value:
            about = any(_personal(str(value.get(x) or "")) for x in _NAMING)
        return {
            name: _masked(
                child,
                str(name),
                about_person=about
                or (isinstance(child, Mapping | list) and _is_person(str(name))),
            )
            for name, child in value.items()
        }
    if isinstance(value, list):
        return [_masked(child, key, about_person=about_person) for child in value]
    if value is None or isinstance(value, bool) or value == "":
        return value
    if _is_plain(key):
        return value
    if about_person or _is_personal(key):
        return _dots(key, value)
    return value


def _personal(name: str) -> bool:
    """Whether a field of this name is about a person."""
    spelt = name.replace("-", "_")
    return _is_person(spelt) or _is_personal(spelt)


# The same few keys come again with every order.
@lru_cache(maxsize=2048)
def _is_person(name: str) -> bool:
    return bool(_PERSON.search(name))


@lru_cache(maxsize=2048)
def _is_personal(name: str) -> bool:
    return bool(_PERSONAL.search(name))


@lru_cache(maxsize=2048)
def _is_plain(name: str) -> bool:
    return bool(_PLAIN.search(name))


def _dots(key: str, value: Any) -> str:
    if not isinstance(value, str):
        return DOTS
    if not value.strip():
        return value
    kind = next((name for test, name in _KINDS if test.search(key)), "line1")
    return masked(kind, value)
