"""Posting a message to an address that a person entered: signed, and outwards only.

Forms: Slack's incoming webhooks take {"text": …} with &, < and > escaped (Slack, 'Sending
messages using incoming webhooks', 'Formatting text'); Teams' workflow webhooks take a
message with one adaptive card (Microsoft, 'Create and send messages'); anything else
gets our own fields.

Signature: ``X-Shipsync-Signature: t=<Unix seconds>,v1=<hex>``, where v1 is the
HMAC-SHA256 with the target's secret over '<t>.<body>'. ``X-Shipsync-Message`` is the same
when a message is sent again after a lost answer, so that it can be dropped.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.exceptions import ValidationError
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from orders.alerts.outcomes import DeliveryError, Outcome
from orders.models import AlertMessage, AlertWay
from shipsync_site.lib import clock
from stores import transport
from stores.hosts import check_host

TIMEOUT = 10.0


def check_url(url: str) -> None:
    """Raise ValidationError, unless this may be posted to: https and a public name.

    In development a receiver on this machine is taken too.
    """
    if any(character.isspace() for character in url):
        raise ValidationError("An address has no spaces.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValidationError(f"'{url[:60]}' can't be read as an address.") from None
    if settings.DEVELOPMENT and parts.scheme == "http" and host == "127.0.0.1":
        return
    if parts.username or parts.password or parts.fragment:
        raise ValidationError(
            "Leave out names, passwords and '#': the address goes as it stands."
        )
    if port not in (None, 443):
        raise ValidationError("Leave out the port: https has its own.")
    check_host(f"{parts.scheme}://{host}")


def post(message: AlertMessage) -> int:
    """Send a message to its target's address; the status that came back.

    Raises DeliveryError for everything but a 2xx.
    """
    target = message.target
    try:
        check_url(target.address)
    except ValidationError:
        raise DeliveryError(Outcome.BAD_ADDRESS) from None
    body = json.dumps(payload(message), ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-Shipsync-Message": str(message.pk or "test"),
    }
    if target.secret:
        stamp = int(clock.real_now().timestamp())
        headers["X-Shipsync-Signature"] = signature(target.secret, stamp, body)
    return _status(_send(target.address, body, headers))


def signature(secret: str, stamp: int, body: bytes) -> str:
    """The signature header for a body at a moment (Unix seconds)."""
    signed = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    return f"t={stamp},v1={signed.hexdigest()}"


def payload(message: AlertMessage) -> dict[str, Any]:
    """The JSON of a message in the form that its target reads."""
    return _FORMS[AlertWay(message.target.way)](message)


def _slack(message: AlertMessage) -> dict[str, Any]:
    text = f"*{_escaped(message.subject)}*\n{_escaped(message.body)}"
    return {"text": f"{text}\n{_escaped(message.link)}"}


def _teams(message: AlertMessage) -> dict[str, Any]:
    lines = [{"type": "TextBlock", "text": message.subject, "weight": "Bolder"}] + [
        {"type": "TextBlock", "text": line, "spacing": "None"}
        for line in message.body.splitlines()
    ]
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": [line | {"wrap": True} for line in lines],
    }
    if message.link.startswith("https://"):
        card["actions"] = [
            {"type": "Action.OpenUrl", "title": "Open the list", "url": message.link}
        ]
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": card,
            }
        ],
    }


def _own(message: AlertMessage) -> dict[str, Any]:
    return {
        "id": message.pk,
        "trigger": message.rule.trigger if message.rule else "test",
        "team": message.rule.team if message.rule else "",
        "subject": message.subject,
        "text": message.body,
        "count": message.count,
        "money": message.money,
        "deadline": message.deadline.isoformat() if message.deadline else None,
        "link": message.link,
        "at": message.created_at.isoformat(),
    }


_FORMS: dict[AlertWay, Callable[[AlertMessage], dict[str, Any]]] = {
    AlertWay.SLACK: _slack,
    AlertWay.TEAMS: _teams,
    AlertWay.WEBHOOK: _own,
}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class InsideError(NewConnectionError):
    """The name led to an address that is not public."""


class _OutwardConnection(HTTPSConnection):
    """Looks at the very address it got connected to: a name may lead anywhere."""

    def _new_conn(self) -> socket.socket:
        connected: socket.socket = super()._new_conn()
        peer = str(connected.getpeername()[0]).partition("%")[0]
        if not ip_address(peer).is_global:
            connected.close()
            raise InsideError(self, f"{self.host} is not a public address")
        return connected


class _OutwardPool(HTTPSConnectionPool):
    ConnectionCls = _OutwardConnection


class _OutwardAdapter(HTTPAdapter):
    """Sends nothing to this network. Through a proxy, the proxy's rules count."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": HTTPConnectionPool,
            "https": _OutwardPool,
        }


def _send(url: str, body: bytes, headers: dict[str, str]) -> requests.Response:
    session = transport.new_session()
    session.mount("https://", _OutwardAdapter(max_retries=0))
    with session:
        try:
            return session.post(
                url,
                data=body,
                headers=headers,
                timeout=(transport.CONNECT_TIMEOUT, TIMEOUT),
                allow_redirects=False,
            )
        except requests.RequestException as exc:
            failed = _no_answer(exc)
    # Outside the block: the library's error holds the address, which is a secret.
    raise failed


def _no_answer(exc: requests.RequestException) -> DeliveryError:
    if any(isinstance(cause, InsideError) for cause in transport.causes(exc)):
        return DeliveryError(Outcome.INSIDE)
    error = transport.no_answer(
        exc, operation="alert", url="", write=True, timeout=TIMEOUT
    )
    return DeliveryError(
        {
            "tls": Outcome.CERTIFICATE,
            "unreachable": Outcome.UNREACHABLE,
            "bad_request": Outcome.BAD_ADDRESS,
        }.get(error.code, Outcome.TIMED_OUT)
    )


def _status(answer: requests.Response) -> int:
    status = answer.status_code
    if 200 <= status < 300:
        return status
    if status < 400:
        raise DeliveryError(Outcome.REDIRECTS, str(status))
    if status == 429:
        raise DeliveryError(Outcome.THROTTLED, str(status))
    outcome = Outcome.BROKEN if status >= 500 or status == 408 else Outcome.REFUSED
    raise DeliveryError(outcome, str(status))
