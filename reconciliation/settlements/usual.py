"""How long a marketplace usually takes with money, as its connector says."""

from __future__ import annotations

from stores.connectors import CONNECTORS
from stores.money_contract import MoneyContract
from stores.remote_money import UsualTimes


def usual_of(marketplace: str) -> UsualTimes:
    """The usual times of a connector by its code; of one that is gone, the longest."""
    if marketplace not in CONNECTORS:
        return MoneyContract.usual_times
    return CONNECTORS.get(marketplace).usual_times
