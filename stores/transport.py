"""The wire below the gateway: sessions, and what a call without an answer means."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from ssl import SSLCertVerificationError
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from stores.errors import (
    OutcomeUnknownError,
    RemoteError,
    TransientError,
    UnexpectedAnswerError,
)

# The form that Amazon asks for (SP-API "Include a User-Agent header", 2026).
USER_AGENT = (
    f"shipsync/0.1 (Language=Python/{platform.python_version()}; "
    f"Platform={platform.system()})"
)
CONNECT_TIMEOUT = 5.0
_local = threading.local()


def default_session() -> requests.Session:
    """The pooled session of this thread; a forked child makes its own."""
    kept: tuple[int, requests.Session] | None = getattr(_local, "kept", None)
    if kept is None or kept[0] != os.getpid():
        kept = (os.getpid(), new_session())
        _local.kept = kept
    return kept[1]


def new_session() -> requests.Session:
    """A session that retries nothing, keeps no cookies and reads no .netrc."""
    session = requests.Session()
    adapter = HTTPAdapter(pool_connections=8, pool_maxsize=8, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["User-Agent"] = USER_AGENT
    session.headers["Accept"] = "application/json"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # With no auth of its own a session would take a password from the user's .netrc.
    session.auth = _no_auth
    return session


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def no_answer(
    exc: requests.RequestException,
    *,
    operation: str,
    url: str,
    write: bool,
    timeout: float,
) -> RemoteError:
    """The error that a call without an answer means: was anything sent?

    Its message holds the host and nothing else of the request.
    """
    host = urlsplit(url).netloc.rpartition("@")[2]
    chain = list(causes(exc))
    if any(isinstance(cause, SSLCertVerificationError) for cause in chain):
        return TransientError(
            f"{operation}: the certificate of {host} is not valid", code="tls"
        )
    if isinstance(exc, requests.ConnectTimeout) or any(
        isinstance(cause, NewConnectionError | ConnectTimeoutError) for cause in chain
    ):
        return TransientError(
            f"{operation}: {host} can't be reached; nothing was sent",
            code="unreachable",
        )
    if isinstance(exc, requests.URLRequired | ValueError):
        # Nothing was sent: the request could not even be built (InvalidURL and kin).
        return UnexpectedAnswerError(
            f"{operation}: the request could not be built ({type(exc).__name__})",
            code="bad_request",
        )
    if isinstance(exc, requests.Timeout):
        what, code = f"{host} did not answer in {timeout:g} s", "timeout"
    else:
        what, code = f"the connection to {host} broke before the answer", "reset"
    if write:
        return OutcomeUnknownError(f"{operation}: {what}", code=code)
    return TransientError(f"{operation}: {what}", code=code)


def causes(exc: BaseException) -> Iterator[BaseException]:
    """An exception and all that it wraps: urllib3 keeps causes in ``reason``/``args``."""
    seen: set[int] = set()
    todo: list[Any] = [exc]
    while todo:
        cause = todo.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        todo += [cause.__cause__, cause.__context__, getattr(cause, "reason", None)]
        todo += cause.args
