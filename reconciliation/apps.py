from __future__ import annotations

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ReconciliationConfig(AppConfig):
    name = "reconciliation"

    def ready(self) -> None:
        """Hand the pump the long work of this app."""
        extra = import_module("orders.sync.extra")
        lifecycle = import_module("reconciliation.runs.lifecycle")
        extra.register("reconciliation.runs", lifecycle.run_one)
        import_module("reconciliation.exports.log").listen()
        schedules = import_module("reconciliation.exports.schedules")
        extra.register("reconciliation.exports", schedules.run_one)
        settlements = import_module("reconciliation.settlements.work")
        extra.register("reconciliation.settlements", settlements.run_one)
        compare = import_module("reconciliation.settlements.compare")
        extra.register("reconciliation.money", compare.run_one)
        import_module("reconciliation.order_panel").listen()
        import_module("reconciliation.finding_panel").listen()
        import_module("reconciliation.case_panel").listen()
        fetch = import_module("reconciliation.settlements.fetch")
        extra.register("reconciliation.fetch", fetch.run_one)
        post_migrate.connect(
            _ensure_checklists, sender=self, dispatch_uid="reconciliation.checklists"
        )


def _ensure_checklists(apps: Any = None, **_: Any) -> None:
    """Make the checklists that come along, once their table is as we know it."""
    if apps is not None:
        try:
            model = apps.get_model("reconciliation", "Checklist")
        except LookupError:
            return
        if "days_after" not in {field.name for field in model._meta.get_fields()}:
            return
    import_module("reconciliation.checklists.defaults").ensure_checklists()
