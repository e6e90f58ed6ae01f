"""What a store's own connection may be set to, as ``/control/config`` takes it."""

from __future__ import annotations

from stores.sandbox.channels import find_channel
from stores.sandbox.core import ControlError, Json

# What a store's ``connection`` may say, with the defaults.
DEFAULTS: Json = {
    # The marketplace's peer here, the seller and the site; '' for any.
    "peer": "",
    "seller_id": "",
    "marketplace": "",
    # Business seconds between two refreshes; 0: only when it is asked for.
    "refresh": 300,
    # Orders of the channel that are older than its set-up stay out.
    "since": None,
    # orderNumber is the channel's number, or one of ShipStation's own.
    "numbers": "channel",
    # Whether lineItemKey carries the channel's line ids.
    "line_ids": True,
    # The tax number: 'lost', or in a custom field, as an automation rule writes it.
    "tax": "lost",
    # Whether a channel's cancellation comes with a refresh; and a buyer's new address.
    "cancels": True,
    "addresses": False,
    # So many of the next orders never come; so many come twice.
    "skip": 0,
    "twice": 0,
}


def read_connection(spec: Json, known: Json | None) -> Json:
    """A store's connection as it is kept: settings, what was seen, the next refresh."""
    unknown = set(spec) - set(DEFAULTS) - {"seen", "due"}
    if unknown:
        raise ControlError(
            400,
            f"a connection has no setting {sorted(unknown)}; it has: "
            + ", ".join(DEFAULTS),
        )
    kept = {"seen": {}, "due": 0.0, **DEFAULTS, **(known or {}), **spec}
    for name, allowed in (("numbers", ("channel", "own")), ("tax", ("lost", "field"))):
        if kept[name] not in allowed:
            raise ControlError(
                400, f"{name}={kept[name]!r}: one of {', '.join(allowed)}"
            )
    find_channel(str(kept["peer"]))
    return kept
