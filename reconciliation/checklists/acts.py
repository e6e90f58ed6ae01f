"""What people do with a checklist: tick, take back, sign, sign second, send back.

These are the only writers of what a person said. Each locks the run and refuses what
somebody changed meanwhile: a tick goes by the item that the person saw, a signature by
the whole list. So two people can tick side by side, and nobody signs what he did not see.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from orders.triage import close_store_case
from reconciliation.checklists import freezing, looking
from reconciliation.checklists.overdue import KIND, scope_name
from reconciliation.checklists.teams import may_work
from reconciliation.models import ChecklistRun, ChecklistState, ChecklistTick
from shipsync_site.lib import clock
from stores.setup import log_change

LEAST_NAME = 2


class ChecklistError(Exception):
    """What can't be done, in words for the person; ``field`` is the form's, or ''."""

    def __init__(self, told: str, field: str = "") -> None:
        self.field = field
        super().__init__(told)


class ConflictError(ChecklistError):
    """Somebody else was quicker: the page has to be seen again first."""


def stamp(tick: ChecklistTick) -> str:
    """What an item looked like: a tick that comes back with another one is refused."""
    if tick.ticked_at is None:
        return "open"
    return (
        "auto"
        if tick.automatic
        else f"{tick.ticked_by_id}@{tick.ticked_at.isoformat()}"
    )


def says_no(tick: ChecklistTick) -> bool:
    """Whether the item's check was looked at and says no."""
    return bool(tick.check_code and tick.evidence and not tick.evidence.get("ok"))


def note_wanted(tick: ChecklistTick) -> str:
    """Why a tick by a person needs a note; '' where it does not."""
    if says_no(tick):
        return "Its check says no: say why it counts all the same."
    return "This item asks for a note." if tick.needs_note else ""


def tick(
    pk: int, tick_pk: int, user: AbstractBaseUser, *, seen: str, note: str = ""
) -> ChecklistTick:
    """Tick an item as a person; raises ChecklistError, ConflictError."""
    with _open_run(pk, user) as run:
        row = _item(run, tick_pk, seen)
        note = note.strip()
        why = note_wanted(row)
        if why and not note:
            raise ChecklistError(f"A note is missing. {why}", "note")
        row.ticked_at, row.ticked_by, row.automatic = clock.now(), user, False  # type: ignore[assignment]
        row.note = note
        row.save(update_fields=["ticked_at", "ticked_by", "automatic", "note"])
        verb = "Ticked although its check says no" if says_no(row) else "Ticked"
        log_change(run, f"{verb}: {row.text}", user)
    return row


def untick(pk: int, tick_pk: int, user: AbstractBaseUser, *, seen: str) -> None:
    """Take a person's tick back; what ticked itself does so again with the next look."""
    with _open_run(pk, user) as run:
        row = _item(run, tick_pk, seen)
        if row.automatic:
            raise ChecklistError(
                "It ticked itself: it comes open by itself where its check says no."
            )
        row.ticked_at = row.ticked_by = None
        row.note = ""
        row.save(update_fields=["ticked_at", "ticked_by", "note"])
        log_change(run, f"Taken back: {row.text}", user)


def sign(
    pk: int, user: AbstractBaseUser, *, version: int, name: str, note: str = ""
) -> ChecklistRun:
    """Sign a list by name, as the first or the second person.

    Before the first signature every check is looked at once more, so that what is signed
    is what was so then. Raises ChecklistError naming the open items; ConflictError where
    the list is not the one that the person saw.
    """
    before = ChecklistRun.objects.get(pk=pk)
    changed = before.version == version and looking.look(before)
    now = clock.now()
    with transaction.atomic():
        run = _locked(pk, user)
        if changed:
            raise ConflictError(
                "A check answered otherwise when it was looked at just now. Look at the "
                "list as it is, then sign."
            )
        if run.version != version:
            raise ConflictError(
                "Somebody changed this list after you had opened it. Look at it as it is "
                "now, then sign."
            )
        name = " ".join(name.split())
        if len(name) < LEAST_NAME:
            raise ChecklistError("Write your name: it stands under the list.", "name")
        if run.state == ChecklistState.HALF_SIGNED:
            _second(run, user, name, now)
        else:
            _first(run, user, name, note, now)
        freezing.freeze(run)
        run.version += 1
        run.save()
        log_change(run, f"Signed as {name}", user)
        if run.state == ChecklistState.SIGNED:
            close_store_case(scope_name(run), KIND, run.day.isoformat())
    return run


