"""The signed copy of a checklist: made with each signature, proved ever after.

The copy is plain JSON with its SHA-256 beside it. It names the digest of the same list's
last signed copy, so that none can be exchanged without all that came later. Two things
are compared: the copy with its digest, and the rows with the copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from reconciliation.models import ChecklistRun, ChecklistState, ChecklistTick
from shipsync_site.lib.digest import json_digest

SIGNED = (ChecklistState.SIGNED, ChecklistState.HALF_SIGNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Whether a signed list is as it was signed; ``problems`` say what is not."""

    problems: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Unchanged since it was signed."""
        return not self.problems


def freeze(run: ChecklistRun) -> None:
    """Write the copy and its digest on the run, not saved; its signatures are set."""
    before = _before(run)
    run.frozen = {
        "definition": run.frozen["definition"],
        **_rows(run),
        "before": {"run": before.pk, "digest": before.digest} if before else None,
    }
    run.digest = json_digest(run.frozen)


def thaw(run: ChecklistRun) -> None:
    """Take the copy away again, not saved: the signature was taken back."""
    run.frozen = {"definition": run.frozen["definition"]}
    run.digest = ""


def verify(run: ChecklistRun) -> Proof:
    """Compare a signed run with its copy; reads only."""
    return Proof(problems=tuple(_problems(run)))


def _problems(run: ChecklistRun) -> Iterator[str]:
    if run.state not in SIGNED:
        if run.digest:
            yield "It was signed, and its state says that it was not."
        return
    if not run.digest or json_digest(run.frozen) != run.digest:
        yield "The signed copy does not fit its digest: it was changed."
        return
    rows = _rows(run)
    for name, label in (
        ("list", "Whose run it is differs"),
        ("day", "The day differs"),
        ("due", "The time it was due differs"),
        ("note", "The signer’s note differs"),
        ("signatures", "The signatures differ"),
    ):
        if _by_account(rows[name]) != _by_account(run.frozen.get(name)):
            yield f"{label} from the signed copy."
    yield from _differing(run.frozen.get("ticks", []), rows["ticks"])
    before = run.frozen.get("before")
    if before:
        now = ChecklistRun.objects.filter(pk=before["run"]).first()
        if now is None:
            yield "The list that was signed before it is gone."
        elif now.digest != before["digest"]:
            yield f"The copy signed before it ({now}) was exchanged."


def _differing(
    signed: list[dict[str, Any]], rows: list[dict[str, Any]]
) -> Iterator[str]:
    if len(signed) != len(rows):
        yield f"Items signed: {len(signed)}; items there now: {len(rows)}."
        return
    for number, (was, now) in enumerate(zip(signed, rows, strict=True), start=1):
        # Of an account that was removed only its name is left, in the copy.
        removed = {"by"} if now["by"] is None and not now["by itself"] else set()
        names = [
            name
            for name in now.keys() - removed
            if _by_account(was.get(name)) != _by_account(now[name])
        ]
        if names:
            yield f"Item {number} differs from the signed copy: {', '.join(sorted(names))}."


def _before(run: ChecklistRun) -> ChecklistRun | None:
    """The same list's copy that was signed last."""
    return (
        ChecklistRun.objects.filter(
            checklist=run.checklist_id, state=ChecklistState.SIGNED
        )
        .exclude(pk=run.pk)
        .order_by("signed_at", "pk")
        .last()
    )


def _rows(run: ChecklistRun) -> dict[str, Any]:
    """The run's rows as the copy has them."""
    return {
        "list": run.checklist_id,
        "day": run.day.isoformat(),
        "due": _iso(run.due_at),
        "note": run.note,
        "ticks": [
            _tick(tick)
            for tick in run.ticks.select_related("ticked_by").order_by("position", "pk")
        ],
        "signatures": [
            {"as": name, "account": _who(user), "at": _iso(at)}
            for name, user, at in (
                (run.signed_as, run.signed_by, run.signed_at),
                (run.second_as, run.second_by, run.second_at),
            )
            if at is not None
        ],
    }


def _tick(tick: ChecklistTick) -> dict[str, Any]:
    return {
        "text": tick.text,
        "help": tick.help,
        "check": tick.check_code,
        "limit": tick.limit,
        "needs note": tick.needs_note,
        "ticked": _iso(tick.ticked_at),
        "by": _who(tick.ticked_by),
        "by itself": tick.automatic,
        "note": tick.note,
        "evidence": tick.evidence,
        "looked": _iso(tick.looked_at),
    }


def _who(user: AbstractBaseUser | None) -> dict[str, Any] | None:
    return None if user is None else {"id": user.pk, "username": user.get_username()}


def _by_account(value: Any) -> Any:
    """The same with accounts by their number alone: people change their names."""
    if isinstance(value, list):
        return [_by_account(each) for each in value]
    if isinstance(value, dict):
        return {
            name: _by_account(each)
            for name, each in value.items()
            if name != "username"
        }
    return value


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
