"""From account rows to live clients, and what people do with accounts."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from shipsync_site.lib import clock
from stores import budgets, lanes
from stores.choices import DatabaseChoiceStore, keep_all
from stores.connectors import CONNECTORS
from stores.connectors.base import (
    AccountConfig,
    Capability,
    Connector,
    ConnectorType,
)
from stores.errors import RemoteError, UnauthorisedError
from stores.http import Gateway
from stores.models import (
    Account,
    AccountState,
    CarrierMapping,
    RemoteAccount,
    RemoteCall,
    ShipStationAccount,
    Store,
    StoreState,
)
from stores.operators import host_of, sandbox_url
from stores.remote_types import ConnectionOutcome, ConnectionReport
from stores.rules_changed import announce
from stores.shipstation import v2
from stores.shipstation.client import BASE_URL, BUDGET_SPECS, ShipStationClient
from stores.shipstation.v2 import ShipStationV2
from stores.tokens import DatabaseTokenStore

logger = logging.getLogger(__name__)

OnOpen = Callable[[RemoteCall], None]


def connector_for(
    account: RemoteAccount,
    *,
    on_open: OnOpen | None = None,
    gateway: Gateway | None = None,
) -> Connector:
    """The live connector of an account, its budgets in place.

    ``on_open`` runs in the transaction that records each call before it is sent;
    ``gateway`` is used instead of the account's own.
    Raises LookupError for a marketplace that no connector serves, UnauthorisedError
    where the account's operator is not (any more) on the list that admins keep.
    """
    connector = CONNECTORS.get(account.marketplace)
    if connector.operators and not host_of(account):
        raise UnauthorisedError(
            f"'{account.region}' is not an active operator of {connector.label}: an "
            "admin adds it, with its host, to the list of operators",
            reason=ConnectionOutcome.STORE_INACTIVE,
        )
    budgets.ensure(account.key, connector.budget_specs)
    return _build(account, on_open, gateway)


def idle_connector(account: RemoteAccount) -> Connector:
    """The connector of an account for questions that need no call: writes nothing.

    Raises LookupError for a marketplace that no connector serves.
    """
    return _build(account, None)


def _build(
    account: RemoteAccount, on_open: OnOpen | None, gateway: Gateway | None = None
) -> Connector:
    return CONNECTORS.get(account.marketplace)(
        _config(account),
        gateway=gateway or Gateway(account.key, on_open=on_open),
        tokens=DatabaseTokenStore(account.key),
        choices=DatabaseChoiceStore(account.key),
    )


def account_of(key: str) -> Account:
    """The account of this key; raises LookupError when it is gone."""
    prefix, _, pk = key.rpartition("-")
    for model in (RemoteAccount, ShipStationAccount):
        if model.key_prefix == prefix:
            try:
                return model._default_manager.get(pk=int(pk))
            except model.DoesNotExist:
                break
    raise LookupError(f"There is no account {key!r}")


def shipstation_for(
    account: ShipStationAccount,
    *,
    on_open: OnOpen | None = None,
    gateway: Gateway | None = None,
) -> ShipStationClient:
    """The live client of a ShipStation key, its budget in place."""
    budgets.ensure(account.key, BUDGET_SPECS)
    secrets = account.secrets or {}
    return ShipStationClient(
        gateway or Gateway(account.key, on_open=on_open),
        base_url=sandbox_url(account, "shipstation") or BASE_URL,
        api_key=str(secrets.get("api_key", "")),
        api_secret=str(secrets.get("api_secret", "")),
    )


def shipstation_v2_for(
    account: ShipStationAccount, *, on_open: OnOpen | None = None
) -> ShipStationV2:
    """The client of ShipStation's newer interface, its own budget in place."""
    budgets.ensure(account.key, v2.BUDGET_SPECS)
    return ShipStationV2(
        Gateway(account.key, on_open=on_open),
        base_url=sandbox_url(account, "shipstation") or v2.BASE_URL,
        api_key=str((account.secrets or {}).get("api_key_v2", "")),
    )


def has_lists(account: Account) -> bool:
    """Whether the account's marketplace lists its carriers, reasons or fields."""
    return (
        isinstance(account, RemoteAccount)
        and account.marketplace in CONNECTORS
        and Capability.LIST_CHOICES in CONNECTORS.get(account.marketplace).capabilities
    )


def read_choices(account: RemoteAccount) -> int:
    """Read the marketplace's own lists and keep them; how many entries there are.

    Raises what calls raise; then what was kept before stays.
    """
    return keep_all(account.key, connector_for(account).fetch_choices())


def test_connection(account: Account) -> ConnectionReport:
    """Ask the peer with real, cheap calls; what was found is kept on the account.

    For ShipStation also keeps its stores, carriers and the id of the stop tag; for a
    marketplace that lists its carriers and reasons, these.
    """
    if isinstance(account, RemoteAccount):
        report = _check(account)
    elif isinstance(account, ShipStationAccount):
        stores = account.stores.order_by("pk")
        report = shipstation_for(account).check_connection(
            stop_tag_name=account.stop_tag_name,
            store_ids=list(stores.values_list("shipstation_store_id", flat=True)),
        )
    else:
        raise TypeError(f"{type(account).__name__} can't be tested")
    changes: dict[str, Any] = {
        "checked_at": clock.real_now(),
        "check_outcome": report.outcome,
        "check_sentence": report.sentence[:300],
    }
    if isinstance(account, ShipStationAccount):
        changes |= _discovered(account, report)
    for name, value in changes.items():
        setattr(account, name, value)
    account.save(update_fields=[*changes, "updated_at"])
    return report


