"""What a history has to know of a marketplace: its shop, its options, its words."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from stores.sandbox.driver import SandboxClient

Json = dict[str, Any]
Standing = Literal["open", "pending", "shipped", "cancelled"]
Cancel = Literal["none", "requested", "cancelled"]

STREETS = ("12 New Road", "Flat 3, 7 Station Road", "1 The Green", "88 Long Lane")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One confirmation that a marketplace accepted, by its ledger's sequence."""

    number: str
    tracking: str
    carrier: str
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A marketplace of the sandbox as the driver plays it.

    ``open_shop`` makes sure that our tables have an account and a live store there.
    ``wish`` draws the options of one control call that places orders; ``cancels`` are
    the values of ``how``; ``address`` draws the fields of a change; ``told`` reads a
    ledger row; ``standing`` and ``cancel`` read the peer's own view of an order;
    ``own_shipping`` says of a wish that its orders are not ours to ship. ``carriers``
    is what it has to be told per ShipStation carrier, written down here a second time
    on purpose. ``faults`` are (fault, options) that only this peer plays.
    """

    code: str
    open_shop: Callable[[SandboxClient], None]
    wish: Callable[[random.Random], Json]
    address: Callable[[random.Random], Json]
    cancels: tuple[str, ...]
    told: Callable[[Json], Told | None]
    standing: Callable[[Json], Standing]
    cancel: Callable[[Json], Cancel]
    own_shipping: Callable[[Json], bool]
    carriers: Mapping[str, str]
    faults: tuple[tuple[str, Json], ...] = ()
