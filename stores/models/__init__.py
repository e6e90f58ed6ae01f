"""Who we connect to, under which rules, with what quota."""

from stores.models.account import (
    AccessToken,
    Account,
    AccountState,
    Environment,
    RemoteAccount,
    ShipStationAccount,
    fingerprint,
)
from stores.models.quota import (
    Budget,
    CallOutcome,
    Cursor,
    Direction,
    Heartbeat,
    Lane,
    RemoteCall,
)
from stores.models.store import (
    CancelRequestPolicy,
    CarrierMapping,
    CombinedPolicy,
    ConfirmTiming,
    OperatingModel,
    Store,
    StoreMode,
    StoreState,
)
from stores.models.webhook import ReceiptOutcome, WebhookEndpoint, WebhookReceipt

__all__ = [
    "AccessToken",
    "Account",
    "AccountState",
    "Budget",
    "CallOutcome",
    "CancelRequestPolicy",
    "CarrierMapping",
    "CombinedPolicy",
    "ConfirmTiming",
    "Cursor",
    "Direction",
    "Environment",
    "Heartbeat",
    "Lane",
    "OperatingModel",
    "ReceiptOutcome",
    "RemoteAccount",
    "RemoteCall",
    "ShipStationAccount",
    "Store",
    "StoreMode",
    "StoreState",
    "WebhookEndpoint",
    "WebhookReceipt",
    "fingerprint",
]
