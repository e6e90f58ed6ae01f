from django.db import migrations, models
from django.db.models import Count, Max


def count_what_was_taken(apps, schema_editor):
    """What people decided so far counts too, by kind alone."""
    cases = apps.get_model("orders", "OrderException")
    tallies = apps.get_model("orders", "WayTally")
    decided = cases.objects.filter(resolved_by__isnull=False).exclude(resolution="")
    rows = list(
        decided.values("kind", "resolution").annotate(
            taken=Count("pk"), last=Max("resolved_at")
        )
    )
    offered = {}
    for row in rows:
        offered[row["kind"]] = offered.get(row["kind"], 0) + row["taken"]
    tallies.objects.bulk_create(
        tallies(
            kind=row["kind"],
            sort="",
            way=row["resolution"],
            taken=row["taken"],
            offered=offered[row["kind"]],
            last_at=row["last"],
        )
        for row in rows
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0015_exception_desk")]

    operations = [
        migrations.CreateModel(
            name="WayTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("sort", models.CharField(blank=True, max_length=120)),
                ("way", models.CharField(max_length=40)),
                ("offered", models.PositiveIntegerField(default=0)),
                ("taken", models.PositiveIntegerField(default=0)),
                ("last_by_name", models.CharField(blank=True, max_length=150)),
                ("last_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "sort", "way"), name="way_tally_once"
                    )
                ],
            },
        ),
        migrations.RunPython(count_what_was_taken, migrations.RunPython.noop),
    ]
