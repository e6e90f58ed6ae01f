"""Daily upkeep: buyer data goes on its date, old technical rows go with time."""

from __future__ import annotations

from datetime import timedelta

from orders import forgetting, purge
from orders.models import BulkRun, BulkState
from shipsync_site.lib import clock
from stores.models import Heartbeat, RemoteCall

# Amazon's Data Protection Policy wants logs for a year at least.
CALLS_KEPT = timedelta(days=400)
HEARTS_KEPT = timedelta(days=2)
# Acts on many cases: what was only looked at, and what each row became.
LOOKED_AT_KEPT = timedelta(days=2)
BULK_KEPT = timedelta(days=180)


def purge_due() -> int:
    """Blank buyer data that is due, drop old technical rows; how many were blanked."""
    now = clock.now()
    done = forgetting.carry_out() + purge.run().total
    RemoteCall.objects.filter(
        started_at__lt=now - CALLS_KEPT, attempts__isnull=True
    ).delete()
    Heartbeat.objects.filter(beat_at__lt=clock.real_now() - HEARTS_KEPT).delete()
    acts = BulkRun.objects.all()
    acts.filter(state=BulkState.PREVIEW, created_at__lt=now - LOOKED_AT_KEPT).delete()
    acts.filter(created_at__lt=now - BULK_KEPT).delete()
    return done
