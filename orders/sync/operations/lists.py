"""Read a marketplace's own lists once a day, between two pages of orders."""

from __future__ import annotations

import logging
from datetime import timedelta

from shipsync_site.lib import clock
from stores.connect import has_lists, read_choices
from stores.errors import RemoteError, UnauthorisedError
from stores.models import Cursor, RemoteAccount

logger = logging.getLogger(__name__)

LISTS = "lists"
EVERY = timedelta(hours=24)
# After a failure, not at every look.
AGAIN = timedelta(hours=1)


def read_lists(account: RemoteAccount) -> None:
    """Read carriers, reasons and fields when their day is over; orders come first.

    What fails is tried again in an hour, and stops no orders; UnauthorisedError alone
    is raised. Of the cursor ``watermark`` is the last good read, ``completed_at`` the
    last try.
    """
    if not has_lists(account):
        return
    now = clock.now()
    row, _new = Cursor.objects.get_or_create(account=account.key, stream=LISTS)
    if row.watermark is not None and now - row.watermark < EVERY:
        return
    if row.completed_at is not None and now - row.completed_at < AGAIN:
        return
    row.completed_at = now
    try:
        read_choices(account)
    except UnauthorisedError:
        raise
    except RemoteError as error:
        logger.warning("lists of %s could not be read: %s", account.key, error)
    else:
        row.watermark = now
    row.save()
