"""The rules that come along: what each role hears of without anybody setting it up.

They are made after migrations where they are missing. A lead changes or switches them
off under 'Alerts', a person mutes them under 'My alerts'; neither is undone here.
"""

from __future__ import annotations

from typing import Any

from orders.exception_kinds import Team
from orders.models import AlertRule, AlertTrigger

SAFE_DEFAULTS: dict[str, dict[str, Any]] = {
    # The people who pack and fix hear in time to do so.
    "ops-orders-4h": {"trigger": AlertTrigger.SHIP_BY, "minutes": 240, "role": "ops"},
    "ops-orders-1h": {"trigger": AlertTrigger.SHIP_BY, "minutes": 60, "role": "ops"},
    **{
        f"{team}-cases-{hours}h": {
            "trigger": AlertTrigger.DEADLINE,
            "team": team.value,
            "minutes": hours * 60,
            "role": team.value,
        }
        for team in (Team.OPS, Team.CS, Team.FINANCE, Team.LEAD)
        for hours in (4, 1)
    },
    # A checklist that nobody signed: its team at once, the lead by the overdue cases.
    **{
        f"{team}-checklist": {
            "trigger": AlertTrigger.KIND,
            "team": team.value,
            "kind": "checklist_overdue",
            "role": team.value,
        }
        for team in (Team.OPS, Team.CS, Team.FINANCE, Team.LEAD)
    },
    "ops-store": {"trigger": AlertTrigger.STORE, "role": "ops"},
    # Leads plan a day ahead, and hear what stands although the team was told.
    "lead-orders-24h": {
        "trigger": AlertTrigger.SHIP_BY,
        "minutes": 1440,
        "role": "lead",
    },
    "lead-orders-1h-stands": {
        "trigger": AlertTrigger.SHIP_BY,
        "minutes": 60,
        "delay": 30,
        "role": "lead",
    },
    "lead-sla": {"trigger": AlertTrigger.SLA, "delay": 30, "role": "lead"},
    "lead-growth": {"trigger": AlertTrigger.GROWTH, "count": 50, "role": "lead"},
    "lead-store-stands": {"trigger": AlertTrigger.STORE, "delay": 30, "role": "lead"},
    "lead-expiry": {"trigger": AlertTrigger.EXPIRY, "role": "lead"},
    # Admins hold the keys: a pause for a refused key is theirs to end.
    "admin-store": {"trigger": AlertTrigger.STORE, "role": "admin"},
    "admin-expiry": {"trigger": AlertTrigger.EXPIRY, "role": "admin"},
}


def ensure_rules() -> int:
    """Make the rules that are missing; how many."""
    known = set(AlertRule.objects.exclude(code="").values_list("code", flat=True))
    missing = [
        AlertRule(code=code, **values)
        for code, values in SAFE_DEFAULTS.items()
        if code not in known
    ]
    AlertRule.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)
