"""An operator's own lists: carriers, reasons, custom fields, methods, features.

All of them may be read once a day; they are kept between processes for as long. Features
(PC01) and shipping methods (SH12) are kept as custom fields of a scope of their own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from stores.connectors.base import ChoiceStore
from stores.connectors.mirakl import fields
from stores.connectors.mirakl.client import MiraklClient
from stores.connectors.mirakl.fields import FieldError
from stores.errors import RemoteError, ThrottledError, UnauthorisedError
from stores.http import Answer
from stores.remote_types import Choice, ChoiceKind

logger = logging.getLogger(__name__)

PLATFORM, METHODS = "platform", "shipping_types"
YES, NO = "yes", "no"
SEVERAL, OTHER_CARRIERS = "multi_shipment", "unlisted_carriers"
COLLECTED, THEIRS = "click_and_collect", "delivery_by_operator"
CANCELATION = "CANCELATION"
Read = Callable[[Any], tuple[Choice, ...]]


class Lists:
    """The lists of one account, each asked for at most once by this object."""

    def __init__(self, client: MiraklClient, store: ChoiceStore) -> None:
        self._client = client
        self._store = store
        self._known: dict[tuple[ChoiceKind, str], tuple[Choice, ...] | None] = {}

    def every(self) -> tuple[Choice, ...]:
        """The lists that may be read now; one that may not stays as it was kept.

        Raises what calls raise, ThrottledError only when none may be read.
        """
        found: list[Choice] = []
        refused: ThrottledError | None = None
        asked = 0
        for kind, scope, call, read in self._sources():
            try:
                found += self._read(kind, scope, call, read, urgent=True)
            except ThrottledError as error:
                refused = error
            else:
                asked += 1
        if refused is not None and not asked:
            raise refused
        return tuple(found)

    def carriers(self) -> tuple[Choice, ...] | None:
        """SH21, None where it can't be read now."""
        return self._kept(ChoiceKind.CARRIER, "")

    def custom_fields(self) -> tuple[str, ...] | None:
        """Codes of AF01, None where it can't be read now."""
        rows = self._kept(ChoiceKind.FIELD, "")
        return None if rows is None else tuple(row.code for row in rows)

    def feature(self, code: str) -> bool | None:
        """Whether the operator has a feature of PC01 on; None: can't be read now."""
        rows = self._kept(ChoiceKind.FIELD, PLATFORM) or ()
        return next((row.standard == YES for row in rows if row.code == code), None)

    def methods(self, what: str) -> tuple[str, ...]:
        """Codes of the shipping methods of SH12 that are COLLECTED or THEIRS."""
        rows = self._kept(ChoiceKind.FIELD, METHODS) or ()
        return tuple(row.code for row in rows if what in row.standard.split())

    def _sources(
        self,
    ) -> tuple[tuple[ChoiceKind, str, Callable[..., Answer], Read], ...]:
        client = self._client
        return (
            (ChoiceKind.CARRIER, "", client.carriers, carriers_of),
            (ChoiceKind.CANCEL_REASON, "", client.reasons, reasons_of),
            (ChoiceKind.FIELD, "", client.additional_fields, custom_fields_of),
            (ChoiceKind.FIELD, PLATFORM, client.platform, features_of),
            (ChoiceKind.FIELD, METHODS, client.shipping_types, methods_of),
        )

    def _kept(self, kind: ChoiceKind, scope: str) -> tuple[Choice, ...] | None:
        """A list of today, read if there is none; None where that fails.

        A list is a help: without it the operator judges by itself, or nothing is
        concluded from it. Only a refused key stops everything.
        """
        if (kind, scope) not in self._known:
            self._known[kind, scope] = self._today(kind, scope)
        return self._known[kind, scope]

    def _today(self, kind: ChoiceKind, scope: str) -> tuple[Choice, ...] | None:
        kept = self._store.get(kind, scope)
        if kept is not None:
            return kept
        call, read = next(
            (call, read)
            for k, s, call, read in self._sources()
            if (k, s) == (kind, scope)
        )
        try:
            return self._read(kind, scope, call, read)
        except UnauthorisedError as error:
            if error.reason == "bad_key":
                raise
            logger.warning("list %s %s: %s", kind, scope, error.message)
        except RemoteError as error:
            logger.warning("list %s %s: %s", kind, scope, error.message)
        return None

    def _read(
        self,
        kind: ChoiceKind,
        scope: str,
        call: Callable[..., Answer],
        read: Read,
        *,
        urgent: bool = False,
    ) -> tuple[Choice, ...]:
        answer = call(urgent=urgent)
        try:
            rows = read(answer.json())
        except FieldError as error:
            problem = f"A list of the operator can't be read: {error}"
        else:
            self._store.keep(kind, scope, rows)
            self._known[kind, scope] = rows
            return rows
        raise answer.unexpected(problem)


