"""Kinds of cases: what each means, who owns it and what may be done about it.

A kind is one entry registered by a family module of this package; adding one needs no
migration. ``decide()`` names kinds by code; pages, filters, CSV and the runbook read
the entries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from shipsync_site.lib.registry import Registry


class Team(StrEnum):
    """Who owns a case."""

    OPS = "ops"
    CS = "cs"
    FINANCE = "finance"
    LEAD = "lead"

    @property
    def label(self) -> str:
        """As people write it: 'Ops', but 'CS'."""
        return "CS" if self is Team.CS else self.value.capitalize()


class Severity(StrEnum):
    """What it costs to leave a case alone; the worst first."""

    MONEY = "money"  # a parcel nobody wants, a penalty, a refund lost
    STUCK = "stuck"  # an order does not move
    DOUBT = "doubt"  # something to look at; orders move on


class Answer(StrEnum):
    """What a case tells of a call: the two are mended by different people."""

    NONE = ""  # no call failed: something is to be decided or done
    REFUSED = "refused"  # the remote side heard us, and said no
    UNABLE = "unable"  # we could not ask, or not understand what we got

    @property
    def label(self) -> str:
        """As people read it beside the case."""
        return {"refused": "They said no", "unable": "We could not"}.get(self.value, "")


# Whether a way out is offered, by what the marketplace can be told (Capability values)
# and the case's context.
Fits = Callable[[frozenset[str], Mapping[str, Any]], bool]


def always(_capabilities: frozenset[str], _context: Mapping[str, Any]) -> bool:
    """Offered wherever the kind is."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A way out of a case.

    ``verb`` is the Decision it records (a Verb value), '' for none; ``permission`` is
    what the person needs; ``effect`` says in a sentence what pressing it does.
    ``page``: done on a page of its own (the name of its URL, which takes the order).
    ``chooses_record``: the person names one of the ShipStation orders in the context.
    ``reasons``: the kind of the marketplace's own list (a ChoiceKind value) from which
    the person chooses what it is told, where it has such a list; ``must_choose``: there
    is no answer without one.
    """

    code: str
    label: str
    effect: str
    verb: str = ""
    permission: str = "orders.resolve_exception"
    needs_reason: bool = False
    page: str = ""
    chooses_record: bool = False
    reasons: str = ""
    must_choose: bool = False
    fits: Fits = always


RETRY = Resolution(
    code="retry",
    label="Try again",
    effect="Sends the call again with what we know now.",
    verb="retry",
    permission="orders.retry_sync",
)
DISMISS = Resolution(
    code="dismiss",
    label="Accept as it is",
    effect="Closes the case with your reason; it returns if its cause changes.",
    verb="accept",
    needs_reason=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionKind:
    """A type of case with its runbook.

    ``owner_system`` is whose fault or move it is (amazon, shipstation, carrier, us, you
    …; 'marketplace' stands for the order's own); ``trigger``, ``effect``, ``checks``
    and ``steps`` are the runbook that stands beside the case.
    """

    code: str
    label: str
    team: Team
    owner_system: str
    trigger: str
    effect: str
    checks: tuple[str, ...]
    steps: tuple[str, ...]
    # The rest of the runbook: what the buyer sees, who tells whom, what proves it closed.
    buyer_sees: str
    tells: str
    proof: str
    # When it closes without a person: "" where only a person can.
    closes_itself: str = ""
    severity: Severity = Severity.STUCK
    # The time we give ourselves to decide; None: the deadline alone counts.
    sla: timedelta | None = None
    # Fields of its context that name a cause which other orders share (the SKU, the
    # carrier code); (): its sentence without the order's own ids does.
    shared: tuple[str, ...] = ()
    # The way out that usually ends it, as code of ``resolutions``; "" where there is
    # none, and ``no_fix`` says why.
    suggested: str = ""
    no_fix: str = ""
    # Whether somebody said no, or we could not.
    answer: Answer = Answer.NONE
    resolutions: tuple[Resolution, ...] = (RETRY, DISMISS)
    blocks: bool = True


KINDS: Registry[ExceptionKind] = Registry("exception kinds", "orders.exception_kinds")


def kind_choices() -> list[tuple[str, str]]:
    """(code, label) of every kind, for filters."""
    return [(kind.code, kind.label) for kind in KINDS]
