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
from stores.models.choice import Choice, ChoiceList, Operator
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
    AcceptancePolicy,
    CancelRequestPolicy,
    CarrierMapping,
    CombinedPolicy,
    ConfirmTiming,
    OperatingModel,
    ShippedOwner,
    Store,
    StoreMode,
    StoreState,
)
from stores.models.webhook import ReceiptOutcome, WebhookEndpoint, WebhookReceipt

__all__ = [
    "AcceptancePolicy",
    "AccessToken",
    "Account",
    "AccountState",
    "Budget",
    "CallOutcome",
    "CancelRequestPolicy",
    "CarrierMapping",
    "Choice",
    "ChoiceList",
    "CombinedPolicy",
    "ConfirmTiming",
    "Cursor",
    "Direction",
    "Environment",
    "Heartbeat",
    "Lane",
    "OperatingModel",
    "Operator",
    "ReceiptOutcome",
    "RemoteAccount",
    "RemoteCall",
    "ShipStationAccount",
    "ShippedOwner",
    "Store",
    "StoreMode",
    "StoreState",
    "WebhookEndpoint",
    "WebhookReceipt",
    "fingerprint",
]
