"""How long this marketplace usually takes with money; reasoned from how it pays."""

from __future__ import annotations

from datetime import timedelta

from stores.remote_money import UsualTimes

USUAL_TIMES = UsualTimes(
    settles=timedelta(days=28),
    source="Settlements run for two weeks and are paid two days later; an order that "
    "misses one is in the next. Two periods.",
)
