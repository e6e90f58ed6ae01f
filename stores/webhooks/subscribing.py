"""Our subscriptions at peers: made, mended, ended; those of others left alone.

Marketplaces that take our address by a call are told it, again and again; the rest is
their connector's. ShipStation has a list: ours are those whose address begins with ours for the account, and those that we made
(their ids are kept) and that still carry our name: an address that moved leaves them
behind.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Q

from shipsync_site.lib import clock
from stores import connect
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.errors import RejectedError, RemoteError
from stores.models import (
    Account,
    AccountState,
    RemoteAccount,
    ShipStationAccount,
    WebhookEndpoint,
)
from stores.shipstation import webhooks
from stores.shipstation.client import ShipStationClient
from stores.shipstation.webhooks import Subscription
from stores.webhooks import endpoints

logger = logging.getLogger(__name__)

NAME = "shipsync"
# ITEM_ORDER_NOTIFY and ITEM_SHIP_NOTIFY would say the same things again.
EVENTS = (
    "ORDER_NOTIFY",
    "SHIP_NOTIFY",
    "FULFILLMENT_SHIPPED",
    "FULFILLMENT_REJECTED",
)
# The newer two: accounts without them refuse the event, and do without.
OPTIONAL = frozenset({"FULFILLMENT_SHIPPED", "FULFILLMENT_REJECTED"})
# Real time: how long one process may take before another tries.
LEASE = timedelta(seconds=120)
# Real seconds of one run: a task that takes 120 s is killed.
SPAN = 60.0
# A list costs a call of the key's quota: often enough to find what vanished.
EVERY = timedelta(hours=6)


def ensure_all() -> int:
    """Bring every account's subscriptions in order whose turn it is; changes made.

    Ends after SPAN: what is left has its turn the next time.
    """
    changed, began = 0, time.monotonic()
    for account in _subscribers():
        endpoint = WebhookEndpoint.objects.filter(account=account.key).first()
        if endpoint is None or not _turn(endpoint):
            continue
        if time.monotonic() - began > SPAN:
            break
        try:
            changed += ensure(account) or 0
        except (RemoteError, endpoints.NoPublicAddressError):
            logger.warning("webhooks of %s could not be ensured", account.key)
    return changed


def subscribes(account: Account) -> bool:
    """Whether we tell this account's peer our address by a call."""
    if isinstance(account, ShipStationAccount):
        return True
    return (
        isinstance(account, RemoteAccount)
        and account.marketplace in CONNECTORS
        and Capability.SUBSCRIBE in CONNECTORS.get(account.marketplace).capabilities
    )


def _subscribers() -> list[Account]:
    active: list[Account] = []
    for model in (ShipStationAccount, RemoteAccount):
        rows = model._default_manager.filter(state=AccountState.ACTIVE)
        active += [account for account in rows.order_by("pk") if subscribes(account)]
    return active


def _turn(endpoint: WebhookEndpoint) -> bool:
    at = endpoint.ensured_at
    if at is None:
        return True
    return endpoint.enabled and at < clock.now() - EVERY


def ensure(account: Account, *, urgent: bool = False) -> int | None:
    """Make the peer know what we want; how many of its rows were changed.

    Switched off, ours at ShipStation are ended. What went wrong is kept on the endpoint and raised:
    RemoteError, NoPublicAddressError. None when another process is at it.
    """
    mine = WebhookEndpoint.objects.filter(pk=endpoints.endpoint_of(account).pk)
    until = clock.real_now() + LEASE
    free = Q(lease_until=None) | Q(lease_until__lt=clock.real_now())
    if not mine.filter(free).update(lease_until=until):
        return None
    endpoint = mine.get()
    problem = ""
    present: list[dict[str, Any]] = []
    try:
        if isinstance(account, RemoteAccount):
            changed = _tell(account, endpoint)
        elif isinstance(account, ShipStationAccount):
            changed, present, problem = _ensure(account, endpoint, urgent)
        else:
            raise TypeError(f"{type(account).__name__} is told nothing")
    except RemoteError as error:
        problem = error.message
        raise
    except endpoints.NoPublicAddressError as error:
        problem = str(error)
        raise
    else:
        # A new address or a switch meanwhile: then it has to be done again.
        as_seen = mine.filter(token_hash=endpoint.token_hash, enabled=endpoint.enabled)
        as_seen.update(ensured_at=clock.now())
        mine.update(subscriptions=present)
        return changed
    finally:
        mine.filter(lease_until=until).update(lease_until=None, problem=problem[:300])


def _tell(account: RemoteAccount, endpoint: WebhookEndpoint) -> int:
    """Have a marketplace send its notices to us; nothing where we take none."""
    if not endpoint.enabled:
        return 0
    connect.connector_for(account).subscribe(endpoints.address_of(endpoint))
    return 1


def _ensure(
    account: ShipStationAccount, endpoint: WebhookEndpoint, urgent: bool
) -> tuple[int, list[dict[str, Any]], str]:
    address = endpoints.address_of(endpoint)
    prefix = endpoints.prefix_of(account.key)
    client = connect.shipstation_for(account)
    made = {row.get("id") for row in endpoint.subscriptions or []}
    ours = [
        row
        for row in webhooks.list_all(client, urgent=urgent)
        if row.url.startswith(prefix) or (row.id in made and row.name == NAME)
    ]
    keep = _good(ours, address) if endpoint.enabled else {}
    changed = 0
    for row in ours:
        if keep.get(row.event) is not row:
            webhooks.delete(client, row.id, urgent=urgent)
            changed += 1
    if not endpoint.enabled:
        return changed, [], ""
    made_now, problem = _subscribe(client, address, set(keep), urgent)
    present = [
        {"id": number, "event": event}
        for event, number in sorted(
            {event: row.id for event, row in keep.items()}.items()
        )
    ]
    return changed + len(made_now), present + made_now, problem


def _good(rows: Sequence[Subscription], address: str) -> dict[str, Subscription]:
    """By event the one of ours that is as it should be."""
    good: dict[str, Subscription] = {}
    for row in rows:
        if row.url == address and row.active and row.event in EVENTS:
            good.setdefault(row.event, row)
    return good


def _subscribe(
    client: ShipStationClient, address: str, present: set[str], urgent: bool
) -> tuple[list[dict[str, Any]], str]:
    """Subscribe to what is missing; what was made, and which events were refused."""
    made: list[dict[str, Any]] = []
    refused: list[str] = []
    for event in EVENTS:
        if event in present:
            continue
        try:
            number = webhooks.subscribe(
                client, event=event, url=address, name=NAME, urgent=urgent
            )
        except RejectedError as error:
            if event not in OPTIONAL:
                raise
            logger.info("event %s is refused: %s", event, error.message)
            refused.append(event)
        else:
            made.append({"id": number, "event": event})
    problem = ""
    if refused:
        problem = f"ShipStation does not know {', '.join(refused)} on this account."
    return made, problem
