"""Orders by change date, one page; a dispatch is told once a parcel."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django import forms

from stores.connectors import CONNECTORS
from stores.connectors.base import Capability, Connector, Stream
from stores.errors import RejectedError, RemoteError
from stores.http import Answer, Call, error_for_status
from stores.remote_types import (
    Block,
    BudgetSpec,
    CarrierDefault,
    Confirmation,
    ConnectionOutcome,
    ConnectionReport,
    CursorState,
    OrderPage,
    RemoteAddress,
    RemoteLine,
    RemoteOrder,
    RemotePackage,
    RemoteStatus,
)

API = "https://api.toy-street.example"
MOST_CHARACTERS = 40
OVERLAP = timedelta(minutes=5)
EVERY = frozenset(Block)


class ToySettingsForm(forms.Form):
    """What Toy Street wants of a seller."""

    api_key = forms.CharField(label="API key", widget=forms.PasswordInput)


class ToyConnector(Connector):
    """GET /orders in, POST /orders/{id}/parcels out."""

    code = "toy_street"
    label = "Toy Street"
    capabilities = frozenset({Capability.CONFIRM_DISPATCH, Capability.READ_ONE})
    documentation_url = "https://toy-street.example/docs"
    settings_form = ToySettingsForm
    secret_fields = frozenset({"api_key"})
    marketplaces = (("TOY_GB", "Toy Street UK"),)
    budget_specs = (BudgetSpec(group="calls", capacity=50, rate=5.0, source="a toy"),)
    default_carriers = (
        CarrierDefault(
            shipstation_carrier="royal_mail",
            shipstation_service="",
            carrier_code="toy-royal",
        ),
    )
    streams: ClassVar = {Stream.OPEN: timedelta(minutes=2)}

    def __repr__(self) -> str:
        return f"ToyConnector({self.account.key})"

    def check_connection(self) -> ConnectionReport:
        try:
            self._get("/orders")
        except RemoteError as error:
            return ConnectionReport(
                outcome=ConnectionOutcome.UNEXPECTED, sentence=error.message
            )
        return ConnectionReport(
            outcome=ConnectionOutcome.WORKS, sentence="Toy Street answers."
        )

    def fetch_page(
        self, stream: Stream, cursor: CursorState, *, now: datetime
    ) -> OrderPage:
        since = cursor.watermark or now - timedelta(days=30)
        rows, as_of = self._get("/orders", since=(since - OVERLAP).isoformat())
        return OrderPage(
            orders=tuple(parse(row, as_of) for row in rows["orders"]),
            malformed=(),
            next=CursorState(watermark=as_of),
            more=False,
            as_of=as_of,
        )

    def fetch_order(
        self, remote_id: str, *, urgent: bool = False
    ) -> RemoteOrder | None:
        try:
            row, as_of = self._get(f"/orders/{remote_id}")
        except RejectedError:
            return None
        return parse(row, as_of)

    def confirm(self, confirmation: Confirmation, *, urgent: bool = False) -> None:
        if len(confirmation.tracking_number) > MOST_CHARACTERS:
            raise RejectedError(
                f"Toy Street takes {MOST_CHARACTERS} characters of a number",
                code="too_long",
                field="number",
            )
        self._send(
            "confirm",
            "POST",
            f"/orders/{confirmation.order_remote_id}/parcels",
            json={
                "carrier": confirmation.carrier_code,
                "number": confirmation.tracking_number,
                "lines": dict(confirmation.lines),
            },
        )

    def _get(self, path: str, **params: str) -> tuple[Any, datetime]:
        answer = self._send("read", "GET", path, params=params)
        return answer.json(), answer.started_at

    def _send(self, operation: str, method: str, path: str, **more: Any) -> Any:
        call = Call(
            operation=operation,
            method=method,
            url=f"{API}{path}",
            groups=("calls",),
            headers={"X-Key": self.account.secrets.get("api_key", "")},
            write=method != "GET",
            **more,
        )
        return self.gateway.send(call, classify=lambda answer: _look(answer, call))


def _look(answer: Answer, call: Call) -> None:
    """Toy Street says in words what it refuses."""
    if answer.status == 400:
        raise RejectedError(str(answer.json()["message"]), code="refused")
    if answer.status >= 300:
        raise error_for_status(answer, call)


def parse(row: dict[str, Any], as_of: datetime) -> RemoteOrder:
    """One order of Toy Street."""
    return RemoteOrder(
        remote_id=row["id"],
        number=row["id"],
        marketplace_id="TOY_GB",
        status=RemoteStatus(row["state"]),
        raw_status=row["state"],
        ordered_at=datetime.fromisoformat(row["at"]),
        updated_at=datetime.fromisoformat(row["at"]),
        as_of=as_of,
        blocks=EVERY,
        ship_by=datetime.fromisoformat(row["ship_by"]),
        lines=tuple(
            RemoteLine(
                remote_id=line["id"],
                sku=line["sku"],
                title=line["sku"],
                quantity=line["units"],
                quantity_cancelled=0,
                cancel_requested=row["asks_to_cancel"],
                unit_price=Decimal("9.50"),
            )
            for line in row["lines"]
        ),
        recipient=RemoteAddress(
            name="Ada Byron",
            line1="12 St James's Square",
            city="London",
            postcode="SW1Y 4JH",
            country="GB",
        ),
        buyer_name="Ada Byron",
        currency="GBP",
        total=Decimal("19.00"),
        packages=tuple(
            RemotePackage(
                reference=str(index),
                carrier=parcel["carrier"],
                tracking_number=parcel["number"],
                status="",
                shipped_at=None,
                lines=tuple(parcel["lines"].items()),
            )
            for index, parcel in enumerate(row["parcels"], start=1)
        ),
        raw=row,
    )


CONNECTORS.register(ToyConnector)
