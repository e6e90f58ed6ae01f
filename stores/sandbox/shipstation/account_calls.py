"""What an account has: tags, carriers, stores, warehouses, users."""

from __future__ import annotations

from stores.sandbox.core import Json
from stores.sandbox.shipstation import connections, pacific
from stores.sandbox.shipstation.account import MARKETPLACES
from stores.sandbox.shipstation.calls import Call, done
from stores.sandbox.shipstation.catalogue import CARRIERS, PACKAGES, Carrier
from stores.sandbox.shipstation.errors import ApiError
from stores.sandbox.shipstation.world import USERS

WAREHOUSE_ID = 4001


def tags(call: Call) -> list[Json]:
    return call.account.tags


def _carrier_view(carrier: Carrier, place: int) -> Json:
    return {
        "name": carrier.name,
        "code": carrier.code,
        "accountNumber": f"SIM{place:05d}",
        "requiresFundedAccount": carrier.funded,
        "balance": 250.0 if carrier.funded else 0.0,
        "nickname": None,
        "shippingProviderId": 880_000 + place,
        "primary": place == 0,
    }


def _connected(call: Call) -> dict[str, Carrier]:
    """The catalogue's carriers and what this account connected beside them.

    A catalogue's code with services of its own has these beside the catalogue's.
    """
    found = dict(CARRIERS)
    for code, spec in call.account.carriers.items():
        known = CARRIERS.get(code)
        more = tuple((k, str(v), False) for k, v in spec.get("services", {}).items())
        name = str(spec.get("name") or (known.name if known else code))
        found[code] = Carrier(
            code=code,
            name=name,
            display=name,
            services=(*(known.services if known else ()), *more),
        )
    return found


def carriers(call: Call) -> list[Json]:
    return [_carrier_view(c, n) for n, c in enumerate(_connected(call).values())]


def _carrier(call: Call) -> Carrier:
    code = call.query.get("carrierCode", "")
    carrier = _connected(call).get(code)
    if carrier is None:
        raise ApiError(404, f"Carrier {code} was not found.")
    return carrier


def get_carrier(call: Call) -> Json:
    carrier = _carrier(call)
    return _carrier_view(carrier, list(_connected(call)).index(carrier.code))


def services(call: Call) -> list[Json]:
    carrier = _carrier(call)
    return [
        {
            "carrierCode": carrier.code,
            "code": code,
            "name": name,
            "domestic": not international,
            "international": international,
        }
        for code, name, international in carrier.services
    ]


def packages(call: Call) -> list[Json]:
    carrier = _carrier(call)
    return [
        {
            "carrierCode": carrier.code,
            "code": code,
            "name": name,
            "domestic": True,
            "international": True,
        }
        for code, name in PACKAGES
    ]


# What no interface shows of a store.
_HIDDEN = ("notify", "connection")


def _store_view(store: Json) -> Json:
    return {name: value for name, value in store.items() if name not in _HIDDEN}


def stores(call: Call) -> list[Json]:
    inactive = call.query.get("showInactive", "").lower() == "true"
    marketplace = call.query.get("marketplaceId", "")
    return [
        _store_view(store)
        for store in call.account.stores.values()
        if (inactive or store["active"])
        and (not marketplace or str(store["marketplaceId"]) == marketplace)
    ]


def _find_store(call: Call, text: str) -> Json:
    store = call.account.stores.get(int(text)) if text.isdigit() else None
    if store is None:
        raise ApiError(404, f"Store {text} was not found.")
    return store


def store(call: Call) -> Json:
    store = _find_store(call, call.arguments["store_id"])
    names = ("awaiting_payment", "awaiting_shipment", "shipped", "cancelled", "on_hold")
    mappings = [{"orderStatus": name, "statusKey": name} for name in names]
    return {**_store_view(store), "statusMappings": mappings}


def marketplaces(call: Call) -> list[Json]:
    return [
        {
            "name": name,
            "marketplaceId": number,
            "canRefresh": number != 0,
            "supportsCustomMappings": number == 36,
            "supportsCustomStatuses": False,
            "canConfirmShipments": can_confirm,
        }
        for number, (name, can_confirm) in MARKETPLACES.items()
    ]


def refresh_status(call: Call) -> Json:
    store = _find_store(call, call.query.get("storeId", ""))
    return {
        "storeId": store["storeId"],
        "refreshStatusId": 0,
        "refreshStatus": "Finished",
        "lastRefreshAttempt": store["lastRefreshAttempt"],
        "refreshDate": store["refreshDate"],
    }


def refresh(call: Call) -> Json:
    wanted = call.query.get("storeId", "")
    chosen = (
        [_find_store(call, wanted)]
        if wanted
        else [s for s in call.account.stores.values() if s["marketplaceId"] != 0]
    )
    for store in chosen:
        store["lastRefreshAttempt"] = pacific.to_text(call.now, 3)
        store["refreshDate"] = pacific.to_utc_text(call.now)
        if store.get("connection") and store["active"]:
            connections.refresh(call.effects, store)
    return done("A store refresh has been initiated")


def _warehouse_view(call: Call) -> Json:
    address = {
        "name": "Dispatch",
        "company": "",
        "street1": "Unit 4, Canal Road",
        "street2": None,
        "street3": None,
        "city": "Leeds",
        "state": "",
        "postalCode": "LS10 1AB",
        "country": "GB",
        "phone": "01130000000",
        "residential": False,
        "addressVerified": None,
    }
    return {
        "warehouseId": WAREHOUSE_ID,
        "warehouseName": "Main warehouse",
        "originAddress": address,
        "returnAddress": address,
        "createDate": "2020-01-06T09:00:00.0000000",
        "isDefault": True,
    }


def warehouses(call: Call) -> list[Json]:
    return [_warehouse_view(call)]


def warehouse(call: Call) -> Json:
    if call.arguments["warehouse_id"] != str(WAREHOUSE_ID):
        raise ApiError(404, "Warehouse was not found.")
    return _warehouse_view(call)


def users(call: Call) -> list[Json]:
    return USERS
