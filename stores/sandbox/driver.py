"""Starts a sandbox server and plays its control API: for tests, demo and benchmarks."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from shipsync_site.lib import clock

Json = dict[str, Any]

PROJECT_ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0
STOP_SECONDS = 10.0
LEDGER_PAGE = 20_000


class SandboxError(Exception):
    """A control call was refused, or the server did not start."""


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class SandboxClient:
    """The control API of a running sandbox; raises SandboxError with its reason."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.session = requests.Session()
        self.session.trust_env = False  # loopback needs no proxy

    def peer_url(self, code: str) -> str:
        """The base URL of a peer, without a trailing slash."""
        return f"{self.url}/{code}"

    def call(self, method: str, action: str, **options: Any) -> Json:
        """One control call; the decoded answer."""
        response = self.session.request(
            method, f"{self.url}/control/{action}", timeout=120, **options
        )
        try:
            answer: Json = response.json()
        except ValueError:
            answer = {"error": response.text[:500]}
        if not response.ok:
            reason = answer.get("error", response.reason)
            raise SandboxError(f"{method} /control/{action}: {reason}")
        return answer

    def post(self, action: str, spec: Json) -> Json:
        """One POST to the control API."""
        return self.call("POST", action, json=spec)

    def health(self) -> Json:
        """``{ok, peers, now, rows}``; rows: the ledger's last sequence."""
        return self.call("GET", "health")

    def reset(self, seed: int = 0) -> Json:
        """Empty every peer and the ledger."""
        return self.post("reset", {"seed": seed})

    def orders(self, channel: str, count: int = 1, **options: Any) -> list[str]:
        """Buyers place orders; their ids."""
        spec = {"channel": channel, "count": count, **options}
        ids: list[str] = self.post("orders", spec)["order_ids"]
        return ids

    def orders_view(self, channel: str) -> list[Json]:
        """The peer's own view of each order."""
        rows: list[Json] = self.call("GET", "orders", params={"channel": channel})[
            "orders"
        ]
        return rows

    def cancel(self, channel: str, order_id: str, how: str, **options: Any) -> Json:
        """A cancellation: how = request, cancelled, line, withdrawn."""
        spec = {"channel": channel, "order_id": order_id, "how": how, **options}
        return self.post("cancel", spec)

    def address(self, channel: str, order_id: str, **fields: Any) -> Json:
        """The buyer changes the address."""
        return self.post(
            "address", {"channel": channel, "order_id": order_id, **fields}
        )

    def ship(self, order_keys: list[str] | None = None, **options: Any) -> list[Json]:
        """The warehouse buys labels (without keys: for all); what it shipped."""
        chosen: Json = {"all": True} if order_keys is None else {}
        if order_keys is not None:
            chosen["order_keys"] = order_keys
        shipped: list[Json] = self.post("ship", {**chosen, **options})["shipped"]
        return shipped

    def void(self, tracking: str, **options: Any) -> Json:
        """Void the label."""
        return self.post("void", {"tracking": tracking, **options})

    def relabel(self, tracking: str, **options: Any) -> Json:
        """Void the label and print another."""
        return self.post("relabel", {"tracking": tracking, **options})

    def manual(self, order_number: str | None = None, **options: Any) -> Json:
        """What somebody does in ShipStation's screen; see Warehouse.manual."""
        spec = dict(options)
        if order_number is not None:
            spec["order_number"] = order_number
        return self.post("manual", spec)

    def config(self, **peers: Json) -> Json:
        """Change settings, by peer: ``config(shipstation={…})``; what is in force."""
        return self.post("config", peers) if peers else self.call("GET", "config")

    def faults(self, peer: str, fault: str, rate: float = 1.0, **options: Any) -> Json:
        """Let a fault loose: count, seed, operation, seconds are options."""
        return self.post(
            "faults", {"peer": peer, "fault": fault, "rate": rate, **options}
        )

    def clear_faults(self, peer: str | None = None) -> None:
        """End all faults, or those of one peer."""
        self.post("faults", {"clear": True, **({"peer": peer} if peer else {})})

    def fault_rules(self) -> list[Json]:
        """The rules in force with what they saw and hit."""
        rules: list[Json] = self.call("GET", "faults")["faults"]
        return rules

    def ledger(self, peer: str | None = None, after: int = 0) -> list[Json]:
        """All accepted effects after a sequence, oldest first."""
        found: list[Json] = []
        while True:
            params: Json = {"after": after, "limit": LEDGER_PAGE}
            if peer:
                params["peer"] = peer
            rows: list[Json] = self.call("GET", "ledger", params=params)["rows"]
            found += rows
            if len(rows) < LEDGER_PAGE:
                return found
            after = rows[-1]["sequence"]

    def usage(self, peer: str | None = None) -> Json:
        """Quota use by peer and account."""
        return self.call("GET", "usage", params={"peer": peer} if peer else {})

    def set_clock(self, value: clock.Clock) -> None:
        """Move the server's clock; the caller moves its own."""
        self.post("clock", {"clock": value.encode()})


class SandboxServer(SandboxClient):
    """A sandbox process of our own, on a free port unless one is given.

    Use as a context manager, or start() and stop(). Without ``clock_text`` the server
    gets this process's business clock.
    """

    def __init__(
        self,
        *,
        port: int | None = None,
        clock_text: str | None = None,
        snapshot: Path | None = None,
        log: Path | None = None,
        peers: list[str] | None = None,
    ) -> None:
        self.port = port or free_port()
        super().__init__(f"http://127.0.0.1:{self.port}")
        self.clock_text = clock_text
        self.snapshot = snapshot
        self.log = log
        self.peers = peers
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> SandboxServer:
        """Start and wait until it answers; SandboxError with its log's end."""
        environment = dict(os.environ)
        text = self.clock_text
        environment[clock.ENV_NAME] = clock.current().encode() if text is None else text
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        if self.peers is not None:
            environment["SHIPSYNC_SANDBOX_PEERS"] = ",".join(self.peers)
        line = [sys.executable, "-m", "stores.sandbox", "--port", str(self.port)]
        if self.snapshot is not None:
            line += ["--snapshot", str(self.snapshot)]
        output = self.log.open("ab") if self.log else None
        try:
            self.process = subprocess.Popen(  # noqa: S603 - our own module
                line,
                cwd=PROJECT_ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output or subprocess.DEVNULL,
                stderr=output,  # without a log file it is the caller's own
                start_new_session=True,
            )
        finally:
            if output is not None:
                output.close()
        self._wait_until_up()
        return self

    def _wait_until_up(self) -> None:
        process = self.process
        deadline = time.monotonic() + START_SECONDS
        while process is not None and time.monotonic() < deadline:
            if process.poll() is not None:
                raise SandboxError(
                    f"the sandbox ended at once with status {process.returncode}"
                )
            try:
                self.health()
            except requests.ConnectionError:
                time.sleep(0.1)
            else:
                return
        self.stop()
        raise SandboxError(f"the sandbox did not answer within {START_SECONDS:.0f} s")

    def stop(self) -> None:
        """SIGTERM, so that the snapshot is written; SIGKILL to the group if it hangs."""
        self.session.close()
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def __enter__(self) -> SandboxServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
