from __future__ import annotations

from typing import Any

import pytest

from orders.models import OrderException
from orders.sync.operations import dispatches
from shipsync_site.lib import clock
from stores.shipstation.types import MalformedRecord
from stores.shipstation.window import Window, WindowStep
from tests.orders.factories import make_shipstation_account

pytestmark = pytest.mark.django_db


def test_a_parcel_that_no_page_can_hold_is_left_out_and_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = make_shipstation_account()
    bad = MalformedRecord(remote_id="after 10:00", field="", problem="answers 500")

    def reader(client: Any, window: Window) -> WindowStep[Any]:
        return WindowStep(
            rows=(), malformed=(bad,), next=window, done=True, as_of=clock.now()
        )

    monkeypatch.setattr(dispatches, "STREAMS", (("shipments", reader, 1),))
    dispatches.unit(account, lambda due: None)

    case = OrderException.objects.get()
    assert (case.kind, case.cause) == ("contract_broken", "parcel:after 10:00")
    assert case.scope == f"account:{account.key}"
