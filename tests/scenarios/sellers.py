"""The four marketplaces as the matrix plays them: their worlds, buyers and ledgers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.orders.loop.test_ebay import EbayWorld
from tests.orders.loop.test_mirakl import MiraklWorld
from tests.orders.loop.test_tiktok import TikTokWorld
from tests.orders.loop.world import World
from tests.sandbox_server import SandboxServer

# Labels are told hours later: so an order can stand labelled and untold.
RULES: dict[str, Any] = {
    "confirm_timing": "hours_after",
    "confirm_hours": 6,
    "combined": "confirm_each",
}
WEEKS = 21 * 86_400


@dataclass(frozen=True, kw_only=True)
class Seller:
    """One marketplace. ``told``: the ledger's words for a parcel that it took.

    ``address``: what a buyer who moves house changes; ``asks``: how one asks to cancel,
    ``request``: the case that this opens, with its team and deadline.
    """

    code: str
    label: str
    make: Callable[[SandboxServer], World]
    told: tuple[str, ...]
    address: Mapping[str, str]
    options: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    asks: Mapping[str, Any] = field(default_factory=dict)
    request: str = "cancel_requested (cs, ship-by)"

    @property
    def answer_by(self) -> str:
        """What a request's deadline is: ship-by, or before that the seller's own."""
        return "answer-by" if "answer-by" in self.request else "ship-by"


def _mirakl(sandbox: SandboxServer) -> World:
    # The operator that takes orders in several parcels.
    return MiraklWorld(sandbox, "salon", acceptance="auto", **RULES)


SELLERS = {
    seller.code: seller
    for seller in (
        Seller(
            code="amazon",
            label="Amazon",
            make=lambda sandbox: World(sandbox, **RULES),
            told=("confirm",),
            address={"addressLine1": "2 New Street", "postalCode": "LS2 2BB"},
            options={"order_age": 600, "lines": 4},
            config={"two_minutes": 0, "quotas": {"all": "off"}},
        ),
        Seller(
            code="ebay",
            label="eBay",
            make=lambda sandbox: EbayWorld(sandbox, **RULES),
            told=("fulfil",),
            address={"addressLine1": "2 New Street", "postalCode": "LS2 2BB"},
            config={"cancel_window": WEEKS, "quotas": {"all": "off"}},
            request="cancel_requested (cs, answer-by)",
        ),
        Seller(
            code="tiktok",
            label="TikTok Shop",
            make=lambda sandbox: TikTokWorld(sandbox, **RULES),
            told=("mark_shipped", "shipping_info_updated"),
            address={"address_line1": "2 New Street", "postal_code": "LS2 2BB"},
            options={"on_hold": False},
            config={"quotas": {"all": "off"}},
            request="cancel_requested (cs, answer-by)",
        ),
        Seller(
            code="mirakl",
            label="Mirakl",
            make=_mirakl,
            told=("ship", "shipment", "tracking"),
            address={"street_1": "2 New Street", "zip_code": "LS2 2BB"},
            options={"operator": "salon", "country": "GBR"},
            asks={"via": "incident"},
            # An incident may be about something else: a person judges it.
            request="cancel_in_doubt (cs, ship-by)",
        ),
    )
}
