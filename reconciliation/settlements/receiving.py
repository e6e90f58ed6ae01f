"""Files of settlements as they come in: kept sealed, read later in steps."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from reconciliation.models import (
    SettlementFile,
    SettlementFileState,
    SettlementFormat,
    SettlementSource,
)
from shipsync_site.lib import clock
from stores import lanes
from stores.models import RemoteAccount

# A flat file of half a million lines; what is larger is no settlement.
MOST_BYTES = 100 * 1024 * 1024


def receive_file(
    account: RemoteAccount,
    source: str,
    name: str,
    content: bytes,
    user: AbstractBaseUser | None = None,
    format: SettlementFormat | None = None,
    remote_ref: str = "",
    given: Mapping[str, str] | None = None,
) -> SettlementFile:
    """Keep a file to be read by the pump; one that was taken in before is SEEN.

    ``user`` is None for what was fetched; ``remote_ref`` is the marketplace's id of it.
    ``given`` is what a person typed beside a CSV (``mapped_layout.Given.kept``).
    A file that is empty or larger than MOST_BYTES is REFUSED at once, and not kept.
    """
    digest = hashlib.sha256(content).hexdigest()
    file = SettlementFile(
        account=account,
        source=source,
        format=format,
        name=name[:200] or "file",
        digest=digest,
        size=len(content),
        remote_ref=remote_ref[:100],
        given=dict(given or {}),
        uploaded_by=user,  # type: ignore[misc]
    )
    if before := _before(file):
        when = before.created_at.date().isoformat()
        file.note = f"The same bytes were taken in on {when} as {before.name}."
        _end(file, SettlementFileState.SEEN)
    elif problem := _unkeepable(content):
        file.note = problem
        file.problems = [{"line": 0, "field": "", "value": name, "message": problem}]
        file.problem_count = 1
        _end(file, SettlementFileState.REFUSED)
    else:
        # Every byte is one character of latin-1: the field seals texts.
        file.body = content.decode("latin-1")
    with transaction.atomic():
        file.save()
        transaction.on_commit(lanes.enqueue_pump)
    return file


def bytes_of(file: SettlementFile) -> bytes:
    """What came in; b'' once it is dropped."""
    return bytes(file.body.encode("latin-1")) if file.body else b""


def _before(file: SettlementFile) -> SettlementFile | None:
    """The same bytes, taken in. A person's CSV may be meant to be read otherwise now."""
    if file.source == SettlementSource.MAPPED_CSV:
        return None
    return (
        SettlementFile.objects.filter(
            account=file.account,
            source=file.source,
            digest=file.digest,
            state=SettlementFileState.STORED,
        )
        .order_by("pk")
        .first()
    )


def _unkeepable(content: bytes) -> str:
    if not content.strip():
        return "The file is empty."
    if len(content) > MOST_BYTES:
        return f"The file is larger than {MOST_BYTES // 1024 // 1024} MB."
    return ""


def _end(file: SettlementFile, state: SettlementFileState) -> None:
    file.state = state
    file.finished_at = clock.now()
