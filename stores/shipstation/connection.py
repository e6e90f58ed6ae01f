"""'Test connection' for a ShipStation account: real calls, one sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from stores.errors import (
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from stores.remote_types import ConnectionOutcome, ConnectionReport
from stores.shipstation.types import SsCarrier, SsStore, Tag

_SENTENCES = {
    ConnectionOutcome.BAD_KEY: (
        "ShipStation does not accept this API key and secret. Copy both again from "
        "Settings > Account > API Settings; making a new key ends the old one."
    ),
    ConnectionOutcome.PLAN_WITHOUT_API: (
        "The ShipStation plan of this account does not include the API (402). "
        "Ask the account's owner to change the plan."
    ),
    ConnectionOutcome.ROLE_MISSING: (
        "ShipStation knows this key but forbids the call (403). "
        "Ask the account's owner to make a key with full access."
    ),
}


class Readable(Protocol):
    """The reads that the check makes."""

    def list_tags(self, *, urgent: bool = False) -> tuple[Tag, ...]: ...

    def list_stores(self, *, urgent: bool = False) -> tuple[SsStore, ...]: ...

    def list_carriers(self, *, urgent: bool = False) -> tuple[SsCarrier, ...]: ...


def check(
    client: Readable, *, stop_tag_name: str, store_ids: Sequence[int]
) -> ConnectionReport:
    """Three urgent reads: stores, tags, carriers. Never raises a RemoteError."""
    try:
        stores = client.list_stores(urgent=True)
        tags = client.list_tags(urgent=True)
        carriers = client.list_carriers(urgent=True)
    except RemoteError as error:
        return _failed(error)
    details: dict[str, Any] = {
        "stores": [
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
        ],
        "tags": [{"id": tag.tag_id, "name": tag.name} for tag in tags],
        "carriers": [
            {"code": carrier.code, "name": carrier.name} for carrier in carriers
        ],
    }
    known = {store.store_id: store for store in stores}
    for store_id in store_ids:
        store = known.get(store_id)
        if store is None or not store.active:
            return ConnectionReport(
                outcome=ConnectionOutcome.STORE_INACTIVE,
                sentence=_store_sentence(store_id, store),
                details={**details, "store_id": store_id},
            )
    wanted = stop_tag_name.strip().casefold()
    found = [tag for tag in tags if tag.name.strip().casefold() == wanted]
    if not found:
        return ConnectionReport(
            outcome=ConnectionOutcome.TAG_MISSING,
            sentence=(
                f"The key works, but the account has no tag '{stop_tag_name}'. Make it "
                "under Settings > Account > Tags: the API can't."
            ),
            details=details,
        )
    return ConnectionReport(
        outcome=ConnectionOutcome.WORKS,
        sentence=(
            f"The key works: {len(stores)} stores, {len(carriers)} carriers, "
            f"and the tag '{found[0].name}' is there."
        ),
        details={**details, "stop_tag_id": found[0].tag_id},
    )


def _store_sentence(store_id: int, store: SsStore | None) -> str:
    if store is None:
        return (
            f"The key works, but the account has no store {store_id}. "
            "Choose one of its stores, or check that this is the right account."
        )
    return (
        f"The key works, but the store '{store.name}' ({store_id}) is inactive. "
        "Switch it on under Settings > Selling Channels."
    )


def _failed(error: RemoteError) -> ConnectionReport:
    if isinstance(error, UnauthorisedError):
        outcome = ConnectionOutcome(error.reason)
        sentence = _SENTENCES[outcome]
    elif isinstance(error, ThrottledError):
        outcome = ConnectionOutcome.THROTTLED
        sentence = (
            "The limit of calls per minute is used up, perhaps by another tool with "
            f"this key. Try again in {round(error.retry_after) or 1} seconds."
        )
    elif isinstance(error, TransientError):
        outcome = ConnectionOutcome.UNREACHABLE
        sentence = (
            f"ShipStation has trouble and answered {error.status}. Try again later."
            if error.status
            else "ShipStation can't be reached from here. Check the network, "
            "the proxy and status.shipstation.com."
        )
    else:
        outcome = ConnectionOutcome.UNEXPECTED
        sentence = (
            "Something answered, but not as ShipStation's API does "
            f"({error.status or 'no status'}). Check for a proxy in between."
        )
    return ConnectionReport(
        outcome=outcome, sentence=sentence, details={"status": error.status}
    )
