"""Who may do what: the groups and the permissions of each, as a table in code.

The table is the truth: applying it sets each group's permissions to exactly these, so
a change is made here and reviewed. Applied after every migration and by the command
``ensure_roles``; who belongs to which group is set by a superuser.
"""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

LOOK = frozenset(
    {"orders.view_order", "orders.view_orderexception", "stores.view_store"}
)
WORK_CASES = frozenset(
    {
        "orders.resolve_exception",
        "orders.assign_exception",
        "orders.note_exception",
    }
)
RECONCILE = frozenset(
    {
        "reconciliation.view_checklistrun",
        "reconciliation.view_finding",
        "reconciliation.view_run",
        "reconciliation.view_standardreading",
        "reconciliation.work_checklist",
    }
)
OPS = (
    LOOK
    | WORK_CASES
    | RECONCILE
    | {
        "orders.decide_acceptance",
        "orders.close_follow_up",
        "orders.release_preflight",
        "orders.retry_sync",
        "orders.use_bench",
        "orders.void_label",
        "reconciliation.accept_finding",
        "reconciliation.start_run",
        "stores.manage_products",
        "stores.map_carriers",
        "stores.pause_store",
        "stores.sync_now",
        "stores.test_connection",
    }
)
CS = (
    LOOK
    | WORK_CASES
    | RECONCILE
    | {
        "orders.approve_decision",
        "orders.close_follow_up",
        "orders.correct_address",
        "orders.decide_cancellation",
        "orders.reveal_buyer",
        "orders.search_buyer",
        "orders.use_bench",
    }
)
FINANCE = (
    LOOK
    | WORK_CASES
    | RECONCILE
    | {
        "orders.close_follow_up",
        "reconciliation.accept_finding",
        "reconciliation.close_period",
        "reconciliation.match_settlement",
        "reconciliation.schedule_export",
        "reconciliation.start_run",
        "reconciliation.upload_settlement",
        "reconciliation.view_settlement",
    }
)
PACKER = frozenset({"orders.view_order", "orders.view_orderexception"}) | {
    "orders.note_exception",
    "orders.use_bench",
}
LEAD = (
    OPS
    | CS
    | FINANCE
    | {
        "orders.audit_buyer",
        "orders.manage_alerts",
        "orders.manage_kiosks",
        "orders.run_diagnosis",
        "reconciliation.define_checklist",
        "reconciliation.see_exports",
        "reconciliation.set_standards",
        "stores.decide_rules",
        "shipsync_site.guard_people",
        "shipsync_site.see_training",
        "stores.manage_webhooks",
        "stores.renew_consent",
    }
)
ADMIN = LEAD | {
    "shipsync_site.reset_people",
    "stores.configure_store",
    "stores.manage_operators",
}

ROLES: dict[str, frozenset[str]] = {
    "ops": OPS,
    "cs": CS,
    "finance": FINANCE,
    "packer": PACKER,
    "lead": LEAD,
    "admin": ADMIN,
}
APPS = frozenset(name.split(".")[0] for names in ROLES.values() for name in names)


def apply_roles() -> list[str]:
    """Make the groups exactly as the table says; returns permissions not found.

    Between two apps' first migrations some permissions don't exist yet: the call after
    the last app finds them all.
    """
    every = set().union(*ROLES.values())
    condition = Q()
    for name in every:
        app, codename = name.split(".")
        condition |= Q(content_type__app_label=app, codename=codename)
    found = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.filter(condition).select_related(
            "content_type"
        )
    }
    for role, names in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set([found[name] for name in names if name in found])
    return sorted(every - set(found))
