"""What a preview hides of a buyer; no database."""

from __future__ import annotations

from orders.masking import DOTS
from orders.payload_types import Source
from orders.preview import ATTRIBUTE_RULE, flat, hidden


def test_a_buyers_words_are_hidden_wherever_a_rule_puts_them() -> None:
    body = {
        "orderNumber": "205-1",
        "shipTo": {"name": "Ada Byron", "country": "GB", "residential": True},
        "giftMessage": "For Ada",
        "items": [
            {"sku": "MUG", "options": [{"name": "Engraving", "value": "Ada"}]},
            {"sku": "CUP", "options": []},
        ],
        "advancedOptions": {
            "customField1": "IOSS IM1234567890",
            "customField2": "For Ada",
            "warehouseId": 7,
        },
    }
    sources = {
        "advancedOptions.customField1": Source(
            system="rule", text="EU", rule="Tax rule"
        ),
        "advancedOptions.customField2": Source(
            system="rule", text="Gift", rule=ATTRIBUTE_RULE
        ),
    }
    shown = hidden(body, sources)

    assert "Ada" not in str(shown)
    assert dict(flat(shown)) == {
        "orderNumber": "205-1",
        "shipTo.name": DOTS,
        "shipTo.country": "GB",
        "shipTo.residential": "True",
        "giftMessage": DOTS,
        "items[0].sku": "MUG",
        "items[0].options[0].name": "Engraving",
        "items[0].options[0].value": DOTS,
        "items[1].sku": "CUP",
        "advancedOptions.customField1": "IOSS IM1234567890",
        "advancedOptions.customField2": DOTS,
        "advancedOptions.warehouseId": "7",
    }
    assert body["giftMessage"] == "For Ada"
