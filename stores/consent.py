"""A seller lets us in: away to the marketplace's page, back with a code, once.

The ``state`` that travels with the seller's browser is signed, bound to the session of
the person who pressed 'Connect', good for half an hour (real time) and used up by the
first return, whatever that brings.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.core import signing
from django.db import transaction

from shipsync_site.lib import clock
from stores import connect
from stores.errors import RemoteError
from stores.expiries import access_changed
from stores.models import AccessToken, AccountState, RemoteAccount
from stores.remote_types import ConnectionReport
from stores.setup import log_change

logger = logging.getLogger(__name__)

SALT = "stores.consent"
SESSION_KEY = "consents"
MAX_AGE = 30 * 60
# A person may have begun several; the oldest are forgotten.
PENDING = 5


class ConsentError(Exception):
    """A return that can't be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a consent: the test that followed, and whether calls go again."""

    account: RemoteAccount
    report: ConnectionReport | None
    problem: str = ""
    resumed: bool = False


def begin(session: SessionBase, account: RemoteAccount, redirect_uri: str) -> str:
    """Where to send the person's browser; raises RemoteError when it can't be said."""
    nonce = secrets.token_urlsafe(16)
    state = signing.dumps([account.pk, nonce], salt=SALT)
    url = connect.idle_connector(account).consent_url(
        state=state, redirect_uri=redirect_uri
    )
    pending = list(session.get(SESSION_KEY, []))
    session[SESSION_KEY] = [*pending[1 - PENDING :], nonce]
    return url


def returned(session: SessionBase, state: str) -> RemoteAccount:
    """The account that a return is for; its state is used up. Raises ConsentError."""
    if not state:
        raise ConsentError(
            "The browser came back without the mark that it was sent with. Press "
            "'Connect' on the account's page; a link from elsewhere can't connect it."
        )
    try:
        pk, nonce = signing.loads(state, salt=SALT, max_age=MAX_AGE)
    except signing.SignatureExpired:
        raise ConsentError(
            "More than half an hour passed since 'Connect' was pressed. Press it again."
        ) from None
    except (signing.BadSignature, ValueError, TypeError):
        raise ConsentError(
            "The browser came back with a mark that is not ours. Nothing was changed; "
            "press 'Connect' on the account's page."
        ) from None
    pending = list(session.get(SESSION_KEY, []))
    if nonce not in pending:
        raise ConsentError(
            "This return was used already, or 'Connect' was pressed in another browser "
            "or before you signed in again. Press it again here."
        )
    pending.remove(nonce)
    session[SESSION_KEY] = pending
    # At once: a second copy of the same return must not find it.
    session.save()
    account = RemoteAccount.objects.filter(pk=pk).first()
    if account is None:
        raise ConsentError("The account of this return does not exist any more.")
    return account


def redeem(
    account: RemoteAccount,
    answer: Mapping[str, str],
    *,
    redirect_uri: str,
    user: User,
) -> Outcome:
    """Change the seller's answer for secrets, keep them, test, and let calls go again.

    Only an account that the engine paused is resumed; what a person paused stays so.
    Raises RemoteError when the marketplace gives nothing for the answer.
    """
    grant = connect.connector_for(account).redeem_consent(
        answer, redirect_uri=redirect_uri
    )
    with transaction.atomic():
        row = RemoteAccount.objects.select_for_update().get(pk=account.pk)
        row.keep_secrets(grant.secrets, clock.now())
        row.settings = {**(row.settings or {}), **grant.settings}
        row.save()
        # They were given under the old consent.
        AccessToken.objects.filter(account=row.key).delete()
        log_change(row, "The seller's consent was renewed.", user)
    logger.info("account=%s consent renewed by user=%s", row.key, user.pk)
    try:
        report = connect.test_connection(row)
    except RemoteError as error:
        return Outcome(account=row, report=None, problem=error.message)
    refused = row.state == AccountState.PAUSED and row.paused_by_id is None
    resumed = report.ok and refused and connect.resume(row, user)
    access_changed.send(sender=RemoteAccount, account=row)
    return Outcome(account=row, report=report, resumed=resumed)
