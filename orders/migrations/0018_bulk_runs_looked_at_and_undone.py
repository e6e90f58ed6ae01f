from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0017_causes_of_cases"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="bulkrun", name="bulk_run_due"),
        migrations.RemoveField(model_name="bulkrun", name="finished_at"),
        migrations.AddField(
            model_name="bulkrun",
            name="token",
            field=models.CharField(default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="bulkrun",
            name="token",
            field=models.CharField(max_length=64, unique=True),
        ),
        migrations.AddField(
            model_name="bulkrun",
            name="foreseen",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="bulkrun",
            name="undone",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="bulkrun",
            name="begun_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="bulkrun",
            name="ended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="bulkrun",
            name="begins_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="bulkrun",
            name="state",
            field=models.CharField(
                choices=[
                    ("preview", "Looked at"),
                    ("countdown", "Counting down"),
                    ("running", "Running"),
                    ("done", "Done"),
                    ("stopped", "Stopped"),
                    ("undoing", "Being undone"),
                    ("undone", "Undone"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="bulkrun",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ("countdown", "running", "undoing"))
                ),
                fields=["begins_at"],
                name="bulk_run_due",
            ),
        ),
        migrations.AddField(
            model_name="bulkrow",
            name="undone",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="bulkrow",
            name="undone_text",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddIndex(
            model_name="bulkrow",
            index=models.Index(
                condition=models.Q(("done__isnull", True)),
                fields=["run", "id"],
                name="bulk_row_waits",
            ),
        ),
    ]
