"""The simulated ShipStation: accounts, settings, counters, and a seeded chance."""

from __future__ import annotations

import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from shipsync_site.lib import clock
from stores.sandbox.core import ControlError, Json
from stores.sandbox.shipstation.account import Account, Order, new_store
from stores.sandbox.shipstation.connection_settings import read_connection

# What may be changed by /control/config beside the accounts, with the defaults.
SETTINGS: Json = {
    # Status of an update of a shipped or cancelled order: undocumented, so 400, 404
    # and 500 are all worth playing.
    "locked_status": 400,
    # Vendor texts disagree whether pending_fulfillment can be updated.
    "pending_fulfillment_locked": True,
    # Seconds until a change shows in modifyDate filters: a number or [least, most].
    "index_lag": 0,
    # /shipments and /fulfillments answer pages: 0, as in the official samples.
    "pages_zero": False,
    # Settings > International > Customs Declarations is not 'leave blank'.
    "customs_overwrite": False,
    # A model error in one row fails the 'row' or the whole 'call'.
    "batch_model_errors": "row",
    # postalCode → ok | none | warning | failed.
    "addresses": {"ZZ9 9ZZ": "failed", "ZZ8 8ZZ": "warning", "ZZ7 7ZZ": "none"},
    # Whether PUT of a v2 shipment keeps tax identifiers, and createorder drops them.
    "v2_takes_tax": True,
    "v1_drops_tax": False,
    # Which of the three JSON shapes a 500 has: None = in turns.
    "error_form": None,
    # Business seconds until a message is sent: a number or [least, most].
    "webhook_delay": 0,
    # Shares of messages that are lost, and that are sent twice.
    "webhook_loss": 0.0,
    "webhook_duplicates": 0.0,
    # subscribe answers {id} ('short') or {WebHookID, HookType, Url, Name} ('long').
    "webhook_answer": "short",
    # The events of the 2018 documents only: FULFILLMENT_… are refused.
    "webhook_old_events": False,
}
# The list of marketplaces is read live; this number is the sandbox's own choice.
EBAY = 10
DEFAULT_ACCOUNTS: list[Json] = [
    {
        "key": "demo-key",
        "secret": "demo-secret",
        "name": "Demo account",
        "limit": 40,
        "stores": [
            {"storeId": 20001, "storeName": "shipsync", "marketplaceId": 0},
            {"storeId": 20002, "storeName": "Amazon UK", "marketplaceId": 2},
            {
                "storeId": 20003,
                "storeName": "Old shop",
                "marketplaceId": 36,
                "active": False,
            },
        ],
        "tags": [
            {"tagId": 501, "name": "shipsync: stop", "color": "#FF0000"},
            {"tagId": 502, "name": "shipsync: cancelled", "color": "#990000"},
            {"tagId": 503, "name": "shipsync: address changed", "color": "#FF9900"},
            {"tagId": 504, "name": "shipsync: IOSS", "color": "#3366FF"},
        ],
    },
    {
        "key": "second-key",
        "secret": "second-secret",
        "name": "Second account",
        "limit": 40,
        "stores": [
            {"storeId": 30001, "storeName": "shipsync", "marketplaceId": 0},
            {"storeId": 30002, "storeName": "eBay UK", "marketplaceId": EBAY},
        ],
        "tags": [{"tagId": 601, "name": "shipsync: stop", "color": "#FF0000"}],
    },
]
USERS = [
    {
        "userId": "c9f06d74-95de-4263-9b04-e87095cababf",
        "userName": "warehouse@example.test",
        "name": "Packing Bench",
    },
    {
        "userId": "1c0e35b2-7b1e-4d52-9d3d-3d1d52f6a3d0",
        "userName": "office@example.test",
        "name": "Front Office",
    },
]


