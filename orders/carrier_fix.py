"""Map the carrier that a case waits for, with the code that most speaks for itself.

A code is only ever proposed: a person sees where it comes from, and what would be sent,
before they say yes.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse

from orders import case_suggestions
from orders.as_if_calls import Call, confirmation_as_if
from orders.case_help import waiting_parcels
from orders.case_locks import InvalidActError, lock, note_act, require
from orders.due import look_soon
from orders.facts_parcels import CarrierChoice
from orders.models import CaseState, Dispatch, OrderException, Rung
from orders.reconsider import reconsider
from stores.connectors import CONNECTORS
from stores.forms.carriers import CarrierMappingForm, offered_codes
from stores.models import CarrierMapping, Store
from stores.rules_changed import announce, stores_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

KIND = "carrier_unmapped"
PERMISSION = "stores.map_carriers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A marketplace's code for a carrier, and what speaks for it.

    ``sure`` is False where only a part of the name speaks for it: a person must say that
    both are the same carrier.
    """

    code: str
    name: str
    because: str
    sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierFix:
    """What mapping a case's carrier does: to how many parcels, and the first call.

    ``problem``: why this order's own confirmation could still not go.
    """

    carrier: str
    marketplace: str
    store: str
    waiting: int
    proposal: Proposal
    call: Call | None
    problem: str
    others_url: str

    @property
    def label(self) -> str:
        """'Map dpd_local to Amazon DPD and confirm 312 parcels'."""
        told = self.proposal.name or self.proposal.code
        text = f"Map {self.carrier} to {self.marketplace} {told}"
        if not self.waiting:
            return text
        parcels = f"{self.waiting} parcel{'' if self.waiting == 1 else 's'}"
        return f"{text} and confirm {parcels}"


def fix_of(case: OrderException) -> CarrierFix | None:
    """What to map for a case of an unmapped carrier, None where nothing speaks for any."""
    carrier = str((case.context or {}).get("carrier") or "")
    if case.kind != KIND or case.state != CaseState.OPEN or not carrier:
        return None
    if case.store is None or case.order_id is None:
        return None
    service = str((case.context or {}).get("service") or "")
    found = proposal(case.store, carrier)
    if found is None:
        return None
    call, problem = _own_call(case, found)
    return CarrierFix(
        carrier=carrier,
        marketplace=_marketplace(case.store),
        store=case.store.name,
        waiting=waiting_parcels([case.store.pk], carrier),
        proposal=found,
        call=call,
        problem=problem,
        others_url=f"{reverse('stores:carrier_create')}"
        f"?marketplace={case.store.remote_account.marketplace}"
        f"&carrier={carrier}&service={service}",
    )


def proposal(store: Store, carrier: str) -> Proposal | None:
    """The code that most speaks for itself: what it has elsewhere, else by its name."""
    return _elsewhere(store, carrier) or _by_name(store, carrier)


def take(case: OrderException, code: str, by: User, version: int) -> str:
    """Map the carrier of a case to this code for its store; what was done, in words.

    Pressed twice it is done once. Raises InvalidActError, ConflictError,
    NotAllowedError.
    """
    require(by, PERMISSION)
    if case.store is None or case.kind != KIND:
        raise InvalidActError("This case names no carrier to map.")
    carrier = str((case.context or {}).get("carrier") or "")
    known = _exact(case.store, carrier)
    if known is not None and known.carrier_code == code:
        return f"{carrier} is mapped to {code} already."
    found = proposal(case.store, carrier)
    if found is None or found.code != code:
        raise InvalidActError(
            f"'{code}' is not what is proposed for {carrier} any more: look again."
        )
    form = CarrierMappingForm(
        {
            "marketplace": case.store.remote_account.marketplace,
            "store": case.store.pk,
            "shipstation_carrier": carrier,
            "carrier_code": found.code,
            "carrier_name": found.name,
        }
    )
    if not form.is_valid():
        errors = [str(error) for rows in form.errors.values() for error in rows]
        raise InvalidActError(" ".join(errors))
    with transaction.atomic():
        row = lock(case, version)
        mapping = form.save(commit=False)
        mapping.is_default = False
        mapping.save()
        orders = announce(stores_of(mapping), payload=False)
        text = f"Mapped {carrier} to {code} for {case.store.name}"
        note_act(row, by, "carrier_mapped", text)
        case_suggestions.remember(row, case_suggestions.MAP_CARRIER, by)
        if row.order_id is not None:
            look_soon([row.order_id])
    logger.info("carrier mapped case=%s by=%s", case.pk, by.pk)
    if case.order_id is not None:
        reconsider([case.order_id])
    return f"{text}. {orders} open orders are looked at again."


def _own_call(case: OrderException, found: Proposal) -> tuple[Call | None, str]:
    """The confirmation of this order's own parcel as it would go out."""
    dispatch = (
        Dispatch.objects.filter(order=case.order_id, rung__in=(Rung.DUE, Rung.REFUSED))
        .select_related("shipment", "order__store__remote_account")
        .order_by("package_ref", "pk")
        .first()
    )
    if dispatch is None:
        return None, "No parcel of this order waits any more."
    choice = CarrierChoice(code=found.code, name=found.name, service="")
    return confirmation_as_if(dispatch, choice)


def _elsewhere(store: Store, carrier: str) -> Proposal | None:
    """As it is mapped for another service or store of the same marketplace."""
    rows = CarrierMapping.objects.filter(
        marketplace=store.remote_account.marketplace,
        shipstation_carrier__iexact=carrier,
    )
    codes = Counter((row.carrier_code, row.carrier_name) for row in rows)
    if not codes:
        return None
    (code, name), count = codes.most_common(1)[0]
    where = "another store or service" if count == 1 else f"{count} others"
    return Proposal(code=code, name=name, because=f"It is mapped so for {where}.")


def _by_name(store: Store, carrier: str) -> Proposal | None:
    """The one code of the marketplace's that is called like it, or like its beginning."""
    wanted = _folded(carrier)
    codes = dict(offered_codes(store.remote_account.marketplace, store))
    alike = {
        code: name
        for code, name in codes.items()
        if wanted in (_folded(code), _folded(name))
    }
    if len(alike) == 1:
        code, name = alike.popitem()
        return Proposal(code=code, name=name, because="It is spelt the same there.")
    defaults = {
        row.carrier_code: row
        for row in CONNECTORS.get(store.remote_account.marketplace).default_carriers
        if row.carrier_code in codes
        and carrier.casefold().split("_")[0]
        == row.shipstation_carrier.casefold().split("_")[0]
    }
    if len(defaults) == 1:
        (row,) = defaults.values()
        return Proposal(
            code=row.carrier_code,
            name=row.carrier_name,
            because=f"ShipStation's {row.shipstation_carrier} is told so: check that "
            f"{carrier} is the same carrier.",
            sure=False,
        )
    return None


def _exact(store: Store, carrier: str) -> CarrierMapping | None:
    return CarrierMapping.objects.filter(
        store=store, shipstation_carrier__iexact=carrier, shipstation_service=""
    ).first()


def _folded(text: str) -> str:
    return "".join(x for x in text.casefold() if x.isalnum())


def _marketplace(store: Store) -> str:
    return CONNECTORS.get(store.remote_account.marketplace).label
