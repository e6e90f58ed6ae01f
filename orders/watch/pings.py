"""Schedules that ended well: noted by the cluster's monitor, one statement each."""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError

from orders.models import Watch
from orders.watch.sources import SCHEDULE
from shipsync_site.lib import clock

logger = logging.getLogger(__name__)


def heard(task: dict[str, Any] | None = None, **_: Any) -> None:
    """Receiver of django-q's post_execute; an error would end the monitor.

    What a schedule starts carries its name as the task's group. ``pump.reported`` came
    before and closed what connection was too old.
    """
    if not task or not task.get("success") or not task.get("group"):
        return
    try:
        Watch.objects.filter(key=f"{SCHEDULE}:{task['group']}").update(
            heard_at=clock.real_now()
        )
    except DatabaseError:
        logger.exception("schedule=%s: its run could not be noted", task["group"])
