"""What a carrier of the account offers: ShipStation API v1, one carrier a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stores.errors import UnexpectedAnswerError
from stores.http import Answer
from stores.shipstation import fields
from stores.shipstation.client import ShipStationClient
from stores.shipstation.fields import RowError


@dataclass(frozen=True, slots=True, kw_only=True)
class SsService:
    """A service of a carrier."""

    code: str
    name: str


def list_services(
    client: ShipStationClient, carrier_code: str, *, urgent: bool = False
) -> tuple[SsService, ...]:
    """The carrier's services; a row that can't be read is left out.

    Raises what the client raises, UnexpectedAnswerError for anything but a list.
    """
    found: list[SsService] = []

    def classify(answer: Answer) -> None:
        client.classify(answer, operation="services", write=False)
        payload: Any = answer.json()
        if not isinstance(payload, list):
            raise UnexpectedAnswerError(
                "ShipStation: listservices did not answer with a list",
                body=fields.outline(payload),
            )
        for row in payload:
            try:
                row = fields.an_object(row, "service")
                found.append(
                    SsService(
                        code=fields.text(row, "code"), name=fields.text(row, "name")
                    )
                )
            except RowError:
                continue

    client.send(
        "services",
        "GET",
        path="/carriers/listservices",
        params={"carrierCode": carrier_code},
        urgent=urgent,
        classify=classify,
    )
    return tuple(service for service in found if service.code)
