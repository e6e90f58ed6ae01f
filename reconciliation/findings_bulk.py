"""Findings accepted or reopened in one go: the same as one by one, in few statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from orders.events import Timeline
from reconciliation import finding_cases
from reconciliation.findings import STANDING, FindingError, today_of
from reconciliation.models import Finding, FindingState
from reconciliation.rules import rule_label
from shipsync_site.lib import clock
from stores.models import Store

# A finding's key, its order, rule and store.
Named = tuple[int, int | None, str, int]
CHUNK = 200
MOST = 5000


def accept_all(
    rows: QuerySet[Finding],
    user: AbstractBaseUser,
    reason: str,
    until: date | None,
    *,
    shown: int,
) -> int:
    """Accept what matches, as many as were ``shown``; how many they were.

    Raises FindingError without a reason, for a day gone by, for more than MOST, and where
    others match now than were looked at.
    """
    reason = reason.strip()
    standing = rows.filter(state__in=STANDING)
    _check(standing, shown)
    if not reason:
        raise FindingError("reason", "Say why they may stay as they are.")
    now = clock.now()
    stores = Store.objects.filter(pk__in=standing.values("store"))
    if until is not None and any(until < today_of(store, now) for store in stores):
        raise FindingError(
            "until", f"{until:%d %B %Y} is over: choose today or a later day."
        )
    until_words = f" until {until:%d %B %Y}" if until else ""
    return _change(
        standing,
        user,
        verb="finding_accepted",
        text=f"accepted{until_words}: {reason}",
        changes={
            "state": FindingState.ACCEPTED,
            "accepted_at": now,
            "accepted_by": user,
            "accepted_reason": reason[:300],
            "accepted_until": until,
        },
        before=STANDING,
    )


def reopen_all(rows: QuerySet[Finding], user: AbstractBaseUser, *, shown: int) -> int:
    """Take back every acceptance that matches; how many. Raises FindingError as above."""
    accepted = rows.filter(state=FindingState.ACCEPTED)
    _check(accepted, shown)
    return _change(
        accepted,
        user,
        verb="finding_reopened",
        text="open again",
        changes={
            "state": FindingState.OPEN,
            "accepted_at": None,
            "accepted_by": None,
            "accepted_reason": "",
            "accepted_until": None,
        },
        before=(FindingState.ACCEPTED,),
    )


def _check(rows: QuerySet[Finding], shown: int) -> None:
    count = rows.count()
    if count > MOST:
        raise FindingError(
            "", f"{count:,} match; at most {MOST:,} go at once: narrow the list."
        )
    if count != shown:
        raise FindingError(
            "",
            f"{count:,} match now, not the {shown:,} that you looked at: look again.",
        )
    if not count:
        raise FindingError("", "Nothing matches: there is nothing to do.")


def _change(
    rows: QuerySet[Finding],
    user: AbstractBaseUser,
    *,
    verb: str,
    text: str,
    changes: dict[str, object],
    before: Iterable[str],
) -> int:
    wanted = list(rows.order_by("pk").values_list("pk", "order_id", "rule", "store_id"))
    done = 0
    for chunk in _chunks(wanted):
        with transaction.atomic():
            standing = set(
                Finding.objects.select_for_update()
                .filter(pk__in=[row[0] for row in chunk], state__in=list(before))
                .values_list("pk", flat=True)
            )
            done += Finding.objects.filter(pk__in=standing).update(**changes)
            timeline = Timeline(clock.now())
            for pk, order, rule, _store in chunk:
                if order is not None and pk in standing:
                    timeline.add(
                        order,
                        "us",
                        verb,
                        f"{rule_label(rule)} {text}",
                        actor=user,
                        finding=pk,
                    )
            timeline.save()
    stores = {
        store.pk: store for store in Store.objects.filter(pk__in={x[3] for x in wanted})
    }
    for store, rule in sorted({(row[3], row[2]) for row in wanted}):
        finding_cases.stand(stores[store], rule)
    return done


def _chunks(rows: Iterable[Named]) -> Iterator[list[Named]]:
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        yield chunk
