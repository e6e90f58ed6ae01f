"""Checklists that nobody signed in time."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import KINDS, ExceptionKind, Resolution, Severity, Team

LEFT = Resolution(
    code="left_unsigned",
    label="Leave it unsigned",
    effect="Closes the case with your reason; in the calendar that day stays missed.",
    verb="accept",
    needs_reason=True,
)

KINDS.register(
    ExceptionKind(
        code="checklist_overdue",
        label="Checklist not signed",
        # The list's own team has the case; the lead where it names none.
        team=Team.LEAD,
        owner_system="you",
        severity=Severity.DOUBT,
        sla=timedelta(hours=2),
        trigger="A checklist was due and is not signed, or still waits for the second "
        "person that it asks for.",
        effect="Nobody has said that the day was looked at: what the list would have "
        "shown stands unseen. Orders themselves go on.",
        buyer_sees="Nothing, unless the list would have shown a late order.",
        checks=(
            "Which items are open, and what do their checks say now?",
            "Is it signed once, and the second person does not know?",
        ),
        steps=(
            "Press 'Open the checklist' and work its open items.",
            "A check that says no: mend its cause, or tick it with a note that says why.",
            "Sign it. It counts as signed late, with your name and the time.",
            "Was nobody there that day? Leave it unsigned with the reason.",
        ),
        tells="Whoever signs late tells the lead why, in the note of the list.",
        proof="The list is signed, by two where it asks for two.",
        closes_itself="With the (second) signature.",
        resolutions=(LEFT,),
        no_fix="Only a person who looked can sign; nothing is signed by itself.",
    )
)
