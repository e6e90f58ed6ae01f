"""A person's delivery address against a marketplace that has changed its own since."""

from __future__ import annotations

from orders.deciding import ANSWERED, Deciding
from orders.facts import fingerprint

# While the marketplace may still be told where its parcel goes.
_STANDING = ("open", "partly_shipped", "pending", "waiting_acceptance")


def contradiction(d: Deciding) -> bool:
    """Want a case where two addresses stand; True until a person has chosen one.

    The corrected address counts meanwhile: what ShipStation has stays as it is, and an
    order that is not there yet waits.
    """
    found = d.s.correction
    if found is None or not found.contradicted:
        return False
    if d.s.market.status not in _STANDING or d.told:
        return False
    cause = fingerprint("address_contradicted", found.digest, found.market)
    if d.s.decided(cause) in ANSWERED:
        return False
    d.case(
        "address_contradicted",
        cause,
        "The marketplace changed the address after it was corrected here",
        deadline=d.s.market.ship_by,
    )
    return True
