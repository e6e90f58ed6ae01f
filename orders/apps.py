from __future__ import annotations

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        """Connect the receivers of what stores announces."""
        import_module("orders.rules")
        import_module("orders.readiness")
        import_module("orders.consequences")
        import_module("orders.catalogue")
        import_module("orders.rule_answers")
        import_module("orders.expiries")
        import_module("orders.forgetting")
        post_migrate.connect(
            _ensure_rules, sender=self, dispatch_uid="orders.alert_rules"
        )


def _ensure_rules(apps: Any = None, **_: Any) -> None:
    """Make the alert rules that come along, once their table is as we know it."""
    if apps is not None:
        model = apps.get_model("orders", "AlertRule")
        if "delay" not in {field.name for field in model._meta.get_fields()}:
            return
    import_module("orders.alerts.defaults").ensure_rules()
