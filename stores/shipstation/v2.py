"""ShipStation API v2, for the one thing that v1 lacks: a shipment's tax identifiers.

https://docs.shipstation.com (v2, base https://api.shipstation.com); header ``api-key``,
200 calls a minute, 429 with Retry-After. A v1 order 123 is the v2 shipment ``se-123``.
Whether PUT /v2/shipments/{id} takes tax identifiers of an order first made through v1 is
told by the documentation alone: so what was put is read back before it counts.

A key that v2 does not take is a refusal of the call, not of the account: v1 goes on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from stores.errors import (
    LockedError,
    OutcomeUnknownError,
    RejectedError,
    ThrottledError,
    TransientError,
    UnexpectedAnswerError,
)
from stores.http import Answer, Call, Gateway
from stores.remote_types import BudgetSpec
from stores.shipstation import errors

BASE_URL = "https://api.shipstation.com"
GROUP = "v2"
BUDGET_SPECS = (
    BudgetSpec(
        group=GROUP,
        capacity=200,
        period=60,
        source="API v2: 200 calls a minute; 429 says how long to wait",
    ),
)
NO_KEY = "no_v2_key"
# What ShipStation makes or derives; a PUT replaces the rest.
_READ_ONLY = frozenset(
    {
        "shipment_id",
        "created_at",
        "modified_at",
        "shipment_status",
        "total_weight",
        "retail_rate",
        "shipping_rule_id",
        "tags",
    }
)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxIdentifier:
    """One tax number of a shipment, by v2's own names; all four are required.

    ``taxable_entity_type``: shipper, recipient or ior. ``identifier_type``: vat, eori,
    ioss, voec, oss, abn, tin … ``issuing_authority``: ISO 3166-1 alpha-2.
    """

    taxable_entity_type: str
    identifier_type: str
    issuing_authority: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxShown:
    """The identifiers that a shipment has, as of the start of the read."""

    identifiers: tuple[TaxIdentifier, ...]
    body: Json
    as_of: datetime


class ShipStationV2:
    """Reads and writes the tax identifiers of shipments with one key.

    Raises RejectedError, LockedError (the shipment is gone), ThrottledError,
    TransientError, OutcomeUnknownError and UnexpectedAnswerError.
    """

    def __init__(self, gateway: Gateway, *, base_url: str, api_key: str) -> None:
        self._gateway = gateway
        self._base_url = base_url.rstrip("/")
        self._key = api_key

    def __repr__(self) -> str:
        return f"ShipStationV2({self._gateway.account_key})"

    def read_tax(self, ss_order_id: int) -> TaxShown:
        """The tax identifiers of an order's shipment."""
        return self._send("v2_shipment", "GET", ss_order_id)

    def put_tax(self, ss_order_id: int, shown: TaxShown, wanted: TaxIdentifier) -> None:
        """Replace the shipment as read, with this number beside those of other kinds."""
        kind = (wanted.taxable_entity_type, wanted.identifier_type)
        others = [
            asdict(x)
            for x in shown.identifiers
            if (x.taxable_entity_type, x.identifier_type) != kind
        ]
        body = {k: v for k, v in shown.body.items() if k not in _READ_ONLY}
        body["tax_identifiers"] = [*others, asdict(wanted)]
        self._send("v2_put_shipment", "PUT", ss_order_id, body)

    def _send(
        self, operation: str, method: str, ss_order_id: int, body: Json | None = None
    ) -> TaxShown:
        if not self._key:
            raise RejectedError(
                "ShipStation's account has no API key of v2: add it on the account's page",
                code=NO_KEY,
                field="api_key_v2",
            )
        found: list[TaxShown] = []

        def classify(answer: Answer) -> None:
            _raise_for(answer, operation=operation, write=method != "GET")
            try:
                found.append(_shown(answer))
            except (KeyError, TypeError, AttributeError):
                raise UnexpectedAnswerError(
                    f"ShipStation's answer to {operation} is no shipment",
                    status=answer.status,
                    code="malformed",
                ) from None

        self._gateway.send(
            Call(
                operation=operation,
                method=method,
                url=f"{self._base_url}/v2/shipments/se-{ss_order_id}",
                groups=(GROUP,),
                json=body,
                headers={"api-key": self._key},
                write=method != "GET",
            ),
            classify=classify,
        )
        return found[0]


def _shown(answer: Answer) -> TaxShown:
    body = answer.json()
    return TaxShown(
        identifiers=tuple(
            TaxIdentifier(
                taxable_entity_type=str(row["taxable_entity_type"]),
                identifier_type=str(row["identifier_type"]),
                issuing_authority=str(row["issuing_authority"]),
                value=str(row["value"]),
            )
            for row in body.get("tax_identifiers") or ()
        ),
        body=dict(body),
        as_of=answer.started_at,
    )


def _raise_for(answer: Answer, *, operation: str, write: bool) -> None:
    status = answer.status
    if 200 <= status < 300:
        return
    code, text, field = _said(answer.body)
    message = f"ShipStation (v2) answered {status} to {operation}: {text or 'no text'}"
    facts: dict[str, Any] = {"status": status, "code": code or str(status)}
    if status == 429:
        wait = errors.number(answer.headers, "Retry-After")
        seconds = errors.WINDOW_SECONDS if wait is None else wait
        raise ThrottledError(message, retry_after=seconds + 1, **facts)
    if status >= 500 or status == 408:
        raise (OutcomeUnknownError if write else TransientError)(message, **facts)
    if status == 404:
        raise LockedError(message, **facts)
    raise RejectedError(message, field=field, **facts)


def _said(body: bytes) -> tuple[str, str, str]:
    """Code, text and field of ``{request_id, errors: [{error_code, message …}]}``."""
    try:
        rows = json.loads(body)["errors"]
        row: Mapping[str, Any] = rows[0]
    except (ValueError, KeyError, IndexError, TypeError):
        return "", errors.read_error(body).text, ""
    return (
        str(row.get("error_code") or "")[:100],
        str(row.get("message") or "")[:300],
        str(row.get("field_name") or "")[:100],
    )