def send_back(pk: int, user: AbstractBaseUser, *, version: int, why: str) -> None:
    """Take the first signature away before the second, with a reason that stays."""
    with transaction.atomic():
        run = _locked(pk, user)
        if run.state != ChecklistState.HALF_SIGNED or run.version != version:
            raise ConflictError("It no longer waits for a second signature.")
        why = " ".join(why.split())
        if not why:
            raise ChecklistError("Say what is to be looked at again.", "why")
        signer = run.signed_as
        run.state = ChecklistState.OPEN
        run.signed_by = run.signed_at = None
        run.signed_as = ""
        freezing.thaw(run)
        run.version += 1
        run.save()
        log_change(run, f"Sent back, signed as {signer}: {why}"[:1000], user)


def open_items(run: ChecklistRun) -> list[ChecklistTick]:
    """What still keeps the list from being signed."""
    return list(run.ticks.filter(ticked_at=None))


def _first(
    run: ChecklistRun, user: AbstractBaseUser, name: str, note: str, now: datetime
) -> None:
    still = open_items(run)
    if still:
        names = "; ".join(row.text for row in still)
        raise ChecklistError(
            f"{len(still)} {'item is' if len(still) == 1 else 'items are'} open: {names}"
        )
    run.signed_by, run.signed_at, run.signed_as = user, now, name  # type: ignore[assignment]
    run.note = note.strip()
    run.state = (
        ChecklistState.HALF_SIGNED
        if run.frozen["definition"]["four_eyes"]
        else ChecklistState.SIGNED
    )


def _second(
    run: ChecklistRun, user: AbstractBaseUser, name: str, now: datetime
) -> None:
    if run.signed_by_id == user.pk:
        raise ChecklistError(
            f"You signed it as {run.signed_as}: a second person has to look and sign."
        )
    if name.casefold() == run.signed_as.casefold():
        raise ChecklistError(
            f"{run.signed_as} is the name that it is signed with already: write yours.",
            "name",
        )
    proof = freezing.verify(run)
    if not proof.holds:
        raise ChecklistError(
            f"It is not what {run.signed_as} signed. {proof.problems[0]} Send it back."
        )
    run.second_by, run.second_at, run.second_as = user, now, name  # type: ignore[assignment]
    run.state = ChecklistState.SIGNED


@contextmanager
def _open_run(pk: int, user: AbstractBaseUser) -> Iterator[ChecklistRun]:
    """A run that can still be ticked, locked; its version goes up at the end."""
    with transaction.atomic():
        run = _locked(pk, user)
        if run.state not in looking.LOOKED:
            raise ConflictError(
                "It is signed: nothing on it changes any more."
                if run.state == ChecklistState.SIGNED
                else "It is signed and waits for the second person: send it back first."
            )
        yield run
        run.version += 1
        run.save(update_fields=["version"])


def _locked(pk: int, user: AbstractBaseUser) -> ChecklistRun:
    run = ChecklistRun.objects.select_for_update().get(pk=pk)
    team = run.frozen["definition"]["team"]
    if not may_work(user, team):
        raise ChecklistError("This list is another team’s: it is theirs to work.")
    if run.state == ChecklistState.SIGNED:
        raise ConflictError(
            f"It was signed by {run.second_as or run.signed_as} meanwhile."
        )
    return run


def _item(run: ChecklistRun, pk: int, seen: str) -> ChecklistTick:
    row = run.ticks.filter(pk=pk).first()
    if row is None:
        raise ChecklistError("This item is not on the list.")
    if stamp(row) != seen:
        who = row.ticked_by or "a check"
        raise ConflictError(
            f"‘{row.text}’ was ticked by {who} meanwhile."
            if row.ticked_at
            else f"‘{row.text}’ came open meanwhile."
        )
    return row
