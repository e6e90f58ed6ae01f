"""Start the sandbox server: ``python -m stores.sandbox [--port N] [--snapshot FILE]``."""

from __future__ import annotations

import argparse
import os
import sys

DEFAULT_PORT = 8900


def command(port: int) -> list[str]:
    """The gunicorn command line.

    One worker, because the state is in its memory. The long keep-alive spares pooled
    clients a connection that closes under their next request.
    """
    return [
        *(sys.executable, "-m", "gunicorn", "stores.sandbox.wsgi"),
        *("--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8"),
        *("--keep-alive", "300", "--log-level", "warning"),
        *("--limit-request-line", "8190"),  # page tokens are long
        "--no-control-socket",
    ]


def main() -> None:
    """Replace this process by gunicorn."""
    parser = argparse.ArgumentParser(prog="python -m stores.sandbox")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument(
        "--snapshot", help="file that is read at start and written on stop"
    )
    options = parser.parse_args()
    if options.snapshot:
        os.environ["SHIPSYNC_SANDBOX_SNAPSHOT"] = options.snapshot
    line = command(options.port)
    os.execv(line[0], line)  # noqa: S606 - our own interpreter, fixed arguments


if __name__ == "__main__":
    main()
