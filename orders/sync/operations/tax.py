"""A tax number into ShipStation's newer interface: looked at, put, and read back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from orders.models import Order, ShipStationOrder
from orders.sync.attempts import Attempted, finish, opener
from orders.tax_schemes import Place, authority_of, compact, scheme_of
from stores.connect import shipstation_v2_for
from stores.errors import (
    LockedError,
    RejectedError,
    RemoteError,
    ThrottledError,
    UnauthorisedError,
)
from stores.models import ShipStationAccount
from stores.shipstation.v2 import ShipStationV2, TaxIdentifier, TaxShown
from stores.vat_area import country_of


def write_tax(
    account: ShipStationAccount, item: Attempted, failed: dict[int, str]
) -> None:
    """Bring the shipment's number to what the rules found; what is read back counts.

    A number that is there already is not put again.
    """
    order = Order.objects.select_related("store").get(pk=item.job.order_id)
    wanted, ss_order_id = identifier_of(order), int(item.work.target)
    client = shipstation_v2_for(account, on_open=opener([item]))
    error: RemoteError | None = None
    try:
        _bring(account, client, ss_order_id, wanted)
    except (ThrottledError, UnauthorisedError) as stop:
        finish([(item, stop)])
        raise
    except RemoteError as problem:
        error = problem
    finish([(item, error)])
    if error is not None and not isinstance(error, RejectedError | LockedError):
        failed[order.pk] = error.message


def identifier_of(order: Order) -> TaxIdentifier:
    """The number that the rules found, by v2's names."""
    found: dict[str, Any] = order.tax
    name, number = str(found.get("scheme", "")), str(found.get("number", ""))
    scheme = scheme_of(name, number)
    place = Place(
        country=country_of(order.country),
        ship_from=country_of(order.store.ship_from_country),
    )
    issuer = found.get("issuing_country") or (
        authority_of(scheme, number, place) if scheme else place.country
    )
    return TaxIdentifier(
        taxable_entity_type=str(found.get("entity") or "shipper"),
        identifier_type=scheme.identifier if scheme else "tin",
        issuing_authority=str(issuer),
        value=compact(number),
    )


def _bring(
    account: ShipStationAccount,
    client: ShipStationV2,
    ss_order_id: int,
    wanted: TaxIdentifier,
) -> None:
    shown = client.read_tax(ss_order_id)
    if wanted not in shown.identifiers:
        client.put_tax(ss_order_id, shown, wanted)
        shown = client.read_tax(ss_order_id)
        # The shipment is the order: v1 is read again before it is written.
        _keep(account, ss_order_id, shown, wanted, modify_date="")
        if wanted not in shown.identifiers:
            raise RejectedError(
                "ShipStation took the tax number, but does not show it",
                code="not_kept",
                field="tax_identifiers",
            )
        return
    _keep(account, ss_order_id, shown, wanted)


def _keep(
    account: ShipStationAccount,
    ss_order_id: int,
    shown: TaxShown,
    wanted: TaxIdentifier,
    **more: str,
) -> None:
    there = wanted in shown.identifiers
    values: dict[str, str | datetime] = {
        "tax_number": wanted.value if there else "",
        "tax_as_of": shown.as_of,
        **more,
    }
    ShipStationOrder.objects.filter(account=account, ss_order_id=ss_order_id).update(
        **values
    )
