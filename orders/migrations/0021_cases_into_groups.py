from collections import defaultdict
from datetime import UTC, timedelta
from decimal import Decimal

from django.db import migrations

from orders.shared_causes import shared_cause, shared_text
from shipsync_site.lib import clock

CHUNK = 500
PLACED = ("shared_cause", "work_by", "amount", "currency", "group")


def group_open_cases(apps, schema_editor):
    """Every open case gets its row of the queue; then the rows are counted."""
    cases = apps.get_model("orders", "OrderException")
    groups = apps.get_model("orders", "CaseGroup")
    stand = cases.objects.filter(state="open").select_related("order").order_by("pk")
    known, counted = {}, defaultdict(list)
    last = 0
    while rows := list(stand.filter(pk__gt=last)[:CHUNK]):
        last = rows[-1].pk
        for row in rows:
            order = row.order
            own = (order.number, order.remote_id, order.order_key) if order else ()
            row.shared_cause = shared_cause(
                row.kind, f"{row.scope}:{row.cause}", row.summary, row.context, own
            )
            row.work_by = row.deadline
            row.amount = order.total if order else None
            row.currency = order.currency if order else ""
            key = (row.team, str(row.store_id or ""), row.kind, row.shared_cause)
            if key not in known:
                known[key], _ = groups.objects.get_or_create(
                    team=key[0],
                    store_key=key[1],
                    kind=key[2],
                    cause=key[3],
                    defaults={
                        "store_id": row.store_id,
                        "summary": shared_text(row.summary, own),
                    },
                )
            row.group = known[key]
            counted[key].append(
                (
                    row.work_by,
                    row.pk,
                    row.opened_at,
                    row.assignee_id,
                    row.amount,
                    row.currency,
                )
            )
        cases.objects.bulk_update(rows, PLACED)
    for key, found in counted.items():
        _count(known[key], found)
    groups.objects.bulk_update(
        known.values(),
        ["awake", "unowned", "owners", "money", "opened_by_hour"]
        + ["work_by", "deadline", "oldest"],
        batch_size=100,
    )


def _count(group, found):
    group.awake = len(found)
    group.oldest = min(opened for _by, _pk, opened, *_rest in found)
    dated = [(by, pk) for by, pk, *_rest in found if by]
    group.work_by = group.deadline = min(dated)[0] if dated else None
    owners, money, hours = defaultdict(int), defaultdict(Decimal), defaultdict(int)
    since = clock.now() - timedelta(hours=72)
    for _by, _pk, opened, owner, amount, currency in found:
        group.unowned += owner is None
        if owner is not None:
            owners[str(owner)] += 1
        if amount is not None and currency:
            money[currency] += amount
        if opened >= since:
            hours[opened.astimezone(UTC).isoformat()[:13]] += 1
    group.owners, group.opened_by_hour = dict(owners), dict(hours)
    group.money = {code: f"{total:.2f}" for code, total in money.items() if total}


class Migration(migrations.Migration):
    # In chunks of its own: a hundred thousand cases are no single transaction.
    atomic = False

    dependencies = [("orders", "0020_way_out_of_each_bulk_row")]

    operations = [
        migrations.RunPython(group_open_cases, migrations.RunPython.noop, elidable=True)
    ]
