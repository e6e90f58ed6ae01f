"""How to read an alert, and who hears what without anybody setting it up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from orders.alerts.defaults import SAFE_DEFAULTS
from orders.exception_kinds import Team
from orders.models import AlertTrigger
from shipsync_site.guide import GUIDE, Page, Part, Table
from shipsync_site.lib.tones import span

# What each trigger says, and what to do about it first.
FIRST: dict[AlertTrigger, tuple[str, str]] = {
    AlertTrigger.SHIP_BY: (
        "Orders have to leave soon and nothing shows that they do.",
        "Open the link: one cause often keeps most of them. Mend that first.",
    ),
    AlertTrigger.DEADLINE: (
        "Cases are open whose last helpful moment is near.",
        "Take the first of the list; its button says what it will do.",
    ),
    AlertTrigger.SLA: (
        "Cases are open for longer than we gave ourselves.",
        "Give them to somebody by name. A case that nobody has stays.",
    ),
    AlertTrigger.GROWTH: (
        "Many cases of one queue opened within an hour.",
        "Look for what they have in common: a carrier, a store, a change of yesterday.",
    ),
    AlertTrigger.STORE: (
        "A store or an account was paused, by a person or because its key was refused.",
        "Read the reason on its page. Orders gather, and their clocks run.",
    ),
    AlertTrigger.EXPIRY: (
        "A key or a consent ends on a known day.",
        "Renew it now: it takes minutes today and a day's orders afterwards.",
    ),
    AlertTrigger.KIND: (
        "A case of a kind was opened that somebody wants to hear of at once.",
        "Open it and read its runbook.",
    ),
}


def when_told(rule: dict[str, Any]) -> str:
    """'4 h before', 'after it has stood for 30 min', 'at once'."""
    said = []
    if rule.get("minutes"):
        said.append(f"{span(timedelta(minutes=rule['minutes']))} before")
    if rule.get("count"):
        said.append(f"{rule['count']} or more within an hour")
    if rule.get("delay"):
        said.append(f"when it has stood for {span(timedelta(minutes=rule['delay']))}")
    return ", ".join(said) or "at once"


def _alerts() -> list[Part]:
    return [
        Part(
            title="A message has five things",
            points=(
                (
                    "How many, and what: 'Still standing after 30 min' means that others "
                    "were told before you."
                ),
                "The money at risk, by currency.",
                "The next deadline, in your own zone.",
                "How many of them are new since the last message.",
                "A link to the list that it counted, as it is now.",
            ),
            numbered=True,
            after="There is one message for you and a span of time, not one for each "
            "order, and never a buyer's name in it.",
        ),
        Part(
            title="What to do first",
            table=Table(
                head=("The message", "Means", "First"),
                rows=tuple(
                    (trigger.label, *FIRST[trigger]) for trigger in AlertTrigger
                ),
            ),
        ),
        Part(
            title="Who hears what, without setting anything up",
            table=Table(
                head=("Role", "Hears of", "When"),
                rows=tuple(
                    (
                        rule["role"],
                        AlertTrigger(rule["trigger"]).label
                        + (
                            f" ({Team(rule['team']).label})" if rule.get("team") else ""
                        ),
                        when_told(rule),
                    )
                    for rule in SAFE_DEFAULTS.values()
                ),
            ),
            after="In your quiet hours only what can't wait until they end reaches you.",
        ),
        Part(
            title="No message is not a good message",
            points=(
                "A test message can be sent to each place that is told.",
                "What could not be delivered is listed with its reason.",
            ),
        ),
    ]


GUIDE.register(
    Page(
        code="alerts",
        order=30,
        title="How do I read an alert?",
        lead="What stands in a message, what it means, and what to do first.",
        icon="bell",
        parts=_alerts,
        about=("/alerts/",),
    )
)
