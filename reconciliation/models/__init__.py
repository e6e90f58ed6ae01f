"""What reconciliation keeps: runs and findings, checklists, settlements, exports."""

from reconciliation.models.checklist import (
    Cadence,
    Checklist,
    ChecklistItem,
    ChecklistRun,
    ChecklistState,
    ChecklistTick,
)
from reconciliation.models.export import ExportLog, ExportSchedule
from reconciliation.models.fetch import SettlementFetch
from reconciliation.models.finding import Finding, FindingState
from reconciliation.models.run import (
    CensusRow,
    Hit,
    Period,
    Run,
    RunState,
    RunStore,
)
from reconciliation.models.settlement import (
    MatchRung,
    Settlement,
    SettlementFile,
    SettlementFileState,
    SettlementFormat,
    SettlementLine,
    SettlementSource,
)
from reconciliation.models.standard import StandardLimit, StandardReading
from stores.remote_money import LineKind

__all__ = [
    "Cadence",
    "CensusRow",
    "Checklist",
    "ChecklistItem",
    "ChecklistRun",
    "ChecklistState",
    "ChecklistTick",
    "ExportLog",
    "ExportSchedule",
    "Finding",
    "FindingState",
    "Hit",
    "LineKind",
    "MatchRung",
    "Period",
    "Run",
    "RunState",
    "RunStore",
    "Settlement",
    "SettlementFetch",
    "SettlementFile",
    "SettlementFileState",
    "SettlementFormat",
    "SettlementLine",
    "SettlementSource",
    "StandardLimit",
    "StandardReading",
]
