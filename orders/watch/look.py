"""The look of every minute: states, their history, and the cases that stand for silence.

Silent while pings arrive: a row is written where its state changes or it was heard of
again, and one statement notes that somebody looked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from orders.models import (
    CaseState,
    OrderException,
    Watch,
    WatchEvent,
    WatchState,
)
from orders.store_cases import close_store_case, open_store_case
from orders.watch.judging import Expected, judge
from orders.watch.sources import CLUSTER, SCHEDULE, expected
from shipsync_site.lib import clock
from shipsync_site.lib.tones import span

KIND = "not_heard"
# After so long without a look we were away ourselves.
AWAY = timedelta(minutes=3)
EVENTS_KEPT = timedelta(days=90)
_SHOWN = ("label", "period", "grace", "heard_at", "detail", "store_id")
# What already stands for a lane that does not work, with more to say about it.
_SPEAKING = ("store_silent", "store_unauthorised", "contract_broken")


def run() -> int:
    """Look at everything that is to be heard of; how many are down."""
    real = clock.real_now()
    rows = {watch.key: watch for watch in Watch.objects.all()}
    wanted = {what.key: what for what in expected(rows)}
    Watch.objects.filter(
        pk__in=[w.pk for k, w in rows.items() if k not in wanted]
    ).delete()
    woke_at = _woke_at(rows.get(CLUSTER), real)
    states = {
        what.key: judge(what, _on(what, woke_at, real)) for what in wanted.values()
    }
    with transaction.atomic():
        _note(wanted, states, rows, real, woke_at)
    _cases(wanted, states)
    WatchEvent.objects.filter(at__lt=real - EVENTS_KEPT).delete()
    return sum(state == WatchState.DOWN for state in states.values())


def _woke_at(cluster: Watch | None, real: datetime) -> datetime | None:
    """When we began to look again, real time; None while nobody has been away."""
    if cluster is None or real - cluster.looked_at > AWAY:
        return real
    return cluster.changed_at


def _on(what: Expected, woke_at: datetime | None, real: datetime) -> datetime | None:
    """That moment on the clock of what is watched."""
    if woke_at is None:
        return None
    rate = clock.current().rate if what.business else 1.0
    return what.now - (real - woke_at) * rate


def _note(
    wanted: dict[str, Expected],
    states: dict[str, WatchState],
    rows: dict[str, Watch],
    real: datetime,
    woke_at: datetime | None,
) -> None:
    events = []
    cluster = rows.get(CLUSTER)
    if cluster is not None and woke_at == real:
        away = real - cluster.looked_at
        events += [
            WatchEvent(
                watch=cluster,
                at=cluster.looked_at,
                state=WatchState.DOWN,
                detail=f"nobody looked for {span(away)}",
            ),
            WatchEvent(watch=cluster, at=real, state=states[CLUSTER], detail="back"),
        ]
        cluster.changed_at = real
        cluster.save(update_fields=["changed_at"])
    changed = []
    for key, what in wanted.items():
        watch, state = rows.get(key), states[key]
        if watch is None:
            watch = Watch(key=key, changed_at=real, looked_at=real, state=state)
            _show(watch, what)
            watch.save()
            continue
        before = tuple(getattr(watch, name) for name in _SHOWN)
        _show(watch, what)
        if watch.state != state:
            watch.state, watch.changed_at = state, real
            events.append(
                WatchEvent(watch=watch, at=real, state=state, detail=watch.detail)
            )
            changed.append(watch)
        elif before != tuple(getattr(watch, name) for name in _SHOWN):
            changed.append(watch)
    names = [name.removesuffix("_id") for name in _SHOWN]
    Watch.objects.bulk_update(changed, [*names, "state", "changed_at"], batch_size=50)
    WatchEvent.objects.bulk_create(events)
    Watch.objects.update(looked_at=real)


def _show(watch: Watch, what: Expected) -> None:
    watch.label, watch.store_id = what.label[:200], what.store
    watch.period, watch.grace = what.seconds
    if not what.key.startswith(f"{SCHEDULE}:"):
        watch.heard_at = what.heard_at
    watch.detail = what.detail[:300]


def _cases(wanted: dict[str, Expected], states: dict[str, WatchState]) -> None:
    """A case per thing that is down, unless another one says the same already."""
    standing = {
        (scope, cause)
        for scope, cause in OrderException.objects.filter(
            kind=KIND, state=CaseState.OPEN
        ).values_list("scope", "cause")
    }
    down = {
        key: what
        for key, what in wanted.items()
        if states[key] == WatchState.DOWN and what.scope
    }
    if down:
        spoken = _spoken_for([what.scope for what in down.values()])
        down = {k: w for k, w in down.items() if not _said(w, spoken, states)}
    for what in down.values():
        open_store_case(
            scope=what.scope,
            kind=KIND,
            cause=what.key[:64],
            summary=_sentence(what),
            context={"what": what.label, "page": what.page, "page_name": what.label}
            if what.page
            else {"what": what.label},
        )
    wanted_now = {(what.scope, what.key[:64]) for what in down.values()}
    for scope, cause in sorted(standing - wanted_now):
        close_store_case(scope, KIND, cause)


def _sentence(what: Expected) -> str:
    heard = (
        f"last heard of {span(what.now - what.heard_at)} ago"
        if what.heard_at
        else ("never heard of")
    )
    more = f": {what.detail}" if what.detail else ""
    return f"{what.label}: {heard}, due every {span(what.period)}{more}"


def _spoken_for(scopes: list[str]) -> set[tuple[str, str, str]]:
    """(scope, kind, cause) of the open cases that may say it already."""
    return set(
        OrderException.objects.filter(
            scope__in=scopes, kind__in=_SPEAKING, state=CaseState.OPEN
        ).values_list("scope", "kind", "cause")
    )


def _said(
    what: Expected,
    spoken: set[tuple[str, str, str]],
    states: dict[str, WatchState],
) -> bool:
    """Whether a lane's own case, or that of the lane which reads a store, says it."""
    sort, _, rest = what.key.partition(":")
    if sort == "store":
        return states.get(what.follows) in (WatchState.LATE, WatchState.DOWN)
    if sort != "lane":
        return False
    direction = rest.rpartition(":")[2]
    return any(
        scope == what.scope
        and (
            kind == "store_unauthorised"
            or cause == direction
            or cause.startswith(f"{direction}:")
        )
        for scope, kind, cause in spoken
    )
