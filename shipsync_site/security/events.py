"""The log of access: who set up, reset, required, ended or unlocked what."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.http import HttpRequest

from shipsync_site.lib import clock
from shipsync_site.lockout import client_address
from shipsync_site.models import SecurityEvent

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)


def record(
    request: HttpRequest | None,
    verb: str,
    text: str,
    *,
    subject: User | None = None,
    actor: User | None = None,
) -> SecurityEvent:
    """Keep a line; ``subject`` is whose access it is about, ``actor`` who did it."""
    logger.info(
        "security %s subject=%s actor=%s",
        verb,
        subject.pk if subject else None,
        actor.pk if actor else None,
    )
    return SecurityEvent.objects.create(
        at=clock.real_now(),
        verb=verb,
        text=text[:300],
        subject=subject,
        subject_name=subject.get_username() if subject else "",
        actor=actor,
        actor_name=actor.get_username() if actor else "",
        address=client_address(request) if request is not None else None,
    )
