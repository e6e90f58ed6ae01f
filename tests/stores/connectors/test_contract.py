"""What every registered connector must keep to, whatever its marketplace."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django import forms

from stores import budgets
from stores.connectors import CONNECTORS, connector_choices
from stores.connectors.base import (
    AccountConfig,
    Capability,
    Connector,
    ConnectorType,
    Stream,
)
from stores.errors import UnsupportedOperationError
from stores.http import Gateway

KEY = "remote-1"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
METHODS = {
    Capability.READ_ONE: "fetch_order",
    Capability.CONFIRM_DISPATCH: "confirm",
    Capability.CONSENT: "redeem_consent",
    Capability.WEBHOOKS: "receive",
    Capability.SUBSCRIBE: "subscribe",
    Capability.LISTEN: "listen",
    Capability.ACCEPT_ORDERS: "accept",
    Capability.ACCEPT_CANCELLATION: "answer_cancellation",
    Capability.REJECT_CANCELLATION: "answer_cancellation",
    Capability.LIST_CHOICES: "fetch_choices",
    Capability.CENSUS: "census",
}


class NoTokens:
    """A token store that holds nothing and must not be asked."""

    def get(self, kind: str) -> str:
        raise AssertionError("asked for a token")

    def refresh(self, kind: str, fetch: Any) -> str:
        raise AssertionError("asked for a token")

    def secret(self, name: str) -> str:
        raise AssertionError("asked for a secret")


def live(connector: ConnectorType) -> Connector:
    account = AccountConfig(
        key=KEY,
        environment="sandbox",
        region=connector.regions[0][0],
        seller_id="S",
        settings={},
        secrets={name: f"hush-{name}" for name in connector.secret_fields},
        marketplace_ids=(),
        sandbox_url="http://127.0.0.1:9",
    )
    return connector(account, gateway=Gateway(KEY), tokens=NoTokens())


def test_there_are_connectors() -> None:
    assert "amazon" in CONNECTORS
    assert ("amazon", "Amazon") in connector_choices()


@pytest.fixture(params=list(CONNECTORS), ids=lambda entry: str(entry.code))
def connector(request: pytest.FixtureRequest) -> ConnectorType:
    found: ConnectorType = request.param
    return found


def test_it_describes_itself(connector: ConnectorType) -> None:
    assert issubclass(connector, Connector)
    assert not inspect.isabstract(connector)
    assert connector.code.isidentifier()
    assert len(connector.code) <= 30
    assert connector.label
    assert connector.documentation_url.startswith("https://")
    assert connector.regions
    assert timedelta(0) < connector.retention <= timedelta(days=366)


def test_its_form_declares_the_secrets(connector: ConnectorType) -> None:
    form = connector.settings_form()

    assert connector.secret_fields
    for name in connector.secret_fields:
        widget = form.fields[name].widget
        assert isinstance(widget, forms.PasswordInput), name
        assert not widget.render_value, name
    for name, field in form.fields.items():
        assert field.label, name


def test_a_filled_form_never_shows_a_secret(connector: ConnectorType) -> None:
    data = {name: f"hush-{name}" for name in connector.secret_fields}

    assert "hush-" not in str(connector.settings_form(data))


def test_it_offers_what_it_declares_and_refuses_the_rest(
    connector: ConnectorType,
) -> None:
    for capability, name in METHODS.items():
        offered = getattr(connector, name) is not getattr(Connector, name)
        same = {other for other, method in METHODS.items() if method == name}
        assert capability in same
        assert offered == bool(same & connector.capabilities), name
        if not offered:
            asked: tuple[Any, ...] = ("1",)
            more: dict[str, Any] = {}
            if name in ("listen", "fetch_choices"):
                asked = ()
            elif name == "redeem_consent":
                more = {"redirect_uri": ""}
            elif name == "census":
                asked, more = ("1", NOW, NOW, {}), {"now": NOW}
            with pytest.raises(UnsupportedOperationError):
                getattr(live(connector), name)(*asked, **more)


def test_a_consent_page_comes_with_its_callback(connector: ConnectorType) -> None:
    has_page = connector.consent_url is not Connector.consent_url

    assert has_page == (Capability.CONSENT in connector.capabilities)
    assert connector.granted_secrets <= connector.secret_fields
    if not has_page:
        with pytest.raises(UnsupportedOperationError):
            live(connector).consent_url(state="s", redirect_uri="https://x.example/")


def test_its_streams_fit_its_capabilities(connector: ConnectorType) -> None:
    assert Stream.OPEN in connector.streams
    assert (Stream.SHIPPED in connector.streams) == (
        Capability.READ_BACK_LIST in connector.capabilities
    )
    for interval in connector.streams.values():
        assert interval >= timedelta(seconds=30)


@pytest.mark.django_db
def test_its_quotas_can_be_kept(connector: ConnectorType) -> None:
    groups = [spec.group for spec in connector.budget_specs]

    assert len(groups) == len(set(groups)) > 0
    for spec in connector.budget_specs:
        assert spec.source, f"{spec.group}: say where the quota comes from"
        assert (spec.rate > 0) != (spec.period > 0), spec.group
    budgets.ensure(KEY, connector.budget_specs)
    assert [row.group for row in budgets.left(KEY)] == sorted(groups)


def test_its_carrier_defaults_are_unambiguous(connector: ConnectorType) -> None:
    keys = [
        (row.shipstation_carrier, row.shipstation_service)
        for row in connector.default_carriers
    ]

    assert len(keys) == len(set(keys))
    for row in connector.default_carriers:
        assert row.carrier_code == row.carrier_code.strip() != ""
        assert len(row.carrier_code) <= 60


def test_an_instance_hides_its_secrets(connector: ConnectorType) -> None:
    one = live(connector)

    assert "hush-" not in repr(one) + repr(one.account) + str(vars(one))
