"""The way to the peers without a network: they live in this process.

A transport adapter for ``requests`` that hands each request to the sandbox's own view,
through its faults. An answer that the sandbox loses is lost here as well, and a call
that takes longer than its caller waits is cut off after its effect.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from requests.adapters import HTTPAdapter

from shipsync_site.soak.faults.death import Death
from shipsync_site.soak.faults.hours import Hours
from stores import transport
from stores.sandbox import control
from stores.sandbox.core import PEERS, discover
from stores.sandbox.driver import SandboxClient

URL = "http://127.0.0.1:8900"
# What a call takes, in seconds: between these.
LATENCY = (0.05, 0.6)


class _Line:
    """Stands for the socket that gunicorn lends, so that an answer can be lost."""

    def __init__(self) -> None:
        self.cut = False

    def shutdown(self, how: int) -> None:
        self.cut = True


class Wire(HTTPAdapter):
    """Carries requests to the peers in this process."""

    def __init__(self, hours: Hours, death: Death, seed: int) -> None:
        super().__init__()
        self.hours = hours
        self.death = death
        self.calls = 0
        self._factory = RequestFactory(SERVER_NAME="127.0.0.1")
        self._random = random.Random(f"wire {seed}")  # noqa: S311 - a play
        discover()

    @property
    def peers(self) -> tuple[str, ...]:
        """The codes of the peers that live here."""
        return tuple(sorted(PEERS))

    def client(self) -> SandboxClient:
        """The control API of these peers."""
        client = SandboxClient(URL)
        client.session.mount(URL, self)
        return client

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Let this thread's calls to the sandbox go over this wire."""
        session = transport.default_session()
        session.mount(URL, self)
        try:
            yield
        finally:
            session.adapters.pop(URL, None)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Answer a request; raises what ``requests`` raises where no answer comes."""
        path = urlsplit(str(request.url)).path
        if path.startswith("/control/"):
            answer = control.handle_control(self._received(request), path[9:])
            return self._answer(request, answer)
        self.calls += 1
        self.death.reach("before")
        started = self.hours.now()
        self.hours.advance(self._random.uniform(*LATENCY))
        received = self._received(request)
        _, code, rest = path.split("/", 2)
        answer = control.handle_peer(received, code, rest)
        self.death.reach("after")
        if received.META["gunicorn.socket"].cut:
            raise requests.ConnectionError("the connection was shut", request=request)
        patience = timeout[1] if isinstance(timeout, tuple) else timeout
        if patience and self.hours.now() - started > patience:
            raise requests.ReadTimeout("no answer in time", request=request)
        return self._answer(request, answer)

    def _received(self, request: requests.PreparedRequest) -> HttpRequest:
        headers = {str(name): str(value) for name, value in request.headers.items()}
        body = request.body or b""
        received = self._factory.generic(
            str(request.method),
            str(request.url).removeprefix(URL),
            data=body if isinstance(body, bytes) else str(body).encode(),
            content_type=headers.pop("Content-Type", "application/octet-stream"),
            headers=headers,
            SERVER_PORT=str(urlsplit(URL).port),  # the factory's own is 80
        )
        received.META["gunicorn.socket"] = _Line()
        return received

    def _answer(
        self, request: requests.PreparedRequest, answer: HttpResponse
    ) -> requests.Response:
        raw = urllib3.HTTPResponse(
            body=io.BytesIO(answer.content),
            headers=dict(answer.items()),
            status=answer.status_code,
            reason=answer.reason_phrase,
            preload_content=False,
        )
        return self.build_response(request, raw)
