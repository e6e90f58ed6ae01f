"""The case of an account whose settlements are not fetched, with the remote's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orders.exception_kinds import Team
from orders.store_cases import close_store_case, open_store_case
from stores.connectors import CONNECTORS
from stores.errors import RejectedError, RemoteError, UnauthorisedError
from stores.models import RemoteAccount

KIND = "settlements_not_fetched"
_CAUSE = "fetch"
# Whoever grants access: a scope, a role, a signing key.
ACCESS = Team.LEAD


def refused(account: RemoteAccount, problem: Exception) -> str:
    """Open the case for a call that was refused or not understood; what it says."""
    said = problem.message if isinstance(problem, RemoteError) else str(problem)
    said = said.rstrip(".") or type(problem).__name__
    if not isinstance(problem, RemoteError):
        said = f"internal error ({type(problem).__name__}), see the log"
    access = isinstance(problem, UnauthorisedError | RejectedError)
    _open(account, said, team=str(ACCESS) if access else "")
    return said


def left_out(account: RemoteAccount, rows: Sequence[Mapping[str, Any]]) -> str:
    """Open the case for settlements that could not be taken in; what it says."""
    first = rows[0]
    others = f", and {len(rows) - 1} more" if len(rows) > 1 else ""
    said = f"settlement {first['id']} could not be taken in: {first['problem']}{others}"
    _open(account, said, context={"left_out": [row["id"] for row in rows]})
    return said


def close(account: RemoteAccount) -> None:
    """The settlements were fetched whole."""
    close_store_case(_scope(account), KIND)


def _open(
    account: RemoteAccount,
    said: str,
    *,
    team: str = "",
    context: dict[str, Any] | None = None,
) -> None:
    needed = ""
    if account.marketplace in CONNECTORS:
        needed = CONNECTORS.get(account.marketplace).settlements_need
    open_store_case(
        _scope(account),
        KIND,
        _CAUSE,
        f"{account.name}: settlements are not fetched: {said}",
        context={"account": account.pk, "said": said, "needs": needed}
        | (context or {}),
        team=team,
    )


def _scope(account: RemoteAccount) -> str:
    return f"account:{account.key}"
