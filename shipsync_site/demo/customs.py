"""What people keep for parcels over a border: rates of exchange, carriers of lists.

Matched to the sandbox's own: its rates are round, its list is invented.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from stores.models import EligibleCarrier, ExchangeRate

SINCE = date(2020, 1, 1)
# Units for one euro.
RATES = {
    "GBP": Decimal("0.87"),
    "USD": Decimal("1.11"),
    "SEK": Decimal("11.11"),
    "PLN": Decimal("4.35"),
}
# The marketplace's own codes of carriers that it takes into the EU.
INTO_EU = {"amazon": ("DPD", "Royal Mail")}


def seed() -> None:
    """Enter the rates and lists; a second call changes nothing."""
    for currency, per_euro in RATES.items():
        ExchangeRate.objects.get_or_create(
            currency=currency, valid_from=SINCE, defaults={"per_euro": per_euro}
        )
    for marketplace, carriers in INTO_EU.items():
        for code in carriers:
            EligibleCarrier.objects.get_or_create(
                marketplace=marketplace, destination="EU", carrier_code=code, service=""
            )
