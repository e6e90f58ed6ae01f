"""A process of ours with a session of its own, ended as a whole."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence

logger = logging.getLogger(__name__)

STOP_GRACE = 8.0  # seconds from SIGTERM to SIGKILL

# Ends a group when its supervisor vanishes: the supervisor holds the other end of the
# guard's stdin, so even kill -9 of the supervisor closes it.
GUARD = """
read -r word
[ "$word" = done ] && exit 0
kill -TERM "$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8; do kill -0 -- "-$1" 2>/dev/null || exit 0; sleep 1; done
kill -KILL -- "-$1" 2>/dev/null
"""


class Child:
    """A process with a session of its own, ended as a whole.

    ``stop`` sends exactly one SIGTERM, to the main process only: a second one, or one
    to the whole group, can deadlock a cluster.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        output: int | None = None,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(environment or {})
        self.output = output
        self.process: subprocess.Popen[bytes] | None = None
        self.guard: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self._asked = False

    @property
    def pid(self) -> int:
        """The main process' id, also the id of its group; 0 when not started."""
        return self.process.pid if self.process else 0

    def start(self) -> None:
        """Start the process and its guard."""
        self._asked = False
        self.process = subprocess.Popen(
            self.command,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=self.output,
            start_new_session=True,
        )
        self.started_at = time.monotonic()
        self._start_guard()

    def _start_guard(self) -> None:
        self.guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "shipsync-guard", str(self.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def exit_code(self) -> int | None:
        """None while it runs; a guard that was killed is replaced."""
        if self.process is None:
            return -1
        code = self.process.poll()
        if code is None and self.guard and self.guard.poll() is not None:
            self._start_guard()
        return code

    def ask(self) -> None:
        """Send the one SIGTERM."""
        if self.process and not self._asked and self.process.poll() is None:
            self._asked = True
            self.process.send_signal(signal.SIGTERM)

    def stop(self, grace: float = STOP_GRACE) -> None:
        """Ask, wait, then kill whatever is left of the group."""
        self.ask()
        if self.process:
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                logger.warning("%s did not stop in %s s: killed", self.name, grace)
        self.kill()

    def kill(self) -> None:
        """SIGKILL the group, reap the process and let the guard go."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        self._release_guard()
        self.process = None

    def _release_guard(self) -> None:
        if self.guard is None:
            return
        try:
            self.guard.communicate(b"done\n", timeout=5)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self.guard.kill()
            self.guard.wait()
        self.guard = None
