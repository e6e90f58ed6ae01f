"""The ShipStation world to JSON and back, for the snapshot file."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from stores.sandbox.core import Json
from stores.sandbox.shipstation.account import Account, Order, Shipment
from stores.sandbox.shipstation.world import World

_PLAIN = (
    "key",
    "secret",
    "name",
    "limit",
    "api_in_plan",
    "revoked",
    "tags",
    "gone",
    "carriers",
    "key_v2",
)


def _plain(row: Order | Shipment) -> Json:
    return {
        slot.name: getattr(row, slot.name)
        for slot in fields(row)
        if slot.name != "text"
    }


def dump(world: World) -> Json:
    """Settings, counters, the random state and every account with all its rows."""
    version, numbers, gauss = world.rng.getstate()
    return {
        "settings": world.settings,
        "counters": world.counters,
        "error_turn": world.error_turn,
        "random": [version, list(numbers), gauss],
        "accounts": [_dump_account(account) for account in world.accounts.values()],
    }


def _dump_account(account: Account) -> Json:
    return {
        **{name: getattr(account, name) for name in _PLAIN},
        "stores": list(account.stores.values()),
        "gone_keys": sorted(account.gone_keys),
        "poison": sorted(account.poison),
        "pending": account.pending,
        "holds": account.holds,
        "hooks": account.hooks,
        "tax_ids": account.tax_ids,
        "orders": [_plain(order) for order in account.orders.values()],
        "shipments": [_plain(row) for row in account.shipments],
        "fulfillments": [_plain(row) for row in account.fulfillments],
        "windows": account.meter.dump(),
    }


def load(state: Json) -> World:
    """The world that :func:`dump` saw."""
    world = World(0)
    world.settings.update(state["settings"])
    world.counters.update(state["counters"])
    world.error_turn = state["error_turn"]
    version, numbers, gauss = state["random"]
    world.rng.setstate((version, tuple(numbers), gauss))
    accounts = [_load_account(row) for row in state["accounts"]]
    world.accounts = {account.key: account for account in accounts}
    return world


def _load_account(row: Json) -> Account:
    plain: dict[str, Any] = {name: row[name] for name in _PLAIN if name in row}
    plain["gone"] = {int(number): why for number, why in row["gone"].items()}
    account = Account(**plain)
    account.stores = {store["storeId"]: store for store in row["stores"]}
    account.gone_keys = set(row["gone_keys"])
    account.poison = set(row["poison"])
    account.pending = [tuple(entry) for entry in row["pending"]]
    account.holds = [tuple(entry) for entry in row["holds"]]
    account.hooks = list(row.get("hooks", []))
    account.tax_ids = {int(k): v for k, v in row.get("tax_ids", {}).items()}
    for known in row["orders"]:
        account.add(Order(**known))
    account.modified = sorted(
        (order.indexed_ts, order.order_id)
        for order in account.orders.values()
        if order.indexed_ts is not None
    )
    for known in (*row["shipments"], *row["fulfillments"]):
        account.add_label(Shipment(**known))
    account.meter.load(row["windows"])
    return account
