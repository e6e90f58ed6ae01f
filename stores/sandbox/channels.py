"""What a selling channel shows a tool that a merchant has connected to it.

ShipStation's own store connections read orders from the marketplaces and tell them of
parcels, by contracts of their own that nobody outside sees. Here a marketplace's peer
registers a Channel, and the ShipStation peer plays the connection through it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stores.sandbox.core import ControlError


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopLine:
    """A line; ``quantity``: units that are still wanted, 0 when cancelled."""

    line_id: str
    sku: str
    title: str
    quantity: int
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopOrder:
    """An order as a connection reads it; times in Unix seconds.

    ``status``: unpaid, open, shipped or cancelled. ``address`` in ShipStation's field
    names. ``tax_number``: what the channel gives for customs.
    """

    order_id: str
    status: str
    ordered: float
    ship_by: float
    username: str
    email: str
    address: Mapping[str, str | None]
    lines: tuple[ShopLine, ...]
    tax_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopParcel:
    """A parcel that a connection tells of; ``units`` by line id, empty for all."""

    carrier: str
    tracking: str
    shipped: float
    units: Mapping[str, int] = field(default_factory=dict)


class Channel(ABC):
    """One marketplace as its connected tools see it."""

    @abstractmethod
    def orders(self, seller_id: str, marketplace: str) -> Iterable[ShopOrder]:
        """The seller's own orders there; those that the channel ships itself left out.

        Empty texts stand for any seller, any marketplace.
        """

    @abstractmethod
    def tell(self, order_id: str, parcel: ShopParcel) -> str:
        """Take a parcel; '' when taken, else why not, in a few words."""


CHANNELS: dict[str, Channel] = {}


def register_channel(code: str, channel: Channel) -> None:
    """Let connections reach this marketplace by its peer's code."""
    CHANNELS[code] = channel


def find_channel(code: str) -> Channel:
    """The channel of this code; ControlError 400 that lists the known ones."""
    try:
        return CHANNELS[code]
    except KeyError:
        known = ", ".join(sorted(CHANNELS)) or "none"
        raise ControlError(
            400, f"nothing connects to {code!r}; there are: {known}"
        ) from None