class World:
    """Everything that a reset empties."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - a simulation, not a secret
        self.settings = deepcopy(SETTINGS)
        self.accounts: dict[str, Account] = {}
        self.counters = {
            "order": 100_000_000,
            "item": 300_000_000,
            "label": 700_000,
            "hook": 50_000,
            "batch": 400_000,
            "record": 1000,
        }
        self.error_turn = 0
        self.set_accounts(DEFAULT_ACCOUNTS)

    def next_id(self, name: str) -> int:
        """The next number of a kind; never used twice, over all accounts."""
        self.counters[name] += 1
        return self.counters[name]

    def next_item_id(self) -> int:
        """The next orderItemId or customsItemId."""
        return self.next_id("item")

    def lag(self) -> float:
        """How long the modifyDate index needs for the next change, in seconds."""
        lag = self.settings["index_lag"]
        if isinstance(lag, list):
            return self.rng.uniform(float(lag[0]), float(lag[1]))
        return float(lag)

    def configure(self, changes: Json) -> None:
        """Take settings and accounts; ControlError names what is unknown.

        ``accounts`` is the whole set: one that keeps its key keeps its orders.
        """
        unknown = set(changes) - set(SETTINGS) - {"accounts"}
        if unknown:
            known = ", ".join(sorted([*SETTINGS, "accounts"]))
            raise ControlError(
                400, f"shipstation has no setting {sorted(unknown)}; it has: {known}"
            )
        for name, value in changes.items():
            if name == "addresses":
                self.settings[name].update(value)
            elif name != "accounts":
                self.settings[name] = value
        if "accounts" in changes:
            self.set_accounts(changes["accounts"])

    def set_accounts(self, specs: list[Json]) -> None:
        """Build or change accounts from their config."""
        now = clock.timestamp()
        accounts: dict[str, Account] = {}
        for spec in specs:
            key = spec.get("key")
            if not key:
                raise ControlError(400, "an account needs a key")
            account = self.accounts.get(key) or Account(key=key, secret="")
            account.secret = spec.get("secret", account.secret)
            account.name = spec.get("name", account.name)
            account.limit = int(spec.get("limit", account.limit))
            account.key_v2 = spec.get("key_v2", account.key_v2)
            account.api_in_plan = bool(spec.get("api_in_plan", account.api_in_plan))
            account.revoked = bool(spec.get("revoked", account.revoked))
            if "carriers" in spec:
                account.carriers = deepcopy(spec["carriers"])
            for store_id in spec.get("gone_stores", []):
                account.stores.pop(int(store_id), None)
            if "tags" in spec:
                account.tags = deepcopy(spec["tags"])
            for store in spec.get("stores", []):
                known = account.stores.get(int(store["storeId"]), {})
                merged = {**known, **store}
                if store.get("connection"):
                    merged["connection"] = read_connection(
                        store["connection"], known.get("connection")
                    )
                account.stores[int(store["storeId"])] = new_store(merged, now)
            accounts[key] = account
        self.accounts = accounts

    def config_view(self) -> Json:
        """The config in force; secrets are the sandbox's own and shown."""
        return {
            **deepcopy(self.settings),
            "accounts": [
                {
                    "key": account.key,
                    "secret": account.secret,
                    "name": account.name,
                    "limit": account.limit,
                    "api_in_plan": account.api_in_plan,
                    "revoked": account.revoked,
                    "tags": deepcopy(account.tags),
                    "stores": [
                        {
                            name: _shown(name, store[name])
                            for name in (
                                "storeId",
                                "storeName",
                                "marketplaceId",
                                "active",
                                "notify",
                                "connection",
                            )
                            if name in store
                        }
                        for store in account.stores.values()
                    ],
                }
                for account in self.accounts.values()
            ],
        }

    def choose_accounts(self, spec: Json) -> list[Account]:
        """The account which a control call names by its key, or all of them."""
        key = spec.get("account")
        if key is None:
            return list(self.accounts.values())
        if key not in self.accounts:
            raise ControlError(404, f"shipstation has no account {key!r}")
        return [self.accounts[key]]

    def find_orders(self, spec: Json) -> Iterator[tuple[Account, Order]]:
        """The orders named by order_keys/order_key, order_id or order_number.

        Raises ControlError 404 for a key, id or number which nothing carries.
        """
        accounts = self.choose_accounts(spec)
        for name, lookup in (
            ("order_key", _by_key),
            ("order_id", _by_id),
            ("order_number", _by_number),
        ):
            wanted: list[Any] = list(spec.get(f"{name}s") or [])
            if spec.get(name) is not None:
                wanted.append(spec[name])
            for value in wanted:
                found = [
                    (account, order)
                    for account in accounts
                    for order in lookup(account, value)
                ]
                if not found:
                    raise ControlError(404, f"no order with {name} {value!r}")
                yield from found


def _shown(name: str, value: Any) -> Any:
    """A store's setting; of a connection without what it has seen."""
    if name != "connection":
        return value
    return {key: x for key, x in value.items() if key not in ("seen", "due")}


def _by_key(account: Account, key: Any) -> list[Order]:
    return [account.orders[number] for number in account.by_key.get(str(key), [])]


def _by_id(account: Account, order_id: Any) -> list[Order]:
    order = account.orders.get(int(order_id)) if str(order_id).isdigit() else None
    return [order] if order else []


def _by_number(account: Account, number: Any) -> list[Order]:
    return [o for o in account.numbered(str(number)) if o.number == str(number)]
