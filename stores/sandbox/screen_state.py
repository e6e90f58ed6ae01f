"""What the sandbox screen shows: the ledger's newest rows and the state per peer."""

from __future__ import annotations

from collections import Counter
from typing import Any

from shipsync_site.lib import clock
from stores.sandbox.core import LEDGER, PEERS, Json, Peer, status_of
from stores.sandbox.faults import FAULTS

MAX_ROWS = 100
MAX_DETAILS = 200
QUOTA_LINES = 6
NO_LIMIT = 1_000_000_000  # what a peer calls a quota that is off
_HEAD = ("sequence", "time", "peer", "operation", "key", "body_digest", "accepted")


def state(after: int = 0, peer: str | None = None) -> Json:
    """Rows after a sequence (at most the newest 100), and every peer as it is now.

    ``last`` is the ledger's newest sequence; below the caller's ``after`` it says that
    the world was reset.
    """
    last = len(LEDGER)
    rows = LEDGER.rows(peer=peer, after=after if after <= last else 0)
    return {
        "now": clock.now().strftime("%d %b %H:%M:%S"),
        "last": last,
        "rows": [ledger_row(row) for row in rows[-MAX_ROWS:]],
        "peers": [peer_state(each) for each in PEERS.values()],
    }


def ledger_row(row: Json) -> Json:
    """A row in the words of the screen; ``details`` are the parts that matter."""
    parts = [
        f"{name}: {_text(value)}"
        for name, value in row.items()
        if name not in _HEAD and value not in (None, "", [], {})
    ]
    details = " · ".join(parts)
    if len(details) > MAX_DETAILS:
        details = f"{details[:MAX_DETAILS]}…"
    peer = PEERS.get(row["peer"])
    return {
        "sequence": row["sequence"],
        "time": str(row["time"])[11:19],
        "peer": peer.title if peer else row["peer"],
        "operation": str(row["operation"]).replace("_", " "),
        "key": row["key"],
        "refused": row.get("accepted") is False,
        "details": details,
    }


def peer_state(peer: Peer) -> Json:
    """Orders by status, quotas, and the faults in force."""
    with peer.lock:
        orders = Counter(status_of(row) for row in peer.orders_view())
        usage = peer.usage()
        weather = peer.weather()
    return {
        "code": peer.code,
        "name": peer.title,
        "orders": [
            [status.replace("_", " ").lower(), count]
            for status, count in sorted(orders.items())
        ],
        "quotas": quota_lines(usage),
        "weather": [*_rules(peer.code), *weather],
    }


def quota_lines(usage: Json) -> list[str]:
    """Each account's quotas in a line: by operation, or the newest window."""
    lines = []
    for account, rows in usage.items():
        # Windows follow each other in time, the others stand side by side.
        for row in rows[-1:] if "window_start" in (rows or [{}])[-1] else rows:
            name = row.get("operation") or row.get("resource") or account
            lines.append(f"{name}: {_quota(row)}")
    more = len(lines) - QUOTA_LINES
    return [*lines[:QUOTA_LINES], *([f"and {more} more"] if more > 0 else [])]


def _quota(row: Json) -> str:
    if "tokens" in row:
        left = row["tokens"]
        head = "quota off" if left is None else f"{left:.0f} of {row['burst']:g} left"
        said = f"{head}, {row['taken']} taken"
    else:
        used, limit = row.get("used", row.get("count", 0)), row.get("limit", 0)
        said = (
            f"{used} used, quota off"
            if limit >= NO_LIMIT
            else f"{used} of {limit} used"
        )
    refused = row.get("refused", 0)
    return f"{said}, {refused} refused" if refused else said


def _rules(code: str) -> list[str]:
    found = []
    for rule in FAULTS.views():
        spent = rule["count"] is not None and rule["fired"] >= rule["count"]
        if rule["peer"] != code or spent:
            continue
        left = "" if rule["count"] is None else f" of at most {rule['count']}"
        on = f" on {rule['operation']}" if rule["operation"] else ""
        found.append(
            f"{rule['fault']}{on}, {rule['rate'] * 100:.0f} % of requests, "
            f"hit {rule['fired']}{left}"
        )
    return found


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    return str(value)
