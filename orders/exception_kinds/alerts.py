"""Alerts that do not get to those who rely on them."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import KINDS, Answer, ExceptionKind, Severity, Team
from orders.exception_kinds.remote import HANDLED

KINDS.register(
    ExceptionKind(
        code="alert_undelivered",
        label="Alerts do not arrive",
        team=Team.LEAD,
        owner_system="you",
        answer=Answer.UNABLE,
        trigger="A warning could not be sent: its address refused it for good, or did not "
        "take it for more than an hour. The last one is kept under 'Sent messages'.",
        effect="Whoever relies on that address hears nothing of orders near their "
        "ship-by. The queues themselves are complete.",
        buyer_sees="Nothing, unless a ship-by passes because nobody was warned.",
        checks=(
            "The sentence above says what the other side answered.",
            "Does the channel, the workflow or the mailbox still exist?",
        ),
        steps=(
            "Correct the address under 'Alerts', or have the channel made again.",
            "Press 'Send a test' there: it says at once whether it arrives.",
        ),
        tells="The lead tells the team that warnings were missed, and since when.",
        proof="A test or the next warning was taken by the other side.",
        closes_itself="With the next message that arrives, tests included.",
        severity=Severity.DOUBT,
        sla=timedelta(hours=4),
        resolutions=(HANDLED,),
        suggested="handled",
    )
)
