"""How long to wait after a failure; pure."""

from __future__ import annotations

import random
from datetime import timedelta

FIRST = timedelta(seconds=10)
LONGEST = timedelta(minutes=30)
NEAR_DEADLINE = timedelta(minutes=3)
# After this many failures in a row a job is parked for a person.
PARK_AFTER = 12
# A job leased this often without any result kills its worker: parked as well.
LEASES_WITHOUT_RESULT = 5


def delay(
    failures: int, *, to_deadline: timedelta | None = None, spread: float | None = None
) -> timedelta:
    """The wait before the next try after ``failures`` (≥ 1) in a row, business time.

    Doubles from ten seconds to half an hour, never more than three minutes while the
    ship-by is within two hours. ``spread`` in 0..1 is the jitter (random by default).
    """
    seconds = FIRST.total_seconds() * 2.0 ** min(max(failures, 1) - 1, 12)
    longest = LONGEST
    if to_deadline is not None and to_deadline < timedelta(hours=2):
        longest = NEAR_DEADLINE
    seconds = min(seconds, longest.total_seconds())
    jitter = random.random() if spread is None else spread  # noqa: S311
    return timedelta(seconds=seconds * (0.75 + 0.5 * jitter))
