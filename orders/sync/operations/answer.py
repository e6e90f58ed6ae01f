"""Tell the marketplace on somebody's word: an order taken or refused, a request answered.

What is said is built from the facts as of now; the answer of the call proves nothing,
the read that follows does.
"""

from __future__ import annotations

from django.db import transaction

from orders.events import Timeline
from orders.facts import fingerprint
from orders.models import Order, OrderLine
from orders.sync.attempts import Attempted, finish, opener
from shipsync_site.lib import clock
from stores.connect import connector_for
from stores.models import RemoteAccount
from stores.remote_types import Acceptance, CancellationAnswer


def accept(
    account: RemoteAccount, order: Order, item: Attempted, *, urgent: bool
) -> None:
    """Take or refuse every line that waits; raises what the connector raises."""
    yes = item.work.yes
    connector_for(account, on_open=opener([item])).accept(
        acceptance_of(order, yes), urgent=urgent
    )
    _taken(order, item, "accept_told", "Accepted" if yes else "Refused")


def answer(
    account: RemoteAccount, order: Order, item: Attempted, *, urgent: bool
) -> None:
    """Grant or reject a request to cancel; raises what the connector raises."""
    work = item.work
    # The same at each try of this word, and no other order's.
    reference = fingerprint(order.remote_id, work.target, work.digest)
    connector_for(account, on_open=opener([item])).answer_cancellation(
        answer_of(order, yes=work.yes, reason=work.choice, reference=reference),
        urgent=urgent,
    )
    said = "The cancellation was granted" if work.yes else "The request was rejected"
    _taken(order, item, "answer_told", said)


def acceptance_of(order: Order, yes: bool) -> Acceptance:
    """Every open line with yes or no."""
    return Acceptance(
        order_remote_id=order.remote_id,
        marketplace_id=order.store.remote_marketplace,
        lines=tuple((line.remote_id, yes) for line in _open(order)),
    )


def answer_of(
    order: Order, *, yes: bool, reason: str, reference: str
) -> CancellationAnswer:
    """The lines that are asked for, or all open ones where none is."""
    lines = _open(order)
    asked = [line for line in lines if line.cancel_requested] or lines
    return CancellationAnswer(
        order_remote_id=order.remote_id,
        marketplace_id=order.store.remote_marketplace,
        accept=yes,
        lines=tuple((line.remote_id, _units(line)) for line in asked),
        whole=len(asked) == len(lines),
        reason=reason,
        reference=reference,
    )


def _open(order: Order) -> list[OrderLine]:
    return [line for line in order.lines.all() if _units(line)]


def _units(line: OrderLine) -> int:
    """Units that are neither cancelled nor, as the marketplace says, on their way."""
    gone = line.quantity_cancelled + (line.quantity_fulfilled or 0)
    return max(0, line.quantity - gone)


def _taken(order: Order, item: Attempted, verb: str, text: str) -> None:
    """Keep that the call was answered well; what it did is read, not believed."""
    with transaction.atomic():
        finish([(item, None)])
        timeline = Timeline(clock.now())
        timeline.add(
            order,
            "marketplace",
            verb,
            f"{text}; the marketplace took our answer",
            call=item.attempt.call if item.attempt else None,
        )
        timeline.save()
