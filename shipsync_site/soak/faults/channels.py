"""Every marketplace that has both a peer here and a connector; a pair for each seed."""

from __future__ import annotations

import random

from shipsync_site.soak.faults.channel import Channel
from shipsync_site.soak.faults.channel_amazon import AMAZON
from shipsync_site.soak.faults.channel_ebay import EBAY
from shipsync_site.soak.faults.channel_mirakl import MIRAKL
from shipsync_site.soak.faults.channel_tiktok import TIKTOK
from stores.connectors import CONNECTORS
from stores.sandbox.core import discover

CHANNELS: dict[str, Channel] = {
    channel.code: channel for channel in (AMAZON, EBAY, MIRAKL, TIKTOK)
}


# How many of them one history plays: what they do to each other shows in pairs.
PLAYED = 2


class NoChannelError(Exception):
    """A marketplace that the driver does not know how to play; names it."""


def channels() -> list[Channel]:
    """The marketplaces to play, by code; raises NoChannelError."""
    codes = sorted(code for code in discover() if code in CONNECTORS)
    for code in codes:
        if code not in CHANNELS:
            raise NoChannelError(
                f"the sandbox and the connectors have {code!r}, the fault driver has "
                "not: write its Channel beside channel_amazon.py"
            )
    return [CHANNELS[code] for code in codes]


def drawn(seed: int) -> list[Channel]:
    """The marketplaces of this seed's history, by code; raises NoChannelError."""
    chance = random.Random(f"channels {seed}")  # noqa: S311 - a play
    pool = channels()
    return sorted(chance.sample(pool, min(PLAYED, len(pool))), key=lambda x: x.code)
