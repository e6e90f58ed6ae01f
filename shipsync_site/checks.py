"""System checks: a wrong installation says so at start, in words, with the next step.

E001-E004 and E014 are about secrets and settings, E005-E008 about background work, E009-E010
about our own registries, W011 about the schedule table (``check --database default``).
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from orders.exception_kinds import KINDS
from shipsync_site.lib.registry import Registry
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability, Connector
from stores.webhooks import endpoints

# What every connector has to say about itself (stores/connectors/base.py).
CONNECTOR_ATTRIBUTES = (
    *("code", "label", "capabilities", "documentation_url", "settings_form"),
    *("secret_fields", "budget_specs", "streams"),
)
# A capability is a promise to answer this method.
CAPABILITY_METHODS = {
    Capability.CONFIRM_DISPATCH: "confirm",
    Capability.READ_ONE: "fetch_order",
    Capability.CONSENT: "redeem_consent",
    Capability.WEBHOOKS: "receive",
}
SECRETS = {
    "SECRET_KEY": ("SHIPSYNC_SECRET_KEY", "signs sessions and queued work"),
    "SHIPSYNC_FIELD_KEYS": ("SHIPSYNC_FIELD_KEYS", "seals credentials and buyer data"),
    "SHIPSYNC_SEARCH_KEY": ("SHIPSYNC_SEARCH_KEY", "keys the search for buyers"),
}


@register(Tags.security)
def check_secrets(**_: Any) -> list[CheckMessage]:
    """E001: every secret is set, and no development key outside development."""
    found: list[CheckMessage] = []
    for name, (variable, purpose) in SECRETS.items():
        try:
            value = getattr(settings, name)
        except ImproperlyConfigured:  # Django's own word for an empty SECRET_KEY
            value = ""
        text = " ".join(value) if isinstance(value, list) else str(value)
        if not text.strip():
            problem = "is not set"
        elif not settings.DEVELOPMENT and "development-only" in text:
            problem = "is the development key"
        else:
            continue
        found.append(
            Error(
                f"{variable} {problem}: it {purpose}.",
                hint=f"Set {variable} or {variable}_FILE; README, 'Production', says "
                "how to make one.",
                id="shipsync.E001",
            )
        )
    return found


@register(Tags.compatibility)
def check_time_zone(**_: Any) -> list[CheckMessage]:
    """E002: stored and computed times are UTC."""
    if settings.TIME_ZONE == "UTC" and settings.USE_TZ:
        return []
    return [
        Error(
            f"TIME_ZONE is {settings.TIME_ZONE!r}, USE_TZ is {settings.USE_TZ}: "
            "every stored time is UTC.",
            hint="Set TIME_ZONE = 'UTC' and USE_TZ = True; people choose their zone "
            "per store and per user.",
            id="shipsync.E002",
        )
    ]


@register(Tags.database)
def check_connections(**_: Any) -> list[CheckMessage]:
    """E003 persistent connections, E004 no pool, both measured to stop the queue."""
    found: list[CheckMessage] = []
    for alias, database in settings.DATABASES.items():
        if database.get("CONN_MAX_AGE") == 0 and not _in_tests(database):
            found.append(
                Error(
                    f"DATABASES[{alias!r}]: CONN_MAX_AGE is 0, so that every piece of "
                    "background work opens a new connection (10 to 30 times slower).",
                    hint="Set CONN_MAX_AGE to 600.",
                    id="shipsync.E003",
                )
            )
        if (database.get("OPTIONS") or {}).get("pool"):
            found.append(
                Error(
                    f"DATABASES[{alias!r}]: OPTIONS['pool'] does not survive the fork "
                    "of cluster processes; the queue would stand still.",
                    hint="Remove the pool; connections are kept by CONN_MAX_AGE.",
                    id="shipsync.E004",
                )
            )
    return found


def _in_tests(database: dict[str, Any]) -> bool:
    return "test_" in str(database.get("NAME", ""))


@register()
def check_queue(**_: Any) -> list[CheckMessage]:
    """E005-E008: the settings under which django-q2 runs a nudge once."""
    queue = settings.Q_CLUSTER
    workers, limit = queue.get("workers", 0), queue.get("queue_limit", 0)
    timeout, retry = queue.get("timeout") or 0, queue.get("retry", 60)
    found: list[CheckMessage] = []
    if not 1 <= limit <= 2 * max(1, workers):
        found.append(
            Error(
                f"Q_CLUSTER: queue_limit is {limit} with {workers} workers; 0 means "
                "unlimited, and a long queue runs work twice.",
                hint="Set queue_limit to the number of workers.",
                id="shipsync.E005",
            )
        )
    needed = timeout * (1 + (limit + 1) / max(1, workers))
    if not timeout or retry <= needed:
        found.append(
            Error(
                f"Q_CLUSTER: retry is {retry} s and timeout {timeout} s; work would "
                "run twice, since the retry clock starts before the work does.",
                hint=f"Set a timeout, and retry above {needed:.0f} s: "
                "timeout x (1 + (queue_limit + 1) / workers).",
                id="shipsync.E006",
            )
        )
    if queue.get("save_limit") != -1 or queue.get("catch_up") is not False:
        found.append(
            Error(
                "Q_CLUSTER: save_limit must be -1 (a kept success is read again after "
                "every task) and catch_up False (an outage would be followed by a "
                "train of old nudges).",
                hint="Set save_limit to -1 and catch_up to False.",
                id="shipsync.E007",
            )
        )
    if min(timeout or 0, settings.SHIPSYNC_LEASE) <= settings.SHIPSYNC_PUMP_SPAN:
        found.append(
            Error(
                f"SHIPSYNC_PUMP_SPAN is {settings.SHIPSYNC_PUMP_SPAN:.0f} s: a pump "
                f"must end before its timeout ({timeout} s) and its lease "
                f"({settings.SHIPSYNC_LEASE:.0f} s).",
                hint="Lower SHIPSYNC_PUMP_SPAN.",
                id="shipsync.E008",
            )
        )
    return found


@register()
def check_public_address(**_: Any) -> list[CheckMessage]:
    """E014: the address that peers and sellers are given, if there is one, is safe."""
    if not settings.SHIPSYNC_PUBLIC_URL:
        return []
    try:
        endpoints.public_url()
    except endpoints.NoPublicAddressError as error:
        return [
            Error(
                str(error),
                hint="Set SHIPSYNC_PUBLIC_URL to https:// and this console's host.",
                id="shipsync.E014",
            )
        ]
    return []


@register()
def check_registries(**_: Any) -> list[CheckMessage]:
    """E009: connectors and case kinds are there."""
    registries: tuple[Registry[Any], ...] = (CONNECTORS, KINDS)
    return [
        Error(
            f"No {registry.name} are registered in {registry.package}.",
            hint="Every entry's module must call register(); see CONTRIBUTING.",
            id="shipsync.E009",
        )
        for registry in registries
        if not len(registry)
    ]


@register()
def check_connectors(**_: Any) -> list[CheckMessage]:
    """E010: each connector says all that the contract asks of it."""
    return list(_connector_errors(CONNECTORS))


def _connector_errors(connectors: Iterable[type[Connector]]) -> Iterable[CheckMessage]:
    for connector in connectors:
        gaps = [name for name in CONNECTOR_ATTRIBUTES if not hasattr(connector, name)]
        if inspect.isabstract(connector):
            gaps += sorted(connector.__abstractmethods__)
        gaps += [
            method
            for capability, method in CAPABILITY_METHODS.items()
            if capability in getattr(connector, "capabilities", ())
            and getattr(connector, method) is getattr(Connector, method)
        ]
        if gaps:
            yield Error(
                f"{connector.__name__} lacks {', '.join(gaps)}.",
                hint="stores/connectors/base.py says what each is for.",
                obj=connector,
                id="shipsync.E010",
            )


@register(Tags.database)
def check_schedules(
    databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """W011: the schedule table holds only what the code lists.

    One row that the scheduler can't read stops every other; run_cluster removes it.
    """
    if not databases:
        return []
    from django_q.models import Schedule

    from shipsync_site.schedules import SCHEDULES

    planned = {(plan.name, plan.function) for plan in SCHEDULES}
    try:
        with connections["default"].cursor() as cursor:
            tables = connections["default"].introspection.table_names(cursor)
        if Schedule._meta.db_table not in tables:
            return []
        rows = list(Schedule.objects.values_list("name", "func", "args", "kwargs"))
    except DatabaseError:
        return []  # an unreachable database is reported by whoever needs it
    return [
        Warning(
            f"The schedule {name!r} ({function}) is not one of ours; one that can't be "
            "read stops all others.",
            hint="Run 'manage.py ensure_schedules'.",
            id="shipsync.W011",
        )
        for name, function, args, kwargs in rows
        if (name, function) not in planned or args or kwargs
    ]
