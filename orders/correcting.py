"""A person's delivery address: put over the marketplace's, sealed, never lost silently.

The correction counts until it is dropped. Pulls write the marketplace's address beside
it; what then contradicts it is decide()'s to ask (``decide_address``).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from orders import case_suggestions, shown
from orders.case_locks import (
    ConflictError,
    InvalidActError,
    TriageError,
    end,
    last_change,
    lock,
    require,
)
from orders.due import look_soon
from orders.facts import fingerprint
from orders.ingest_merge import area, purge_date
from orders.masking import ADDRESS_FIELDS
from orders.models import (
    OPEN_STAGES,
    Decision,
    Order,
    OrderBuyer,
    OrderEvent,
    OrderException,
    Stage,
    Verb,
)
from orders.payload_checks import address_problems
from orders.payload_facts import (
    PAYLOAD_FIELDS,
    address_json,
    address_of,
    refresh_payload,
)
from orders.payload_inputs import raw_orders, rules_for
from orders.reconsider import reconsider
from shipsync_site.lib import bulk, clock
from shipsync_site.lib.digest import json_digest
from stores.models import StoreMode
from stores.periods import era
from stores.remote_types import RemoteAddress

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

PERMISSION = "orders.correct_address"
# The words under which an address changes in the timeline.
_CHANGES = ("address_corrected", "address_dropped", "address_changed")
_CORRECTABLE = frozenset(OPEN_STAGES) - {Stage.CONFIRMED}


class StaleAddressError(TriageError):
    """The address is not what the person looked at any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """An address as a person typed it, and where they have it from.

    ``base`` is the :func:`base_of` the buyer that they looked at.
    """

    address: RemoteAddress
    reason: str
    base: str


def base_of(buyer: OrderBuyer | None) -> str:
    """A short name of the addresses as they are, to notice that they changed."""
    if buyer is None:
        return fingerprint("none")
    return fingerprint(buyer.recipient_digest, buyer.corrected_digest)


def refused_because(order: Order, buyer: OrderBuyer | None) -> str:
    """Why the address of this order can't be corrected here; '' when it can."""
    if order.not_ours:
        return "It is not ours to ship, so we send its address nowhere."
    if era(order.store, order.ordered_at).mode == StoreMode.DIRECT:
        return (
            "ShipStation's own connection runs this store: correct the address in "
            "ShipStation, or at the marketplace."
        )
    if buyer is not None and buyer.purged_at is not None:
        return "Its buyer data is past its date and was deleted."
    if order.stage not in _CORRECTABLE:
        return f"The order is {Stage(order.stage).label.lower()}: its parcel has gone."
    return ""


def correct(
    order: Order,
    wanted: Correction,
    by: User,
    *,
    case: OrderException | None = None,
    version: int = 0,
) -> Order:
    """Let this address count, resolve the case it came from, and decide anew.

    Raises InvalidActError for an address that ShipStation would not take,
    StaleAddressError and ConflictError when somebody was faster, NotAllowedError.
    """
    require(by, PERMISSION)
    reason = wanted.reason.strip()
    if not reason:
        raise InvalidActError("Say where you have the address from: it needs a reason.")
    hard = [x.message for x in address_problems(wanted.address) if x.hard]
    if hard:
        raise InvalidActError(". ".join(hard) + ".")
    with transaction.atomic():
        row = lock(case, version) if case is not None else None
        order, buyer = _locked(order.pk)
        because = refused_because(order, buyer)
        if because:
            raise InvalidActError(because)
        if base_of(buyer) != wanted.base:
            raise StaleAddressError(_who_changed(order))
        buyer = buyer or OrderBuyer(order=order)
        before, after = address_json(address_of(buyer)), address_json(wanted.address)
        if before == after:
            raise InvalidActError("Nothing is changed: this address counts already.")
        digest = json_digest(after)
        buyer.corrected, buyer.corrected_digest = after, digest
        buyer.corrected_from = buyer.recipient_digest
        if digest == buyer.recipient_digest:  # back to what the marketplace says
            buyer.corrected, buyer.corrected_digest, buyer.corrected_from = {}, "", ""
        buyer.purge_at = buyer.purge_at or purge_date(order, order.store)
        _save(buyer)
        _refresh(order, buyer)
        decision = _decide(order, row, before, after, reason, by)
        if row is not None:
            end(row, Verb.CORRECT_ADDRESS, reason, by)
            case_suggestions.remember(row, Verb.CORRECT_ADDRESS, by)
        _note(order, row, before, after, by, decision)
        look_soon([order.pk])
    logger.info("address corrected order=%s by=%s", order.pk, by.pk)
    reconsider([order.pk])
    return order


