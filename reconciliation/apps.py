from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    name = "reconciliation"

    def ready(self) -> None:
        """Hand the pump the long work of this app."""
        extra = import_module("orders.sync.extra")
        lifecycle = import_module("reconciliation.runs.lifecycle")
        extra.register("reconciliation.runs", lifecycle.run_one)
        compare = import_module("reconciliation.settlements.compare")
        extra.register("reconciliation.money", compare.run_one)
