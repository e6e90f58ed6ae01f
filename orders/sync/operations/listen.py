"""Fetch messages from a queue of ours: each is kept, asks for a look, and is taken off.

A message is a nudge, never a fact. It leaves the queue only once it is stored, so a
crash brings it again, and what comes again is counted. An order that a new message names
is read by itself: a list may show its change only minutes later, and is the scarcer call.
What can't be read now the next list shows.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from orders.ingest import ingest_one
from orders.sync.units import HandOver, UnitResult, in_business, soon
from stores.connect import connector_for
from stores.connectors.base import Capability, Connector
from stores.errors import (
    RejectedError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
    UnexpectedAnswerError,
)
from stores.models import RemoteAccount
from stores.remote_types import Notice
from stores.webhooks.receive import keep_notices

logger = logging.getLogger(__name__)

# Business seconds until an account without a queue is asked again whether it has one.
WITHOUT_QUEUE = 3600.0


def unit(account: RemoteAccount, hand_over: HandOver) -> UnitResult:
    """What waits in the queue, once; a full one is read on without a pause."""
    connector = connector_for(account)
    if not connector.listens:
        return UnitResult(due_at=in_business(WITHOUT_QUEUE))
    try:
        notices = connector.listen()
        if not notices:
            wait = connector.listen_every.total_seconds()
            return UnitResult(due_at=in_business(wait))
        fresh = keep_notices(account, notices)
        connector.heard(notices)
    except UnauthorisedError as error:
        # The queue has keys of its own: without it orders only come later.
        raise UnexpectedAnswerError(
            f"The queue does not let us in: {error.message}", code="queue_refused"
        ) from error
    counts = Counter(calls=1, messages=len(notices), fresh=len(fresh))
    counts["read"] = _read_named(account, connector, fresh)
    return UnitResult(due_at=soon(), counts=counts)


def _read_named(
    account: RemoteAccount, connector: Connector, notices: Sequence[Notice]
) -> int:
    """Read the orders that messages name; how many. Raises UnauthorisedError."""
    if Capability.READ_ONE not in connector.capabilities:
        return 0
    read = 0
    for order_id in dict.fromkeys(x.order_remote_id for x in notices):
        if not order_id:
            continue
        try:
            remote = connector.fetch_order(order_id)
        except (ThrottledError, TransientError) as error:
            logger.info("account=%s: left to the list: %s", account.key, error.message)
            break
        except (RejectedError, UnexpectedAnswerError) as error:
            logger.warning(
                "account=%s order=%s: left to the list: %s",
                account.key,
                order_id,
                error.message,
            )
            continue
        if remote is not None:
            ingest_one(account, remote)
            read += 1
    return read
