"""Opens a seller's account with one live store, on both sides; nothing if it is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shipsync_site.demo import customs
from shipsync_site.demo.channels import WAREHOUSES
from shipsync_site.lib import clock
from stores import connect, lanes
from stores.connectors import CONNECTORS
from stores.models import OperatingModel, RemoteAccount, ShipStationAccount, Store
from stores.models.account import Environment
from stores.models.store import StoreState
from stores.sandbox.driver import SandboxClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A store of a seller; ``store_id`` is ShipStation's, ``rules`` its own."""

    marketplace: str
    slug: str
    name: str
    seller_id: str
    remote_marketplace: str
    store_id: int
    secrets: Mapping[str, str]
    settings: Mapping[str, Any]
    region: str = ""
    app_id: str = ""
    rules: Mapping[str, Any] = field(default_factory=dict)

    def open(self, client: SandboxClient) -> None:
        """Make the account, the store and ShipStation's side of it."""
        known = {"marketplace": self.marketplace, "region": self.region}
        if RemoteAccount.objects.filter(**known).exists():
            return
        row = {
            "storeId": self.store_id,
            "storeName": f"{self.name} (shipsync)",
            "marketplaceId": 0,
        }
        warehouse = WAREHOUSES["main"]
        keys = {"key": warehouse.key, "secret": warehouse.secret}
        client.config(shipstation={"accounts": [keys | {"stores": [row]}]})
        account = RemoteAccount.objects.create(
            **known,
            name=f"{self.name} (sandbox)",
            environment=Environment.SANDBOX,
            seller_id=self.seller_id,
            app_id=self.app_id,
            settings=dict(self.settings),
            secrets=dict(self.secrets),
            secrets_set_at=clock.now(),
        )
        store = Store.objects.create(
            slug=self.slug,
            name=self.name,
            remote_account=account,
            remote_marketplace=self.remote_marketplace,
            shipstation_account=ShipStationAccount.objects.get(),
            shipstation_store_id=self.store_id,
            state=StoreState.LIVE,
            timezone="Europe/London",
        )
        OperatingModel.objects.create(store=store, version=1, **self.rules)
        connect.seed_carrier_defaults(CONNECTORS.get(self.marketplace))
        customs.seed()
        lanes.ensure_lanes()
        connect.test_connection(account)
