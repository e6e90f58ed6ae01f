"""What a store still lacks before it goes live: checks, each with its way on.

A check is one entry registered here or by whoever knows more (orders registers its
own). Live is refused while any finding blocks; the page shows them with their links.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User

from shipsync_site.lib.registry import Registry
from stores import transitions
from stores.models import Store, StoreState
from stores.setup import NotReadyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A sentence, and the page (``url``) where ``act`` is done about it.

    ``blocks`` False: worth knowing, and no reason to wait. ``by_lead``: the page opens
    only for those who decide a store's rules. ``rows`` are single cases
    of it: (text, url).
    """

    text: str
    url: str
    act: str
    blocks: bool = True
    by_lead: bool = False
    rows: tuple[tuple[str, str], ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that is looked at; ``rank`` orders the page, ``decision`` is the one
    it belongs to ('' for none). No finding means that all is well."""

    code: str
    label: str
    rank: int
    find: Callable[[Store], Iterable[Finding]]
    decision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A check and what it found."""

    check: Check
    findings: tuple[Finding, ...]

    @property
    def blocks(self) -> bool:
        """Whether the store may not go live for it."""
        return any(finding.blocks for finding in self.findings)


CHECKS: Registry[Check] = Registry("readiness checks", "stores.readiness")


def results(store: Store) -> list[Result]:
    """Every check of this store, in the order of the page."""
    checks = sorted(CHECKS, key=lambda check: (check.rank, check.code))
    return [Result(check=check, findings=tuple(check.find(store))) for check in checks]


def findings_of(store: Store, decision: str) -> list[Finding]:
    """What the checks of one decision found."""
    return [
        finding
        for check in sorted(CHECKS, key=lambda check: check.rank)
        if check.decision == decision
        for finding in check.find(store)
    ]


def go_live(store: Store, *, user: User, live_from: datetime | None = None) -> None:
    """Take a store live through the gate; raises NotReadyError naming what is missing.

    A live store whose roll-back is called off has passed the gate before.
    """
    if store.state in (StoreState.DRAFT, StoreState.SHADOW):
        missing = [
            finding.text
            for result in results(store)
            for finding in result.findings
            if finding.blocks
        ]
        if missing:
            raise NotReadyError("; ".join(missing))
    transitions.go_live(store, user=user, live_from=live_from)
