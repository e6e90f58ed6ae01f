"""What django-q calls here, by dotted name; each a few lines over a service."""

from __future__ import annotations

from stores.webhooks import receive, subscribing


def webhooks() -> int:
    """Keep our subscriptions at the peers, drop old receipts; how many changed."""
    return subscribing.ensure_all() + receive.purge()
