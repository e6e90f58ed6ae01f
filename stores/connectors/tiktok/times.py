"""How long this marketplace usually takes with money; reasoned from how it pays."""

from __future__ import annotations

from datetime import timedelta

from stores.remote_money import UsualTimes

USUAL_TIMES = UsualTimes(
    settles=timedelta(days=28),
    source="An order settles 7 to 14 days after delivery without an open return (UK, "
    "not proven); with two weeks to be delivered.",
)