def carriers_of(body: Any) -> tuple[Choice, ...]:
    """SH21's carriers."""
    return tuple(
        Choice(
            kind=ChoiceKind.CARRIER,
            code=fields.required_text(row, "code", f"carriers[{index}]."),
            label=fields.text(row, "label", f"carriers[{index}]."),
            standard=fields.text(row, "standard_code", f"carriers[{index}]."),
        )
        for index, row in enumerate(_rows(body, "carriers"))
    )


def reasons_of(body: Any) -> tuple[Choice, ...]:
    """RE01's reasons to cancel that a shop may give."""
    return tuple(
        Choice(
            kind=ChoiceKind.CANCEL_REASON,
            code=fields.word(row, "code", f"reasons[{index}]."),
            label=fields.text(row, "label", f"reasons[{index}]."),
        )
        for index, row in enumerate(_rows(body, "reasons"))
        if row.get("type") == CANCELATION and row.get("is_shop_right") is True
    )


def custom_fields_of(body: Any) -> tuple[Choice, ...]:
    """AF01's custom fields; ``standard`` is what has them, ORDER or ORDER_LINE."""
    return tuple(
        Choice(
            kind=ChoiceKind.FIELD,
            code=fields.required_text(row, "code", f"additional_fields[{index}]."),
            label=fields.text(row, "label", f"additional_fields[{index}]."),
            standard=fields.text(row, "entity", f"additional_fields[{index}]."),
        )
        for index, row in enumerate(_rows(body, "additional_fields"))
    )


def features_of(body: Any) -> tuple[Choice, ...]:
    """Of PC01 what decides how a parcel is told."""
    if not isinstance(body, dict):
        raise FieldError("features", "is missing")
    features = fields.obj(body, "features", "")
    shipment = fields.obj(features, "shipment", "features.")
    several = fields.flag(shipment, "multi_shipment", "features.shipment.")
    only_listed = fields.flag(
        features, "disable_seller_alternative_carrier", "features."
    )
    return (
        _feature(SEVERAL, "Several shipments per order", bool(several)),
        _feature(OTHER_CARRIERS, "Carriers outside the list", not only_listed),
    )


def methods_of(body: Any) -> tuple[Choice, ...]:
    """SH12's shipping methods; ``standard`` holds what is special about one."""
    found = []
    for index, row in enumerate(_rows(body, "shipping_types")):
        path = f"shipping_types[{index}]."
        special = [x for x in (COLLECTED, THEIRS) if fields.flag(row, x, path)]
        found.append(
            Choice(
                kind=ChoiceKind.FIELD,
                code=fields.required_text(row, "code", path),
                label=fields.text(row, "label", path),
                scope=METHODS,
                standard=" ".join(special),
            )
        )
    return tuple(found)


def _feature(code: str, label: str, on: bool) -> Choice:
    return Choice(
        kind=ChoiceKind.FIELD,
        code=code,
        label=f"{label}: {YES if on else NO}",
        scope=PLATFORM,
        standard=YES if on else NO,
    )


def _rows(body: Any, name: str) -> list[dict[str, Any]]:
    if not isinstance(body, dict) or not isinstance(body.get(name), list):
        raise FieldError(name, "is missing")
    return fields.rows(body, name, "")
