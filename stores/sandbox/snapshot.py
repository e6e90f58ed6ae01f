"""The snapshot file: the sandbox's whole state, read at start, written on stop."""

from __future__ import annotations

import json
import os
from pathlib import Path

from stores.sandbox.core import LEDGER, PEERS

SNAPSHOT_ENV = "SHIPSYNC_SANDBOX_SNAPSHOT"


def load(path: Path) -> bool:
    """Restore ledger and peers; False when there is no file yet."""
    if not path.exists():
        return False
    state = json.loads(path.read_text(encoding="utf-8"))
    for code, peer in PEERS.items():
        if code in state["peers"]:
            with peer.lock:
                peer.load(state["peers"][code])
    LEDGER.load(state["ledger"])
    return True


def save(path: Path) -> None:
    """Write the state beside the file, then move it into place."""
    peers = {}
    for code, peer in PEERS.items():
        with peer.lock:
            peers[code] = peer.dump()
    state = {"ledger": LEDGER.rows(), "peers": peers}
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(state, default=str), encoding="utf-8")
    draft.replace(path)
