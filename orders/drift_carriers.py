"""Carriers and services that are new in a ShipStation account and have no code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orders.carriers import carrier_table, mapped
from orders.models import CaseState, OrderException
from orders.store_cases import close_store_case, open_store_case
from stores.models import (
    OperatingModel,
    ShippedOwner,
    ShipStationAccount,
    Store,
    StoreMode,
)
from stores.shipstation.types import SsCarrier

CARRIER_KINDS = ("drift_carrier", "drift_service")
Json = dict[str, Any]


def next_carrier(carriers: Sequence[SsCarrier], last: str) -> str:
    """Whose services are read now: each carrier in its turn; '' without carriers."""
    codes = sorted(carrier.code for carrier in carriers if carrier.code)
    later = [code for code in codes if code > last]
    return (later or codes or [""])[0]


def new_carriers(
    account: ShipStationAccount,
    ours: Sequence[Store],
    seen: Sequence[SsCarrier],
    known: Json,
) -> None:
    if "carriers" not in known:
        return
    for carrier in seen:
        if carrier.code in known["carriers"]:
            continue
        stores = _unmapped(ours, carrier.code, "")
        if stores:
            _tell(
                account,
                "drift_carrier",
                carrier.code,
                f"New carrier in ShipStation: {carrier.name} ({carrier.code})",
                stores,
            )


def new_services(
    account: ShipStationAccount,
    ours: Sequence[Store],
    carrier: str,
    seen: dict[str, str],
    known: dict[str, str] | None,
) -> None:
    if known is None:
        return
    for code in sorted(set(seen) - set(known)):
        stores = [
            store
            for store in _unmapped(ours, carrier, code)
            # Where no service of the carrier is known, the carrier is the news.
            if store not in _unmapped(ours, carrier, "", anything=True)
        ]
        if stores:
            _tell(
                account,
                "drift_service",
                f"{carrier}:{code}"[:64],
                f"New service in ShipStation: {seen[code]} ({carrier} {code})",
                stores,
            )


def _tell(
    account: ShipStationAccount, kind: str, cause: str, text: str, stores: list[Store]
) -> None:
    names = ", ".join(store.name for store in stores[:3])
    more = f" and {len(stores) - 3} more" if len(stores) > 3 else ""
    open_store_case(
        f"account:{account.key}",
        kind,
        cause,
        f"{text}; no code for it at {names}{more}",
        store=stores[0] if len(stores) == 1 else None,
        context={"carrier": cause, "stores": [store.slug for store in stores]},
    )


def _unmapped(
    ours: Sequence[Store], carrier: str, service: str, *, anything: bool = False
) -> list[Store]:
    """Stores that would have no code for this; those that tell nobody left out.

    ``anything``: those that know no service of the carrier at all.
    """
    telling = [store for store in ours if _tells(store)]
    table = carrier_table(store.remote_account.marketplace for store in telling)
    found = []
    for store in telling:
        marketplace = store.remote_account.marketplace
        some = any(
            key[0] == marketplace
            and key[1] in (store.pk, None)
            and key[2] == carrier.casefold()
            for key in table
        )
        hit = mapped(
            table,
            marketplace=marketplace,
            store_id=store.pk,
            carrier=carrier,
            service=service,
        )
        if not some if anything or not service else hit is None:
            found.append(store)
    return found


def _tells(store: Store) -> bool:
    """Whether shipsync confirms this store's parcels, and so needs a code."""
    if store.mode != StoreMode.DIRECT:
        return True
    rules = OperatingModel.objects.filter(store=store).order_by("-version").first()
    return rules is not None and rules.shipped_owner == ShippedOwner.SHIPSYNC


def close_mended(
    account: ShipStationAccount, ours: Sequence[Store], carriers: set[str]
) -> None:
    """Close the cases of carriers and services that are mapped now, or gone."""
    scope = f"account:{account.key}"
    for kind, cause in OrderException.objects.filter(
        scope=scope, kind__in=CARRIER_KINDS, state=CaseState.OPEN
    ).values_list("kind", "cause"):
        carrier, _, service = cause.partition(":")
        if carrier not in carriers or not _unmapped(ours, carrier, service):
            close_store_case(scope, kind, cause)
