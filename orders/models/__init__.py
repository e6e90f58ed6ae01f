"""What was ordered, what we did about it, what went wrong."""

from orders.models.case import (
    CaseState,
    Decision,
    ExceptionNote,
    OrderEvent,
    OrderException,
    Verb,
)
from orders.models.operating import (
    Diagnosis,
    DiagnosisRow,
    DiagnosisState,
    ShadowComparison,
    ShadowExplanation,
    ShadowOutcome,
)
from orders.models.order import (
    OPEN_STAGES,
    LineComponent,
    Order,
    OrderBuyer,
    OrderLine,
    ParkedRecord,
    RawBlock,
    Stage,
)
from orders.models.privacy import ForgetRequest, PurgeRun
from orders.models.shipstation import (
    Dispatch,
    DispatchLine,
    MergeLink,
    Rung,
    Shipment,
    ShipmentLine,
    ShipStationOrder,
)
from orders.models.sync import AttemptOutcome, Peer, SyncAttempt, SyncJob

__all__ = [
    "OPEN_STAGES",
    "AttemptOutcome",
    "CaseState",
    "Decision",
    "Diagnosis",
    "DiagnosisRow",
    "DiagnosisState",
    "Dispatch",
    "DispatchLine",
    "ExceptionNote",
    "ForgetRequest",
    "LineComponent",
    "MergeLink",
    "Order",
    "OrderBuyer",
    "OrderEvent",
    "OrderException",
    "OrderLine",
    "ParkedRecord",
    "Peer",
    "PurgeRun",
    "RawBlock",
    "Rung",
    "ShadowComparison",
    "ShadowExplanation",
    "ShadowOutcome",
    "ShipStationOrder",
    "Shipment",
    "ShipmentLine",
    "Stage",
    "SyncAttempt",
    "SyncJob",
    "Verb",
]
