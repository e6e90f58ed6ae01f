"""Plays worlds one after another in a database of its own: a line of JSON for each.

Started by :mod:`shipsync_site.soak.faults.runs` as
``python -m shipsync_site.soak.reconcile.worker PUMPS SEED…``.
"""

from __future__ import annotations

import os

from shipsync_site.soak.faults.worker import serve


def main() -> None:
    """Play the seeds that the command line names."""
    serve("shipsync_site.soak.reconcile.history", "Reconciled")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shipsync_site.settings")
    main()
