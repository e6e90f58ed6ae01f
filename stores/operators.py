"""Operators: which of them an account may choose, and the host that it then gets."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import ValidationError

from stores.connectors import CONNECTORS
from stores.connectors.base import ConnectorType
from stores.hosts import check_host
from stores.models import Account, Environment, Operator, RemoteAccount


def sandbox_url(account: Account, peer: str) -> str:
    """The simulated peer of a sandbox account; '' for the real hosts."""
    if account.environment != Environment.SANDBOX:
        return ""
    return f"{settings.SHIPSYNC_SANDBOX_URL.rstrip('/')}/{peer}"


def host_of(account: RemoteAccount) -> str:
    """The base URL of an account's operator; '' where there is none to be called.

    In the sandbox each operator is a path of the practice server. A host is checked
    here again: a row may have been written past the form.
    """
    if not CONNECTORS.get(account.marketplace).operators:
        return ""
    if account.environment == Environment.SANDBOX:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", account.region):
            return ""
        return sandbox_url(account, f"{account.marketplace}/{account.region}")
    operator = Operator.objects.filter(
        marketplace=account.marketplace, code=account.region, active=True
    ).first()
    if operator is None:
        return ""
    try:
        check_host(operator.host)
    except ValidationError:
        return ""
    return operator.host


def regions_of(connector: ConnectorType, chosen: str = "") -> list[tuple[str, str]]:
    """(code, label) of what an account may choose: regions, or active operators.

    ``chosen`` stays on offer, so that an ended operator's account can be edited.
    """
    if not connector.operators:
        return list(connector.regions)
    rows = Operator.objects.filter(marketplace=connector.code).order_by("label")
    return [
        (row.code, row.label if row.active else f"{row.label} (ended)")
        for row in rows
        if row.active or row.code == chosen
    ]
