"""eBay's daily quotas, as the Analytics API tells them.

An application has so many calls of an API a day; the day begins at midnight in
California, whoever of its sellers makes them. The figures are asked for when a
connection is tested, once an hour while orders are read, and after a 429.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shipsync_site.lib import clock
from stores.connectors.base import TokenStore
from stores.connectors.ebay import fields
from stores.errors import RemoteError
from stores.http import Answer, Gateway
from stores.remote_types import FreshToken

logger = logging.getLogger(__name__)

# (context, API name) in lower case → our budget group.
GROUPS: Mapping[tuple[str, str], str] = {
    ("sell", "fulfillment"): "fulfillment",
    ("commerce", "notification"): "notification",
    ("sell", "finances"): "finances",
}
ASKED_KIND = "quotas"
ASK_EVERY = 3600.0
DAY = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A day's quota: calls in all, calls left, and the business second it ends."""

    limit: int
    remaining: int
    resets_at: float


def read_limits(answer: Answer) -> dict[str, Limit]:
    """Our groups' quotas in an answer; UnexpectedAnswerError for another shape.

    Of several windows the day's counts, of several resources the scarcest.
    """
    body = answer.json()
    found: dict[str, Limit] = {}
    try:
        if not isinstance(body, dict):
            raise fields.FieldError("rateLimits", "is missing")
        for index, api in enumerate(fields.rows(body, "rateLimits", "")):
            path = f"rateLimits[{index}]."
            key = (
                fields.text(api, "apiContext", path).lower(),
                fields.text(api, "apiName", path).lower(),
            )
            group = GROUPS.get(key)
            if group is None:
                continue
            for resource in fields.rows(api, "resources", path):
                for rate in fields.rows(resource, "rates", f"{path}resources."):
                    limit = _limit(rate, f"{path}resources.rates.")
                    known = found.get(group)
                    if limit and (known is None or limit.remaining < known.remaining):
                        found[group] = limit
    except fields.FieldError as error:
        problem = f"getRateLimits: {error}"
    else:
        return found
    raise answer.unexpected(problem)


def _limit(rate: fields.Json, path: str) -> Limit | None:
    if rate.get("timeWindow") != DAY:
        return None
    numbers = [rate.get(name) for name in ("limit", "remaining")]
    limit, remaining = (n if isinstance(n, int) else None for n in numbers)
    reset = fields.moment(rate, "reset", path)
    if limit is None or remaining is None or reset is None:
        return None
    return Limit(limit=limit, remaining=remaining, resets_at=reset.timestamp())


def learn(gateway: Gateway, answer: Answer) -> dict[str, Limit]:
    """Let the budgets learn what an answer of getRateLimits says."""
    limits = read_limits(answer)
    now = clock.timestamp()
    for group, limit in limits.items():
        gateway.learn(
            answer,
            group,
            limit=limit.limit,
            remaining=limit.remaining,
            resets_in=max(1.0, limit.resets_at - now),
        )
    return limits


class QuotaWatch:
    """Asks for the quotas once an hour, from one process; never fails a pull."""

    def __init__(self, gateway: Gateway, tokens: TokenStore) -> None:
        self._gateway = gateway
        self._tokens = tokens

    def look(self, ask: Callable[[], Answer]) -> None:
        """Ask, unless somebody did within the hour or the quota's day goes on."""
        if self._tokens.get(ASKED_KIND):
            return

        def fetch() -> FreshToken:
            limits = learn(self._gateway, ask())
            now = clock.timestamp()
            # Right after midnight in California the figures are new.
            ends = [limit.resets_at - now for limit in limits.values()]
            # A note is not good in its last minute: see the token store.
            good_for = 60.0 + min([ASK_EVERY, *(e for e in ends if e > 0)])
            return FreshToken(token=f"{now:.0f}", seconds=good_for)

        try:
            self._tokens.refresh(ASKED_KIND, fetch)
        except RemoteError as error:
            logger.warning("eBay's quotas could not be read: %s", error.message)
