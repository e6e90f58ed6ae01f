"""Indexes for what happened lately, and for how old open cases are."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0002_watches_and_hours"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["store", "imported_at"], name="order_imported"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["closed_at"],
                name="order_closed",
                condition=models.Q(("closed_at__isnull", False)),
            ),
        ),
        migrations.AddIndex(
            model_name="orderexception",
            index=models.Index(
                fields=["team", "opened_at"],
                name="order_exception_age",
                condition=models.Q(("snooze", ""), ("state", "open")),
            ),
        ),
        migrations.AddIndex(
            model_name="shipment",
            index=models.Index(fields=["created_at"], name="shipment_created"),
        ),
        migrations.AddIndex(
            model_name="dispatch",
            index=models.Index(
                fields=["accepted_at"],
                name="dispatch_accepted",
                condition=models.Q(("accepted_at__isnull", False)),
            ),
        ),
    ]
