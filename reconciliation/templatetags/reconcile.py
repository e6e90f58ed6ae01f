"""How findings and runs are shown: for how many days, which period, whose bucket."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from reconciliation.finding_filters import LASTS, STANDS_OUT
from reconciliation.models import Finding, FindingState, Run
from reconciliation.rules import bucket_label
from reconciliation.views.runs import days_words
from shipsync_site.templatetags.console import badge

register = template.Library()
_STATES = {
    FindingState.OPEN: "soon",
    FindingState.ACCEPTED: "info",
    FindingState.GONE: "fine",
}


@register.simple_tag
def seen_days(finding: Finding) -> SafeString | str:
    """'seen 3 days running', from the second day on; '' before."""
    if finding.days < STANDS_OUT:
        return ""
    tone = "breach" if finding.days >= LASTS else "soon"
    return badge(f"seen {finding.days} days running", tone, "repeat")


@register.simple_tag
def finding_state(finding: Finding) -> str:
    """How it stands, with its colour."""
    state = FindingState(finding.state)
    return badge(str(state.label), _STATES[state])


@register.filter
def period(run: Run) -> str:
    """'5 November 2026', 'November 2026', '1 to 7 November 2026'."""
    return days_words(run.first_day, run.last_day)


@register.filter
def bucket(code: str) -> str:
    """What a bucket is called."""
    return bucket_label(code)