def told_closed(case: OrderException) -> None:
    """Raise the ConflictError of a case that is not open any more."""
    raise ConflictError(case, *last_change(case))


def drop(order_id: int) -> None:
    """Let the marketplace's address count again; inside the caller's transaction."""
    order, buyer = _locked(order_id)
    if buyer is None or not buyer.corrected_digest:
        return
    buyer.corrected, buyer.corrected_digest, buyer.corrected_from = {}, "", ""
    _save(buyer)
    _refresh(order, buyer)
    OrderEvent.objects.create(
        order=order,
        at=clock.now(),
        system="shipsync",
        verb="address_dropped",
        text="The marketplace's delivery address counts again",
    )


def changed_labels(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """The fields that differ, as the screen calls them."""
    return [
        label
        for name, label in ADDRESS_FIELDS
        if (before.get(name) or "") != (after.get(name) or "")
    ]


def _locked(order_id: int) -> tuple[Order, OrderBuyer | None]:
    order = (
        Order.objects.select_for_update(of=("self",))
        .select_related("store__remote_account", "store__shipstation_account")
        .get(pk=order_id)
    )
    return order, OrderBuyer.objects.filter(order=order).first()


def _save(buyer: OrderBuyer) -> None:
    """Only what is ours: the marketplace's address is the pulls'."""
    buyer.address_hash = shown.buyer_hash(buyer)
    fields = (
        "corrected",
        "corrected_digest",
        "corrected_from",
        "purge_at",
        "address_hash",
    )
    buyer.save(update_fields=fields if buyer.pk else None)


def _refresh(order: Order, buyer: OrderBuyer) -> None:
    """What we would say to ShipStation now, and the plain facts of the place."""
    address = address_of(buyer)
    lines = list(order.lines.prefetch_related("components"))
    books = rules_for([(order.store, lines)])
    raw = raw_orders([order], books).get(order.pk)
    refresh_payload(order, lines, buyer, books[order.store_id], raw)
    order.country = address.country[:2]
    order.postcode_area = area(address.postcode, address.country)
    bulk.save([order], [*PAYLOAD_FIELDS, "country", "postcode_area"])


def _decide(
    order: Order,
    case: OrderException | None,
    before: dict[str, object],
    after: dict[str, object],
    reason: str,
    by: User,
) -> Decision:
    return Decision.objects.create(
        order=order,
        case=case,
        verb=Verb.CORRECT_ADDRESS,
        cause=fingerprint("address", json_digest(before), json_digest(after)),
        reason=reason,
        details={"before": before, "after": after},
        by=by,
        by_name=by.get_username(),
        at=clock.now(),
    )


def _note(
    order: Order,
    case: OrderException | None,
    before: dict[str, object],
    after: dict[str, object],
    by: User,
    decision: Decision,
) -> None:
    """Who changed which fields; the values stay sealed in the decision."""
    fields = ", ".join(changed_labels(before, after)).lower()
    OrderEvent.objects.create(
        order=order,
        case=case,
        at=clock.now(),
        system="you",
        verb="address_corrected",
        text=f"Corrected the delivery address: {fields}",
        data={"decision": decision.pk}
        | ({"kind": case.kind, "version": case.version} if case else {}),
        actor=by,
    )


def _who_changed(order: Order) -> str:
    event = (
        OrderEvent.objects.filter(order=order, verb__in=_CHANGES)
        .select_related("actor")
        .order_by("-at", "-pk")
        .first()
    )
    if event is not None and event.actor is not None:
        who, what = event.actor.get_username(), f"was faster: '{event.text}'"
    else:
        who = order.store.remote_account.get_marketplace_display()
        what = "has changed the address meanwhile"
    return (
        f"{who} {what}. Nothing of yours was saved; what you typed stands below, "
        "beside the address as it is now."
    )