def _check(account: RemoteAccount) -> ConnectionReport:
    try:
        report = connector_for(account).check_connection()
    except UnauthorisedError as error:
        outcome = ConnectionOutcome(error.reason)
        return ConnectionReport(outcome=outcome, sentence=error.message)
    if report.ok and has_lists(account):
        try:
            read_choices(account)
        except RemoteError as error:
            logger.warning("lists of %s could not be read: %s", account.key, error)
    return report


# pytest would collect a function of this name.
test_connection.__test__ = False  # type: ignore[attr-defined]


def pause(subject: Account | Store, reason: str, user: Any = None) -> bool:
    """Stop all calls of an account, or the movements of a store; False if paused.

    The first reason stays: a paused subject is not paused again. ``user`` None means
    that the engine did it.
    """
    changes = {
        "pause_reason": reason[:300],
        "paused_at": clock.now(),
        "paused_by": user,
        "updated_at": clock.real_now(),
    }
    if isinstance(subject, Store):
        rows = Store.objects.filter(pk=subject.pk, state=StoreState.LIVE)
        changed = rows.update(state=StoreState.PAUSED, **changes)
    else:
        accounts = type(subject)._default_manager.filter(
            pk=subject.pk, state=AccountState.ACTIVE
        )
        changed = accounts.update(state=AccountState.PAUSED, **changes)
    subject.refresh_from_db()
    if changed:
        logger.warning(
            "paused %s by user=%s: %s", subject, getattr(user, "pk", None), reason
        )
    return bool(changed)


def resume(subject: Account | Store, user: Any = None) -> bool:
    """Let a paused account or store go on; its lanes are due at once.

    False if it was not paused.
    """
    changes = {
        "pause_reason": "",
        "paused_at": None,
        "paused_by": None,
        "updated_at": clock.real_now(),
    }
    if isinstance(subject, Store):
        rows = Store.objects.filter(pk=subject.pk, state=StoreState.PAUSED)
        with transaction.atomic():
            changed = rows.update(state=StoreState.LIVE, **changes)
            announce([subject.pk], payload=False)  # what waited is decided anew
        accounts: list[Account] = [subject.remote_account, subject.shipstation_account]
    else:
        paused = type(subject)._default_manager.filter(
            pk=subject.pk, state=AccountState.PAUSED
        )
        changed = paused.update(state=AccountState.ACTIVE, **changes)
        accounts = [subject]
    subject.refresh_from_db()
    if changed:
        logger.info("resumed %s by user=%s", subject, getattr(user, "pk", None))
        lanes.ensure_lanes()
        for account in accounts:
            lanes.nudge_all(account.key)
    return bool(changed)


def seed_carrier_defaults(connector: ConnectorType) -> int:
    """Write the connector's proven carrier codes as defaults; how many were new.

    Idempotent; a row that is there, a person's above all, is left alone.
    """
    present = set(
        CarrierMapping.objects.filter(
            marketplace=connector.code, store=None
        ).values_list("shipstation_carrier", "shipstation_service")
    )
    missing = [
        CarrierMapping(
            marketplace=connector.code,
            shipstation_carrier=row.shipstation_carrier,
            shipstation_service=row.shipstation_service,
            carrier_code=row.carrier_code,
            carrier_name=row.carrier_name,
            service=row.service,
            is_default=True,
        )
        for row in connector.default_carriers
        if (row.shipstation_carrier, row.shipstation_service) not in present
    ]
    CarrierMapping.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)


def _config(account: RemoteAccount) -> AccountConfig:
    # Drafts too: what is sold there must be at hand when the store goes live.
    marketplaces = account.stores.order_by("remote_marketplace")
    return AccountConfig(
        key=account.key,
        environment=account.environment,
        region=account.region,
        seller_id=account.seller_id,
        app_id=account.app_id,
        settings=dict(account.settings or {}),
        secrets={key: str(value) for key, value in (account.secrets or {}).items()},
        marketplace_ids=tuple(
            marketplaces.values_list("remote_marketplace", flat=True)
        ),
        sandbox_url=sandbox_url(account, account.marketplace),
        host=host_of(account),
        secrets_set_at=account.secrets_set_at,
        secret_dates={
            name: datetime.fromisoformat(at)
            for name, at in (account.secret_dates or {}).items()
        },
    )


def _discovered(
    account: ShipStationAccount, report: ConnectionReport
) -> dict[str, Any]:
    """What the check saw of the account: lists for the forms, the stop tag's id."""
    found: dict[str, Any] = {}
    if "stores" in report.details:
        found["known_stores"] = report.details["stores"]
    if "carriers" in report.details:
        found["known_carriers"] = report.details["carriers"]
    if "tags" in report.details:
        found["known_tags"] = report.details["tags"]
        wanted = account.stop_tag_name.strip().casefold()
        found["stop_tag_id"] = next(
            (
                tag["id"]
                for tag in report.details["tags"]
                if str(tag["name"]).strip().casefold() == wanted
            ),
            None,
        )
    return found
