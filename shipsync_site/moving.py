"""Copies a whole database into another one: how an installation moves to PostgreSQL.

``dumpdata`` can't: sealed fields refuse to be written out in the clear. Here every row
is read and stored through the models, so what is sealed is opened and sealed again; a
key that is missing is found before anything is committed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import environ
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.color import no_style
from django.db import IntegrityError, connections, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from shipsync_site.lib.sealed import SealBrokenError

SOURCE = "copied_from"
CHUNK = 500
# Nudges and hearts belong to running processes, which are stopped during a move.
LEFT_BEHIND = {"django_q.ormq", "stores.heartbeat"}
# Where any of these has rows, people have worked: nothing is overwritten.
WORKED = ("auth.user", "stores.store", "orders.order")

Told = Callable[[str, int], object]


class MoveError(Exception):
    """The move can't be made; nothing was changed. Says which table and what to do."""


def connect(url: str, alias: str = SOURCE) -> str:
    """Make a database URL known under an alias; MoveError for an unreadable one."""
    try:
        with warnings.catch_warnings(action="ignore"):  # an unknown scheme only warns
            config = environ.Env.db_url_config(url)
    except (ImproperlyConfigured, KeyError, ValueError) as error:
        raise MoveError(f"{url!r} is no database URL: {error}") from None
    if not config.get("ENGINE"):
        raise MoveError(
            f"{url!r} is no database URL; such as sqlite:////srv/db.sqlite3"
        )
    known = connections.configure_settings({**settings.DATABASES, alias: config})
    connections.databases[alias] = known[alias]
    return alias


def copy(source: str, target: str, told: Told) -> int:
    """Replace what ``target`` holds by every row of ``source``, in one transaction.

    ``told`` is called with each table's label and rows; the sum is returned. Raises
    MoveError when the two are not migrated alike, the target was worked with, a seal
    can't be opened, or the counts differ in the end.
    """
    _must_be_alike(source, target)
    for label in WORKED:
        if apps.get_model(label)._base_manager.using(target).exists():
            raise MoveError(
                f"the target already holds rows of {label}: copy into a database that "
                "was only migrated"
            )
    chosen = list(_models())
    try:
        with transaction.atomic(using=target):
            _empty(target, chosen)
            counts = [(model, _copy_table(model, source, target)) for model in chosen]
            _set_sequences(target, chosen)
    except IntegrityError as error:
        raise MoveError(f"the rows don't fit together: {error}") from None
    for model, count in counts:
        there = model._base_manager.using(target).count()
        if there != count:
            raise MoveError(f"{model._meta.label}: {count} rows read, {there} there")
        if count:
            told(model._meta.label, count)
    return sum(count for _, count in counts)


def _models() -> Iterator[type[models.Model]]:
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if (
            options.managed
            and not options.proxy
            and options.label_lower not in LEFT_BEHIND
        ):
            yield model


def _must_be_alike(source: str, target: str) -> None:
    applied = [
        set(MigrationRecorder(connections[alias]).applied_migrations())
        for alias in (source, target)
    ]
    for which, missing in (
        ("target", applied[0] - applied[1]),
        ("source", applied[1] - applied[0]),
    ):
        if missing:
            app, name = min(missing)
            raise MoveError(
                f"the {which} lacks {len(missing)} migrations, the first is "
                f"{app}.{name}: run migrate on both with the same version"
            )


def _empty(target: str, chosen: list[type[models.Model]]) -> None:
    connection = connections[target]
    tables = [model._meta.db_table for model in chosen]
    with connection.cursor() as cursor:
        for sql in connection.ops.sql_flush(no_style(), tables):
            cursor.execute(sql)


def _copy_table(model: type[models.Model], source: str, target: str) -> int:
    fields = [f for f in model._meta.local_concrete_fields if not f.generated]
    # raw: what auto_now would set to this moment is kept as it is
    insert: Any = model._base_manager.using(target)
    rows = iter(
        model._base_manager.using(source).order_by("pk").iterator(chunk_size=CHUNK)
    )
    count = 0
    try:
        while chunk := list(islice(rows, CHUNK)):
            insert._insert(chunk, fields=fields, using=target, raw=True)
            count += len(chunk)
    except SealBrokenError as error:
        raise MoveError(f"{model._meta.label} after row {count}: {error}") from None
    return count


def _set_sequences(target: str, chosen: list[type[models.Model]]) -> None:
    connection = connections[target]
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), chosen):
            cursor.execute(sql)
