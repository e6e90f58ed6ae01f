from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0023_verb_given_up")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="fresh_asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
