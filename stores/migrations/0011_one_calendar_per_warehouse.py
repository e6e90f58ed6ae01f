import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    """Hours, holidays and collections belong to a calendar, which has one zone.

    The tables before it were never filled: they are made anew.
    """

    dependencies = [
        ('stores', '0010_calendars_and_four_eyes'),
    ]

    operations = [
        migrations.DeleteModel(name='CarrierCutoff'),
        migrations.DeleteModel(name='Holiday'),
        migrations.DeleteModel(name='WorkingHours'),
        migrations.CreateModel(
            name='WarehouseCalendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('timezone', models.CharField(default='Europe/London', max_length=50)),
                ('version', models.PositiveIntegerField(default=1)),
                ('account', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='calendar', to='stores.shipstationaccount')),
            ],
            options={
                'constraints': [models.UniqueConstraint(Coalesce(models.F('account'), models.Value(0)), name='warehouse_calendar_once')],
            },
        ),
        migrations.CreateModel(
            name='WorkingHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField()),
                ('opens', models.TimeField()),
                ('closes', models.TimeField()),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hours', to='stores.warehousecalendar')),
            ],
            options={
                'ordering': ['weekday'],
                'constraints': [models.UniqueConstraint(fields=('calendar', 'weekday'), name='working_hours_once')],
            },
        ),
        migrations.CreateModel(
            name='Holiday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('name', models.CharField(max_length=100)),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holidays', to='stores.warehousecalendar')),
            ],
            options={
                'ordering': ['day'],
                'constraints': [models.UniqueConstraint(fields=('calendar', 'day'), name='holiday_once')],
            },
        ),
        migrations.CreateModel(
            name='CarrierCutoff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('carrier', models.CharField(max_length=60)),
                ('weekday', models.PositiveSmallIntegerField()),
                ('at', models.TimeField()),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cutoffs', to='stores.warehousecalendar')),
            ],
            options={
                'ordering': ['carrier', 'weekday'],
                'constraints': [models.UniqueConstraint(fields=('calendar', 'carrier', 'weekday'), name='carrier_cutoff_once')],
            },
        ),
    ]
