"""WSGI entry of the sandbox server; keeps the snapshot file when one is named."""

from __future__ import annotations

import atexit
import os
from pathlib import Path

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "stores.sandbox.settings"

application = get_wsgi_application()

from stores.sandbox import snapshot  # noqa: E402 - needs the settings above
from stores.sandbox.core import PEERS, discover  # noqa: E402

discover()
for _peer in PEERS.values():
    _peer.reset(0)

if _name := os.environ.get(snapshot.SNAPSHOT_ENV, ""):
    snapshot.load(Path(_name))
    # gunicorn ends its worker by SystemExit on SIGTERM, which runs this.
    atexit.register(snapshot.save, Path(_name))
