"""A report that should go out by itself and did not."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import DISMISS, KINDS, ExceptionKind, Severity, Team

KINDS.register(
    ExceptionKind(
        code="export_failed",
        label="Report was not sent",
        team=Team.LEAD,
        owner_system="us",
        trigger="A report that is sent by the clock could not be written or mailed.",
        effect="Whoever works with the file has yesterday's, or none.",
        checks=(
            "The case names the schedule, its owner and what went wrong.",
            "Schedules (under Exports) show when it was sent last and what it says now.",
        ),
        steps=(
            "Mend what it says: the folder, the mail server, the owner's role.",
            "Press ‘Send now’ beside the schedule: the case closes when it went out.",
            "Nobody needs it any more: delete the schedule; the case closes with it.",
        ),
        buyer_sees="Nothing.",
        tells="Its owner tells whoever reads the file.",
        proof="The log of exports has a row of this schedule with its number of rows.",
        closes_itself="When the report is sent the next time, or its schedule is deleted.",
        severity=Severity.DOUBT,
        sla=timedelta(hours=24),
        no_fix="What is wrong lies outside of the list: the folder, the mail, a role.",
        resolutions=(DISMISS,),
        blocks=False,
    )
)
