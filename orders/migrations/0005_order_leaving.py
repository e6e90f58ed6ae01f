"""An index of open orders by ship-by."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0004_what_records_show"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["ship_by"],
                name="order_leaving",
                condition=models.Q(("closed_at__isnull", True)),
            ),
        ),
    ]
