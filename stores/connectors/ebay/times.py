"""How long this marketplace usually takes with money; reasoned from how it pays."""

from __future__ import annotations

from datetime import timedelta

from stores.remote_money import UsualTimes

USUAL_TIMES = UsualTimes(
    settles=timedelta(days=14),
    source="Money is booked when the buyer pays and goes out with a daily or weekly "
    "payout. Two weekly payouts.",
)
