"""What changes behind our back in a ShipStation account: stores, tags, carriers.

No hook tells of any of it. The account is looked at every SHIPSYNC_DRIFT_INTERVAL
seconds of business time (300): four calls, of which the last is one carrier's services
in turn. That is 0.8 of the 40 calls a minute, and a change is known within the time that
an order needs to be imported anyway. What was there at the first look is no news.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from orders.drift_carriers import (
    close_mended,
    new_carriers,
    new_services,
    next_carrier,
)
from orders.models import CaseState, OrderException
from orders.store_cases import close_store_case, open_store_case
from stores.connect import shipstation_for
from stores.errors import RemoteError, ThrottledError, UnauthorisedError
from stores.models import (
    Cursor,
    ShipStationAccount,
    Store,
    StoreState,
)
from stores.shipstation.catalogue import list_services
from stores.shipstation.types import SsStore, Tag

logger = logging.getLogger(__name__)

STREAM = "drift"
# Looks that may fail in a row before somebody is told.
TELL_AFTER = 3
STORE_KINDS = ("drift_store_gone", "drift_store_inactive", "drift_store_moved")
Json = dict[str, Any]


def look_if_due(account: ShipStationAccount, now: datetime) -> Counter[str]:
    """Compare the account with what it was, when it is time; the looks made.

    A look that fails is made again the next time, and is a case after some: the orders
    are read on meanwhile. Raises only ThrottledError and UnauthorisedError.
    """
    cursor, new = Cursor.objects.get_or_create(account=account.key, stream=STREAM)
    if new or cursor.completed_at is None:
        cursor.completed_at = now
        cursor.save()
        return Counter()
    if (now - cursor.completed_at).total_seconds() < settings.SHIPSYNC_DRIFT_INTERVAL:
        return Counter()
    known = dict(cursor.params or {})
    scope = f"account:{account.key}"
    try:
        cursor.params = look(account, known, now)
        close_store_case(scope, "contract_broken", STREAM)
    except (ThrottledError, UnauthorisedError):
        raise
    except RemoteError as error:
        failures = int(known.get("failures") or 0) + 1
        cursor.params = known | {"failures": failures}
        logger.warning("account=%s drift: %s", account.key, error.message)
        if failures >= TELL_AFTER:
            open_store_case(
                scope,
                "contract_broken",
                STREAM,
                f"Stores, tags and carriers can't be compared: {error.message}",
                context={"failed": failures, "code": error.code},
            )
    cursor.completed_at = now
    cursor.save()
    return Counter({"drift": 1})


def look(account: ShipStationAccount, known: Json, now: datetime) -> Json:
    """One look: opens and closes cases; what is known from now on."""
    client = shipstation_for(account)
    stores, tags = client.list_stores(), client.list_tags()
    carriers = client.list_carriers()
    ours = list(
        account.stores.exclude(state=StoreState.DRAFT).select_related("remote_account")
    )
    off = _stores(ours, stores, known, now)
    _tag(account, tags)
    services: dict[str, dict[str, str]] = dict(known.get("services") or {})
    turn = next_carrier(carriers, str(known.get("turn") or ""))
    offered: dict[str, str] = {}
    if turn:
        offered = {s.code: s.name for s in list_services(client, turn)}
    new_carriers(account, ours, carriers, known)
    if turn:
        new_services(account, ours, turn, offered, services.get(turn))
        services[turn] = offered
    close_mended(account, ours, {carrier.code for carrier in carriers})
    account.known_stores = [
        {
            "id": store.store_id,
            "name": store.name,
            "active": store.active,
            "channel": store.marketplace,
            "refreshed_at": store.refreshed_at.isoformat()
            if store.refreshed_at
            else "",
        }
        for store in stores
    ]
    account.known_carriers = [{"code": c.code, "name": c.name} for c in carriers]
    account.save(update_fields=["known_stores", "known_carriers", "stop_tag_id"])
    return {
        "stores": {
            str(store.store_id): [store.name, store.marketplace] for store in stores
        }
        | {
            k: v for k, v in (known.get("stores") or {}).items() if int(k) in _ids(ours)
        },
        "off": off,
        "carriers": {carrier.code: carrier.name for carrier in carriers},
        "services": services,
        "turn": turn,
    }


def _ids(ours: Sequence[Store]) -> set[int]:
    return {store.shipstation_store_id for store in ours}


# --- stores ------------------------------------------------------------------------


def _stores(
    ours: Sequence[Store], seen: Sequence[SsStore], known: Json, now: datetime
) -> dict[str, str]:
    """Cases for our stores that ShipStation has no more; since when each is off.

    An account without any store is no answer to go by.
    """
    if not seen:
        return dict(known.get("off") or {})
    by_id = {row.store_id: row for row in seen}
    before: Json = known.get("off") or {}
    off: dict[str, str] = {}
    for store in ours:
        row = by_id.get(store.shipstation_store_id)
        if row is not None and row.active:
            _stand(store, None)
            continue
        since = str(before.get(str(store.pk)) or now.isoformat())
        off[str(store.pk)] = since
        heirs = _heirs(store, row, seen, _ids(ours), known)
        # Accepted once, it is told again only after it was mended in between.
        cause = f"{store.shipstation_store_id}:{since[:16]}"
        _stand(store, _store_case(store, row, heirs, cause))
    return off


def _heirs(
    store: Store,
    row: SsStore | None,
    seen: Sequence[SsStore],
    taken: set[int],
    known: Json,
) -> list[SsStore]:
    """Active stores that may be this one, connected again: same channel, used by none."""
    past = (known.get("stores") or {}).get(str(store.shipstation_store_id))
    name, channel = (row.name, row.marketplace) if row else (past or ("", ""))
    old = set(known.get("stores") or {})
    free = [s for s in seen if s.active and s.store_id not in taken]
    same = [s for s in free if channel and s.marketplace == channel]
    named = [s for s in free if name and s.name.casefold() == str(name).casefold()]
    return named or [s for s in same if str(s.store_id) not in old]


def _store_case(
    store: Store, row: SsStore | None, heirs: Sequence[SsStore], cause: str
) -> tuple[str, str, str, Json]:
    number = store.shipstation_store_id
    if heirs:
        listed = ", ".join(f"{heir.name} ({heir.store_id})" for heir in heirs)
        text = (
            f"{store.name} was connected again in ShipStation: {number} is now {listed}"
        )
        context = {"new_id": [heir.store_id for heir in heirs], "old_id": number}
        return "drift_store_moved", cause, text, context
    if row is not None:
        text = f"ShipStation's store {row.name} ({number}) of {store.name} is inactive"
        return "drift_store_inactive", cause, text, {"store_id": number}
    text = f"ShipStation has no store {number} any more, to which {store.name} belongs"
    return "drift_store_gone", cause, text, {"store_id": number}


def _stand(store: Store, case: tuple[str, str, str, Json] | None) -> None:
    """Have this case stand for the store and no other of its kinds."""
    scope = f"store:{store.pk}"
    wanted = case[:2] if case else ("", "")
    for kind, cause in OrderException.objects.filter(
        scope=scope, kind__in=STORE_KINDS, state=CaseState.OPEN
    ).values_list("kind", "cause"):
        if (kind, cause) != wanted:
            close_store_case(scope, kind, cause)
    if case is not None:
        kind, cause, summary, context = case
        open_store_case(scope, kind, cause, summary, store=store, context=context)


# --- the stop tag ------------------------------------------------------------------


def _tag(account: ShipStationAccount, tags: Sequence[Tag]) -> None:
    """Follow the stop tag by its name; without it holds go on, but say no reason."""
    wanted = account.stop_tag_name.strip().casefold()
    if not wanted:
        return
    scope = f"account:{account.key}"
    found = [tag for tag in tags if tag.name.strip().casefold() == wanted]
    if found:
        account.stop_tag_id = found[0].tag_id
        close_store_case(scope, "drift_tag_gone")
        return
    account.stop_tag_id = None
    open_store_case(
        scope,
        "drift_tag_gone",
        f"tag:{wanted}"[:64],
        f"The tag '{account.stop_tag_name}' is gone from {account.name}",
        context={"tag": account.stop_tag_name},
    )
