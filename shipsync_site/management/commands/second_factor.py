"""Say what second factor a person has, or take it away: the way back in at the machine."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shipsync_site.security import events, factor, people, sessions


class Command(BaseCommand):
    """For the last administrator who lost the telephone; the console does the rest."""

    help = (
        "Says whether somebody has a second factor; --reset takes it away and ends "
        "their sessions, --unlock ends the wait after wrong passwords."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--reset", action="store_true")
        parser.add_argument("--unlock", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["username"]
        person = people.by_name(name)
        if person is None:
            raise CommandError(f"{name}: nobody logs in with this name")
        if options["unlock"]:
            count = people.unlock(person)
            events.record(
                None, "login_unlocked", "Unlocked at the machine", subject=person
            )
            self.stdout.write(f"{name}: {count} waits ended")
        if options["reset"]:
            if not factor.remove(person):
                raise CommandError(f"{name} has no second factor")
            ended = sessions.end_all(person)
            events.record(
                None,
                "second_factor_reset",
                "Second factor taken away at the machine",
                subject=person,
            )
            self.stdout.write(
                f"{name}: second factor taken away, {ended} sessions ended"
            )
        state = factor.standing(person)
        self.stdout.write(
            f"{name}: {'has' if state.has else 'has no'} second factor, "
            f"{'needed' if state.needed else 'not needed'} by a rule"
        )
