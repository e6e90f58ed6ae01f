from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        """Connect the receivers of what stores announces."""
        import_module("orders.rules")
        import_module("orders.readiness")
        import_module("orders.catalogue")
        import_module("orders.rule_answers")
        import_module("orders.expiries")
        import_module("orders.forgetting")
