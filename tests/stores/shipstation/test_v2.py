from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
import responses
from responses import matchers

from stores import budgets
from stores.errors import (
    LockedError,
    OutcomeUnknownError,
    RejectedError,
    ThrottledError,
    TransientError,
    UnexpectedAnswerError,
)
from stores.http import Gateway
from stores.models import RemoteCall
from stores.shipstation import v2
from stores.shipstation.v2 import ShipStationV2, TaxIdentifier
from stores.transport import new_session
from tests.stores.shipstation.conftest import ACCOUNT

BASE = "https://api.example.test"
URL = f"{BASE}/v2/shipments/se-7"
IOSS = TaxIdentifier(
    taxable_entity_type="shipper",
    identifier_type="ioss",
    issuing_authority="DE",
    value="IM2760000123",
)
EORI = TaxIdentifier(
    taxable_entity_type="shipper",
    identifier_type="eori",
    issuing_authority="GB",
    value="GB123456789000",
)


def shipment(*identifiers: TaxIdentifier) -> dict[str, Any]:
    return {
        "shipment_id": "se-7",
        "created_at": "2026-11-20T10:00:00Z",
        "modified_at": "2026-11-20T10:00:00Z",
        "shipment_status": "on_hold",
        "ship_to": {"name": "Ada", "country_code": "FR"},
        "tax_identifiers": [asdict(x) for x in identifiers] or None,
    }


def refusal(code: str, text: str, field: str = "") -> dict[str, Any]:
    row = {"error_code": code, "message": text, "field_name": field}
    return {"request_id": "r", "errors": [row]}


@pytest.fixture
def peer() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def client(db: None) -> ShipStationV2:
    budgets.ensure(ACCOUNT, v2.BUDGET_SPECS)
    gateway = Gateway(ACCOUNT, session=new_session())
    return ShipStationV2(gateway, base_url=f"{BASE}/", api_key="key-2")


def test_a_shipment_shows_its_identifiers(
    peer: responses.RequestsMock, client: ShipStationV2
) -> None:
    peer.get(
        URL,
        json=shipment(IOSS),
        match=[matchers.header_matcher({"api-key": "key-2"})],
    )

    assert client.read_tax(7).identifiers == (IOSS,)
    call = RemoteCall.objects.get()
    assert (call.operation, call.method) == ("v2_shipment", "GET")


def test_a_put_is_the_shipment_as_read_with_the_number_in_its_place(
    peer: responses.RequestsMock, client: ShipStationV2
) -> None:
    peer.get(
        URL, json=shipment(EORI, TaxIdentifier(**(asdict(IOSS) | {"value": "old"})))
    )
    peer.put(URL, json=shipment(EORI, IOSS))

    client.put_tax(7, client.read_tax(7), IOSS)

    body = peer.calls[1].request.body
    assert isinstance(body, bytes)
    assert json.loads(body) == {
        "ship_to": {"name": "Ada", "country_code": "FR"},
        "tax_identifiers": [asdict(EORI), asdict(IOSS)],
    }


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (400, refusal("invalid_status", "shipped"), RejectedError, "invalid_status"),
        (401, refusal("unauthorized", "no"), RejectedError, "unauthorized"),
        (403, {"message": "no"}, RejectedError, "403"),
        (404, refusal("not_found", "gone"), LockedError, "not_found"),
        (429, refusal("rate_limit_exceeded", "slow"), ThrottledError, None),
        (500, {"message": "oops"}, OutcomeUnknownError, "500"),
        (200, ["nothing"], UnexpectedAnswerError, "malformed"),
    ],
)
def test_what_a_put_may_be_answered(
    peer: responses.RequestsMock,
    client: ShipStationV2,
    status: int,
    body: Any,
    error: type[Exception],
    code: str | None,
) -> None:
    peer.get(URL, json=shipment())
    peer.put(URL, json=body, status=status, headers={"Retry-After": "9"})
    shown = client.read_tax(7)

    with pytest.raises(error) as caught:
        client.put_tax(7, shown, IOSS)

    if code is not None:
        assert getattr(caught.value, "code", "") == code
    if isinstance(caught.value, ThrottledError):
        assert caught.value.retry_after == 10


def test_a_read_that_fails_has_changed_nothing(
    peer: responses.RequestsMock, client: ShipStationV2
) -> None:
    peer.get(URL, status=502, body="<html></html>")

    with pytest.raises(TransientError):
        client.read_tax(7)


def test_without_a_key_nothing_is_sent(db: None) -> None:
    gateway = Gateway(ACCOUNT, session=new_session())
    client = ShipStationV2(gateway, base_url=BASE, api_key="")

    with pytest.raises(RejectedError, match="no API key of v2") as caught:
        client.read_tax(7)

    assert caught.value.code == v2.NO_KEY
    assert RemoteCall.objects.count() == 0
    assert "key" not in repr(client)
