"""What was found against what was planted: the only place that knows both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from reconciliation.models import Finding, FindingState, Run, RunState
from shipsync_site.soak.faults.invariants import Problem
from shipsync_site.soak.reconcile.shop import Shop

# By which rule each fault is to be found.
FOUND_BY = {
    "lost_by_the_import": "missing_here",
    "never_got_there": "missing_in_shipstation",
    "deleted_there": "missing_in_shipstation",
    "cancelled_by_the_packer": "missing_in_shipstation",
    "typed_in_beside": "twice_in_shipstation",
    "came_twice": "twice_in_shipstation",
    "bought_by_nobody": "unknown_to_marketplace",
    "forgotten_by_the_marketplace": "unknown_to_marketplace",
    "nobody_told": "no_tracking_back",
    "refused_at_once": "no_tracking_back",
    "left_without_a_parcel": "no_tracking_back",
    "dropped": "not_read_back",
    "confirmed_by_hand": "confirmed_not_shipped",
    "left_open": "confirmed_not_shipped",
    "packed_although_cancelled": "cancelled_open",
    "cancelled_unheard": "cancelled_open",
    "cancelled_inside": "cancelled_open",
    "sent_although_cancelled": "cancelled_shipped",
    "another_number": "lines_differ",
    "a_line_too_few": "lines_differ",
    "something_else_too": "lines_differ",
    "cancelled_unit_packed": "lines_differ",
    "kit_with_a_part_less": "lines_differ",
    "to_another_house": "address_differs",
    "moved_unheard": "address_differs",
    "number_wiped": "tax_lost",
    "other_customs": "customs_overwritten",
    "refused_afterwards": "refused_later",
    "second_never_told": "combined_unconfirmed",
    "voided_afterwards": "voided_confirmed",
    "hold_forgotten": "stale_hold",
    "hold_of_the_packer": "stale_hold",
    "went_silent": "store_silent",
}
# In no count of the marketplace, so in none of its buckets.
BESIDE = ("unknown_to_marketplace", "store_silent")


Planted = Mapping[str, Sequence[str]]


def judge(
    run: Run, shops: Sequence[Shop], planted: Mapping[Shop, Planted], end: datetime
) -> Iterator[Problem]:
    """What is wrong with a run that came to its end, if anything."""
    if run.state != RunState.DONE:
        yield _problem("ended", f"the run is {run.state}: {run.error}")
        return
    for shop in shops:
        faults = planted[shop]
        yield from _found(shop, faults)
        yield from _buckets(run, shop, faults, end)


def _found(shop: Shop, faults: Planted) -> Iterator[Problem]:
    """Every planted fault is found, and nothing else is reported."""
    wanted = {
        (FOUND_BY[name], number)
        for name, numbers in faults.items()
        for number in numbers
    }
    open_ones = Finding.objects.filter(store=shop.store, state=FindingState.OPEN)
    found = {
        (rule, number): f"{expected} / {there}"
        for rule, number, expected, there in open_ones.values_list(
            "rule", "remote_id", "expected", "found"
        )
    }
    for rule, number in sorted(wanted - set(found)):
        yield _problem("missed", f"{shop.store.slug} {number}: {rule} was not found")
    for rule, number in sorted(set(found) - wanted):
        text = found[rule, number]
        yield _problem("invented", text=f"{shop.store.slug} {number}: {rule} ({text})")
    loose = open_ones.filter(case=None).count()
    if loose:
        yield _problem("case", f"{loose} findings stand in no case")


def _buckets(run: Run, shop: Shop, faults: Planted, end: datetime) -> Iterator[Problem]:
    """Each order of the marketplace is in one bucket, and they add up to its count."""
    part = run.stores.get(store=shop.store)
    entries = shop.entries(end)
    if part.counted != len(entries) or part.adds_up is not True:
        total = sum(part.buckets.values())
        yield _problem(
            "sum",
            f"{len(entries)} orders, counted {part.counted}, in buckets {total}",
        )
    wanted: Counter[str] = Counter()
    for name, numbers in faults.items():
        if FOUND_BY[name] not in BESIDE:
            wanted[FOUND_BY[name]] += len(numbers)
    lost = {number for numbers in faults.values() for number in numbers}
    for tale in shop.tales:
        if tale.counted and not tale.heard and tale.number not in lost:
            wanted["skip:just_placed"] += 1
        elif tale.not_ours:
            wanted[f"skip:{tale.not_ours}"] += 1
        elif tale.status == "pending":
            wanted["skip:not_payable"] += 1
    wanted["agrees"] = len(entries) - sum(wanted.values())
    got = Counter(part.buckets)
    if got != +wanted:
        yield _problem("buckets", f"{dict(got)} instead of {dict(+wanted)}")


def _problem(rule: str, text: str) -> Problem:
    return Problem(rule=rule, number="", text=text)
