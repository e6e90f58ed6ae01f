from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0012_shadow_basis"),
    ]

    operations = [
        migrations.AddField(
            model_name="shipstationorder",
            name="written_customs",
            field=models.JSONField(blank=True, default=list),
        ),
    ]
