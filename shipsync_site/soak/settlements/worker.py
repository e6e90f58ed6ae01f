"""Plays seeds of settlement files in a database of its own: a line of JSON for each.

Started by :mod:`shipsync_site.soak.faults.runs` as
``python -m shipsync_site.soak.settlements.worker PUMPS SEED…``.
"""

from __future__ import annotations

import os

from shipsync_site.soak.faults.worker import serve


def main() -> None:
    """Play the seeds that the command line names."""
    serve("shipsync_site.soak.settlements.history", "Files")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shipsync_site.settings")
    main()
