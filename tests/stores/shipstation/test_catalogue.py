from __future__ import annotations

import pytest
import responses

from stores.errors import UnexpectedAnswerError
from stores.shipstation.catalogue import list_services
from stores.shipstation.client import ShipStationClient
from tests.stores.shipstation.conftest import BASE

URL = f"{BASE}/carriers/listservices"


def test_services_of_a_carrier_are_listed_and_a_bad_row_is_left_out(
    client: ShipStationClient, peer: responses.RequestsMock
) -> None:
    rows = [{"code": "dpd_next_day", "name": "Next Day"}, "nonsense", {"name": "?"}]
    peer.add("GET", URL, json=rows)

    services = list_services(client, "dpd")

    assert [(row.code, row.name) for row in services] == [("dpd_next_day", "Next Day")]
    assert "carrierCode=dpd" in str(peer.calls[0].request.url)


def test_another_shape_is_said_to_be_one(
    client: ShipStationClient, peer: responses.RequestsMock
) -> None:
    peer.add("GET", URL, json={"services": []})

    with pytest.raises(UnexpectedAnswerError, match="listservices"):
        list_services(client, "dpd")
