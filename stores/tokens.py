"""Access tokens shared by all workers: one of them asks for a new one, others wait."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from shipsync_site.lib import clock
from stores.connectors.base import TokenFetcher
from stores.errors import TransientError
from stores.models import AccessToken, RemoteAccount
from stores.remote_types import FreshToken

# A token is not used in its last minute (business time).
MARGIN = timedelta(seconds=60)
# Real seconds: how long one refresh may take before another process tries.
LEASE = timedelta(seconds=30)
POLL = 0.05


class DatabaseTokenStore:
    """The access tokens of one account, sealed in the database.

    Not to be used inside a transaction: others must see the lease and the token.
    """

    def __init__(self, account_key: str) -> None:
        self.account_key = account_key
        self._handed_out: dict[str, str] = {}
        self._used: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"DatabaseTokenStore({self.account_key!r})"

    def get(self, kind: str) -> str:
        """A token still good for a minute, or ''."""
        row = AccessToken.objects.filter(account=self.account_key, kind=kind).first()
        token = _good(row)
        if token:
            self._handed_out[kind] = token
        return token

    def refresh(self, kind: str, fetch: TokenFetcher) -> str:
        """A token other than the one that :meth:`get` gave, fetched by one process.

        Raises what ``fetch`` raises (then nothing is kept and the next one may try),
        and TransientError when another process's refresh does not end.
        """
        stale = self._handed_out.get(kind, "")
        AccessToken.objects.get_or_create(account=self.account_key, kind=kind)
        give_up = time.monotonic() + 2 * LEASE.total_seconds()
        while time.monotonic() < give_up:
            mine = self._lease(kind)
            token = self._other_than(kind, stale)
            try:
                if mine and not token:
                    token = self._fetch(kind, fetch, mine)
            finally:
                if mine:
                    self._rows(kind).filter(lease_until=mine).update(lease_until=None)
            if token:
                self._handed_out[kind] = token
                return token
            time.sleep(POLL)
        raise TransientError(
            f"{self.account_key}: another process has been asking for a new access "
            "token for too long; it is tried again",
            code="token_refresh",
        )

    def secret(self, name: str) -> str:
        """A secret of the account as it is now: another process may have renewed it."""
        account = self._account()
        value = str((account.secrets or {}).get(name, "")) if account else ""
        self._used[name] = value
        return value

    def _lease(self, kind: str) -> datetime | None:
        """The end of the lease if it became ours, else None."""
        now = clock.real_now()
        until = now + LEASE
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        return (
            until if self._rows(kind).filter(free).update(lease_until=until) else None
        )

    def _fetch(self, kind: str, fetch: TokenFetcher, mine: datetime) -> str:
        before = self._account()
        known = dict(before.secrets or {}) if before else {}
        self._used = {}
        fresh = fetch()
        known |= self._used
        now = clock.now()
        with transaction.atomic():
            # Guarded: a refresh that outlived its lease overwrites no newer token. A
            # secret that it renewed is kept even so: the one it used is spent.
            kept = (
                self._rows(kind)
                .filter(lease_until=mine)
                .update(
                    token=fresh.token, expires_at=now + timedelta(seconds=fresh.seconds)
                )
            )
            if fresh.secrets or (kept and fresh.settings):
                self._keep(fresh, known, now)
        return fresh.token

    def _keep(self, fresh: FreshToken, known: dict[str, str], now: datetime) -> None:
        """What came with a token, where the account still has what it was got with.

        ``known`` are the secrets from before the refresh; one that somebody else put
        in their place meanwhile is newer, and stays with all that came with it.
        """
        account = RemoteAccount.objects.select_for_update().get(pk=self._pk())
        current = account.secrets or {}
        if any(current.get(name, "") != known.get(name, "") for name in fresh.secrets):
            return
        found = account.check_outcome, account.check_sentence
        account.keep_secrets(fresh.secrets, now)
        account.check_outcome, account.check_sentence = found
        account.settings = {**(account.settings or {}), **fresh.settings}
        account.save()

    def _pk(self) -> int:
        return int(self.account_key.rpartition("-")[2])

    def _account(self) -> RemoteAccount | None:
        return RemoteAccount.objects.filter(pk=self._pk()).first()

    def _other_than(self, kind: str, stale: str) -> str:
        token = _good(self._rows(kind).first())
        return "" if token == stale else token

    def _rows(self, kind: str) -> QuerySet[AccessToken]:
        return AccessToken.objects.filter(account=self.account_key, kind=kind)


def _good(row: AccessToken | None) -> str:
    """The row's token if it is good for a minute more, else ''."""
    if row is None or row.expires_at is None:
        return ""
    return row.token if row.expires_at > clock.now() + MARGIN else ""
