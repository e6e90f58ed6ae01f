"""What somebody who knows an address, but no secret, may send to it."""

from __future__ import annotations

import json

from stores.sandbox.tiktok.accounts import App
from stores.sandbox.tiktok.signing import sign_message

AT_ONCE = 2


def nonsense_of(app: App, body: str, turn: int) -> list[tuple[bytes, str]]:
    """Two (body, Authorization) beside a true message, from ``turn`` on, in a ring."""
    true = body.encode()
    signature = sign_message(app.app_secret, app.app_key, true)
    forged = json.loads(body)
    forged["data"] = {"order_id": "1 OR 1=1", "order_status": "CANCEL"}
    tried = (
        (json.dumps(forged).encode(), signature),
        (true, ""),
        (true, sign_message("another secret", app.app_key, true)),
        (b"[" * 20_000, signature),
        (b"{" + b"\xff" * 50, "c3a9"),
        (b'{"type": 1, "data": "' + b"x" * 300_000 + b'"}', signature),
    )
    return [tried[(turn + step) % len(tried)] for step in range(AT_ONCE)]
