"""What was received, for those who decide where to look."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from stores.models import ReceiptOutcome, WebhookReceipt


def told_since(account_key: str, topics: Collection[str], since: datetime) -> bool:
    """Whether the account's peer told of one of these after ``since``, business time.

    Repeats of what was told before don't count.
    """
    return WebhookReceipt.objects.filter(
        source=account_key,
        outcome=ReceiptOutcome.NUDGED,
        topic__in=topics,
        last_at__gt=since,
        received_at__gt=since,
    ).exists()
