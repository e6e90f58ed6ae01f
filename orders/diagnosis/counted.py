"""From the rows of a diagnosis to its figures, some orders at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby

from django.db.models import Count, Q

from orders.carriers import carrier_table, mapped
from orders.diagnosis.counting import Known, Parcel, Situation, count
from orders.diagnosis.notes import Json
from orders.diagnosis.steps import Step, since_of
from orders.diagnosis.tally import EXAMPLES, Tally
from orders.models import Diagnosis, DiagnosisRow
from stores.models import Kit, Product, SkuAlias
from stores.rulebook import rulebooks
from stores.setup import current_rules

# Orders that one step counts.
CHUNK = 500


def count_on(diagnosis: Diagnosis, position: Json) -> Step:
    """Count the next orders; the last step adds what joins several orders."""
    tally = Tally.load(position.get("tally") or {})
    after = (position.get("cursor") or {}).get("link")
    left = (
        diagnosis.rows.all() if after is None else diagnosis.rows.filter(link__gt=after)
    )
    links = list(
        left.order_by("link").values_list("link", flat=True).distinct()[:CHUNK]
    )
    rows = list(diagnosis.rows.filter(link__in=links).order_by("link", "kind", "key"))
    known = _known(diagnosis, rows)
    for _link, group in groupby(rows, key=lambda row: row.link):
        count(tally, _situation(list(group)), known)
    done = len(links) < CHUNK
    if done:
        _shared(tally, diagnosis)
    return Step(
        cursor={} if done else {"link": links[-1]},
        done=done,
        fraction=1.0 if done else 0.5,
        extra={"tally": tally.dump()},
    )


def _situation(rows: Sequence[DiagnosisRow]) -> Situation:
    by_kind = defaultdict(list)
    for row in rows:
        by_kind[row.kind].append(row)
    orders = by_kind["order"]
    return Situation(
        order=orders[0].facts if orders else None,
        records=[row.facts for row in by_kind["record"]],
        parcels=[Parcel(mark=row.mark, note=row.facts) for row in by_kind["parcel"]],
    )


def _known(diagnosis: Diagnosis, rows: Sequence[DiagnosisRow]) -> Known:
    store = diagnosis.store
    marketplace = store.remote_account.marketplace
    table = carrier_table([marketplace])
    book = rulebooks([store], [])[store.pk]
    marks = {row.mark for row in rows if row.kind in ("parcel", "told")} - {""}
    seen = diagnosis.rows.filter(mark__in=marks, kind__in=("parcel", "told"))
    by_kind: dict[str, set[str]] = {"parcel": set(), "told": set()}
    for kind, mark in seen.values_list("kind", "mark"):
        by_kind[kind].add(mark)
    return Known(
        now=diagnosis.period_end,
        since=since_of(diagnosis),
        ship_from=store.ship_from_country,
        our_prefix=store.slug[:15],
        told_within=timedelta(hours=current_rules(store).told_within_hours),
        mapped=lambda carrier, service: (
            mapped(
                table,
                marketplace=marketplace,
                store_id=store.pk,
                carrier=carrier,
                service=service,
            )
            is not None
        ),
        euros=book.in_euros,
        skus=_skus(diagnosis, rows),
        told=frozenset(by_kind["told"]),
        labelled=frozenset(by_kind["parcel"]),
    )


def _skus(diagnosis: Diagnosis, rows: Sequence[DiagnosisRow]) -> frozenset[str]:
    """Which of these rows' SKUs are a product, a kit or an alias."""
    wanted = {
        sku for row in rows if row.kind == "order" for sku in row.facts["skus"] or ()
    }
    aliases = SkuAlias.objects.filter(
        Q(store=diagnosis.store) | Q(store=None), approved_at__isnull=False
    )
    return frozenset(
        {
            *Product.objects.filter(sku__in=wanted).values_list("sku", flat=True),
            *Kit.objects.filter(sku__in=wanted).values_list("sku", flat=True),
            *aliases.filter(alias__in=wanted).values_list("alias", flat=True),
        }
    )


def _shared(tally: Tally, diagnosis: Diagnosis) -> None:
    """Tracking numbers that the marketplace shows for more than one order."""
    shared = (
        diagnosis.rows.filter(kind="told")
        .values("mark")
        .annotate(orders=Count("link", distinct=True))
        .filter(orders__gt=1)
    )
    for row in shared.order_by("mark").iterator():
        first = ""
        if tally.n("shared_tracking") < EXAMPLES:
            told = diagnosis.rows.filter(kind="told", mark=row["mark"])
            key = told.order_by("link").values_list("key", flat=True)[0]
            first = str(key).partition(":")[2]
        tally.add("shared_tracking", first)
