"""Whether webhooks should have come: what polls found while none did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F

from orders.models import FlowHour
from orders.watch.hours import HOUR, hour_of
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.models import RemoteAccount, ShipStationAccount, Store, WebhookEndpoint

# So many orders or labels that no message told of are no accident.
ENOUGH = 10
BACK = timedelta(days=7)


def unheard_since(
    endpoints: Iterable[WebhookEndpoint], now: datetime
) -> dict[str, datetime]:
    """By account, the hour from which on enough happened that no message told of.

    Whole hours after the last message only. An account that never sent a message tells
    nothing: what its peer was asked to send, its page shows.
    """
    last = {
        row.account: row.last_received_at
        for row in endpoints
        if row.last_received_at is not None
    }
    if not last:
        return {}
    first = max(min(last.values()), now - BACK)
    rows = (
        FlowHour.objects.filter(hour__gt=first, hour__lt=hour_of(now))
        .order_by("hour")
        .values_list("store", "hour", "imported", F("pushed") + F("labelled"))
    )
    telling = _telling()
    counts: dict[str, int] = defaultdict(int)
    since: dict[str, datetime] = {}
    for store, hour, imported, made in rows:
        market, warehouse = telling.get(store, ("", ""))
        for account, happened in ((market, imported), (warehouse, made)):
            heard = last.get(account)
            if heard is None or not happened or hour <= heard:
                continue
            since.setdefault(account, hour + HOUR)
            counts[account] += happened
    return {account: at for account, at in since.items() if counts[account] >= ENOUGH}


def _telling() -> dict[int, tuple[str, str]]:
    """By store, the accounts whose messages tell of its orders; '' for none."""
    found = {}
    for pk, market, code, warehouse in Store.objects.values_list(
        "pk", "remote_account", "remote_account__marketplace", "shipstation_account"
    ):
        known = CONNECTORS.get(code).capabilities if code in CONNECTORS else ()
        found[pk] = (
            f"{RemoteAccount.key_prefix}-{market}"
            # Who only takes an address typed in by hand tells of less than of orders.
            if Capability.SUBSCRIBE in known
            else "",
            f"{ShipStationAccount.key_prefix}-{warehouse}",
        )
    return found
