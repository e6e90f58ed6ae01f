"""Every marketplace that has both a peer in the sandbox and a connector of ours."""

from __future__ import annotations

from shipsync_site.soak.faults.channel import Channel
from shipsync_site.soak.faults.channel_amazon import AMAZON
from shipsync_site.soak.faults.channel_ebay import EBAY
from stores.connectors import CONNECTORS
from stores.sandbox.core import discover

CHANNELS: dict[str, Channel] = {channel.code: channel for channel in (AMAZON, EBAY)}


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
