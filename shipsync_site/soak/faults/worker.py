"""Plays seeds one after another in a database of its own: a line of JSON for each.

Started by :mod:`shipsync_site.soak.faults.runs` as
``python -m shipsync_site.soak.faults.worker PUMPS SEED…``; the database is
``DATABASE_URL``, which it fills and empties.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from importlib import import_module
from typing import Any

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection

# People, groups and permissions are the same in every world.
EMPTIED = ("reconciliation", "orders", "stores", "django_q")


def empty() -> None:
    """Take every row of our apps out, and start their numbers again at 1."""
    tables = [
        connection.ops.quote_name(model._meta.db_table)
        for app in EMPTIED
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
            return
        cursor.execute("PRAGMA foreign_keys = OFF")
        for table in tables:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - our own tables
        cursor.execute("DELETE FROM sqlite_sequence")
        cursor.execute("PRAGMA foreign_keys = ON")


def line_of(
    seed: int,
    pumps: int,
    module: str = "shipsync_site.soak.faults.history",
    name: str = "History",
) -> dict[str, Any]:
    """Play a seed; its result as JSON, an error of the driver's or ours included.

    ``module`` and ``name``: the class that plays it; imported here, for that needs
    django.setup().
    """
    empty()
    history = getattr(import_module(module), name)(seed, pumps=pumps)
    try:
        result = history.play()
    except Exception as error:  # noqa: BLE001 - told as the seed's own problem
        history.result.log += traceback.format_exc().splitlines()
        result = history.result
        line = result.as_json()
        line["problems"] = [f"[broken off] {type(error).__name__}: {error}"]
    else:
        line = result.as_json()
    return {**line, "log": result.log, "stories": result.stories}


def serve(module: str, name: str) -> None:
    """Play the seeds that the command line names with this class."""
    django.setup()
    call_command("migrate", verbosity=0)
    pumps, *seeds = (int(text) for text in sys.argv[1:])
    for seed in seeds:
        line = line_of(seed, pumps, module, name)
        sys.stdout.write(json.dumps(line, default=str) + "\n")
        sys.stdout.flush()


def main() -> None:
    """Play the seeds that the command line names."""
    serve("shipsync_site.soak.faults.history", "History")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shipsync_site.settings")
    main()
