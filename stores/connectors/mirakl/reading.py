"""What of the account an answer is read with, and how it stays with the answer.

An operator's answer names neither the operator nor what its custom fields mean. What
was known of both is therefore kept inside the stored answer, under names of our own, so
that it can be read again later as it was read then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from stores.connectors.base import AccountConfig
from stores.connectors.fields import Json

KEPT_AS = "shipsync_reading"
SHIPMENTS_AS = "shipsync_shipments"
DEFAULT_CENTRE = "DEFAULT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How this account's orders are read.

    ``stores`` are the marketplace ids of its stores. ``accept_hours``: hours after
    which the operator refuses an order that nobody took, 0 where unknown. ``ioss_field``
    is the custom field with the IOSS number, ``ioss_number`` the operator's own where
    it has no field. ``centres`` are the fulfilment centres that are the seller's.
    ``several``: whether the
    operator has shipments, None where unknown. ``collected`` and ``theirs`` are codes of shipping methods, fetched by the buyer or
    delivered by the operator.
    """

    operator: str = ""
    stores: tuple[str, ...] = ()
    accept_hours: int = 0
    ioss_field: str = ""
    ioss_number: str = ""
    centres: tuple[str, ...] = (DEFAULT_CENTRE,)
    message_stops: bool = True
    several: bool | None = None
    collected: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()

    @classmethod
    def of(cls, account: AccountConfig) -> Reading:
        """By the account's settings."""
        settings = account.settings
        centres = str(settings.get("centres") or DEFAULT_CENTRE)
        return cls(
            operator=account.region,
            stores=tuple(account.marketplace_ids),
            accept_hours=int(settings.get("accept_hours") or 0),
            ioss_field=str(settings.get("ioss_field") or ""),
            ioss_number=str(settings.get("ioss_number") or ""),
            centres=tuple(filter(None, (x.strip() for x in centres.split(",")))),
            message_stops=bool(settings.get("message_stops", True)),
        )

    def keep(self, raw: Json, shipments: list[Json] | None) -> Json:
        """The answer with what it was read with, and with its shipments if read."""
        values = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }
        kept = raw | {KEPT_AS: values}
        if shipments is not None:
            kept[SHIPMENTS_AS] = shipments
        return kept

    @classmethod
    def kept_in(cls, raw: Mapping[str, Any]) -> Reading:
        """What an answer was read with; the bare minimum where that was not kept."""
        kept = raw.get(KEPT_AS)
        if not isinstance(kept, dict):
            return cls()
        found: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in kept.items()
            if name in cls.__dataclass_fields__
        }
        return cls(**found)

    def marketplace(self, channel: str) -> str:
        """Which store an order is of: its channel's, else the operator's."""
        return channel if channel in self.stores else self.operator or channel


def kept_shipments(raw: Mapping[str, Any]) -> list[Json] | None:
    """The shipments that were kept with an answer, None where they were not read."""
    rows = raw.get(SHIPMENTS_AS)
    return rows if isinstance(rows, list) else None
