from django.db import migrations
from django.utils import timezone


def make_anew(apps, schema_editor):
    """Open orders are asked by the tax rules once, as new ones are when they come."""
    apps.get_model("orders", "Order").objects.filter(closed_at__isnull=True).update(
        payload_stale=True, next_look_at=timezone.now()
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0013_customs_written")]

    operations = [migrations.RunPython(make_anew, migrations.RunPython.noop)]
