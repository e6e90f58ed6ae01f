"""How long this marketplace usually takes with money; reasoned from how it pays."""

from __future__ import annotations

from datetime import timedelta

from stores.remote_money import UsualTimes

USUAL_TIMES = UsualTimes(
    settles=timedelta(days=45),
    source="Operators pay one to three times a month, once the order is received or "
    "its refund window is over. One month and a half.",
)
