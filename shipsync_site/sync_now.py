"""'Sync now': wake a store's lanes and show how far they are.

The work is the cluster's; this page only looks at what it left in the tables since
the start, which stands in the address (real Unix seconds).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from orders.models import AttemptOutcome, Peer, SyncAttempt, SyncJob
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs
from shipsync_site.lib.tones import Tone, span
from stores import lanes
from stores.models import Direction, Heartbeat, Lane, RemoteCall, Store
from stores.setup import lanes_of
from stores.views.store import find

LIMIT = timedelta(minutes=15)
PEERS = {Direction.PUSH: Peer.SHIPSTATION, Direction.CONFIRM: Peer.MARKETPLACE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One lane since the start; ``share`` of its work is done (0-1)."""

    label: str
    word: str
    tone: Tone
    detail: str
    share: float
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """All steps, and the sentence above them."""

    steps: tuple[Step, ...]
    percent: int
    sentence: str
    ended: bool


@require_POST
@needs("stores.sync_now")
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Wake the lanes and go to the progress page."""
    store = find(slug)
    since = clock.real_now().timestamp()
    lanes.ensure_lanes()
    for account_key, direction in lanes_of(store):
        lanes.nudge(account_key, direction)
    query = urlencode({"since": f"{since:.3f}"})
    return redirect(f"{reverse('sync_progress', args=[slug])}?{query}")


@require_GET
@needs("stores.sync_now")
def progress(request: HttpRequest, slug: str) -> HttpResponse:
    """The page, or for htmx its moving part; without a start it shows the last run."""
    store = find(slug)
    since = _since(request.GET.get("since", ""))
    shown = look(store, since)
    template = "sync_progress.html"
    if request.headers.get("HX-Request"):
        template = "includes/sync_progress.html"
    return render(request, template, {"store": store, "progress": shown})


def _since(text: str) -> datetime:
    """The start from the address; a quarter of an hour ago for what is no time."""
    now = clock.real_now()
    try:
        seconds = float(text)
        if not math.isfinite(seconds):
            raise ValueError(text)
        return min(now, datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return now - LIMIT


def look(store: Store, since: datetime) -> Progress:
    """How far the lanes are that were woken at ``since`` (real time)."""
    wanted = lanes_of(store)
    rows = {
        (lane.account, lane.direction): lane
        for lane in Lane.objects.filter(account__in={key for key, _ in wanted})
    }
    since_business = datetime.fromtimestamp(clock.current().at(since.timestamp()), UTC)
    calls = {
        (row["account"], row["operation"]): row["calls"]
        for row in RemoteCall.objects.filter(
            account__in={key for key, _ in wanted}, started_at__gte=since_business
        )
        .values("account", "operation")
        .annotate(calls=Count("pk"))
    }
    waiting = dict(
        SyncJob.objects.filter(
            order__store=store, dirty=True, parked="", due_at__lte=clock.now()
        )
        .values_list("peer")
        .annotate(jobs=Count("pk"))
    )
    done = {
        row["job__peer"]: row
        for row in SyncAttempt.objects.filter(
            order__store=store, started_at__gte=since_business
        )
        .values("job__peer")
        .annotate(
            ok=Count("pk", filter=Q(outcome=AttemptOutcome.OK)),
            ended=Count("pk", filter=~Q(outcome=AttemptOutcome.OPEN)),
        )
    }
    elapsed = clock.real_now() - since
    steps = []
    for key, direction in wanted:
        account = (
            store.remote_account
            if key == store.remote_account.key
            else store.shipstation_account
        )
        peer = PEERS.get(direction)
        if peer:
            left = waiting.get(peer.value, 0)
            ended = done.get(peer.value, {"ok": 0, "ended": 0})
            detail = _written(ended["ok"], ended["ended"], left, elapsed)
            share = ended["ended"] / (ended["ended"] + left) if left else 1.0
        else:
            left = 0
            made = sum(count for (owner, _), count in calls.items() if owner == key)
            detail = f"{made} call{'' if made == 1 else 's'} of this account so far"
            share = 1.0
        steps.append(
            _step(rows.get((key, direction)), direction, since, detail, share, left)
            if account.active
            else Step(
                label=direction.label,
                word="paused",
                tone=Tone.SOON,
                detail=f"{account.name} is paused: {account.pause_reason}",
                share=1.0,
                ended=True,
            )
        )
    return _progress(tuple(steps), elapsed)


def _written(ok: int, ended: int, left: int, elapsed: timedelta) -> str:
    text = f"{ok} done"
    if ended > ok:
        text += f", {ended - ok} not (see their orders)"
    if left:
        text += f", {left} to go"
        if ended and elapsed.total_seconds() > 2:
            rate = ended / elapsed.total_seconds()
            text += f" · {rate * 60:.0f} a minute, {span(timedelta(seconds=left / rate))} left"
    return text


def _step(
    lane: Lane | None,
    direction: Direction,
    since: datetime,
    detail: str,
    share: float,
    left: int,
) -> Step:
    label = direction.label
    if lane is None:
        return Step(
            label=label,
            word="no lane",
            tone=Tone.BREACH,
            detail="It is made with the next tick of the schedule.",
            share=0.0,
            ended=False,
        )
    now = clock.real_now()
    ran = lane.last_run_at is not None and lane.last_run_at >= since
    if lane.lease_id and lane.lease_until and lane.lease_until > now:
        return Step(
            label=label,
            word="running",
            tone=Tone.INFO,
            detail=detail,
            share=min(0.9, share / 2 + 0.25),
            ended=False,
        )
    if ran and lane.failures:
        return Step(
            label=label,
            word="failed",
            tone=Tone.BREACH,
            detail=lane.last_error or "It failed without a word.",
            share=1.0,
            ended=True,
        )
    if ran and not left and (lane.due_at is None or lane.due_at > now):
        return Step(
            label=label,
            word="done",
            tone=Tone.FINE,
            detail=detail,
            share=1.0,
            ended=True,
        )
    return Step(
        label=label,
        word="more to do" if ran else "queued",
        tone=Tone.INFO if ran else Tone.PLAIN,
        detail=detail if ran else "Waits for a free worker.",
        share=min(0.9, share) if ran else 0.0,
        ended=False,
    )


def _progress(steps: tuple[Step, ...], elapsed: timedelta) -> Progress:
    ended = all(step.ended for step in steps)
    percent = round(100 * sum(step.share for step in steps) / len(steps))
    bad = [step for step in steps if step.tone in (Tone.BREACH, Tone.SOON)]
    if ended and bad:
        sentence = f"Ended, but not well: {bad[0].label.lower()} {bad[0].word}. {bad[0].detail}"
    elif ended:
        sentence = "Everything that was due has been done."
    elif elapsed > LIMIT:
        sentence = (
            f"Still at work after {span(elapsed)}. This page no longer watches; the "
            "lanes go on by themselves."
        )
    elif _heart_stands_still():
        sentence = (
            "No cluster shows a sign of life, so nothing starts. It goes on by itself "
            "once manage.py run_cluster runs."
        )
    else:
        sentence = (
            f"At work for {span(elapsed)}. You may leave; it goes on without you."
        )
    return Progress(
        steps=steps,
        percent=100 if ended else min(percent, 99),
        sentence=sentence,
        ended=ended or elapsed > LIMIT,
    )


def _heart_stands_still() -> bool:
    fresh = clock.real_now() - timedelta(seconds=settings.SHIPSYNC_HEART_STALE)
    return not Heartbeat.objects.filter(beat_at__gte=fresh).exists()
