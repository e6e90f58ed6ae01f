"""What every row of a queue shows: when it is due, and when its cases came in."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.template import Context
from django.utils.html import format_html

from orders.exception_kinds import KINDS, Answer
from orders.sparkline import BARS, HEIGHT, STEP, Sparkline
from shipsync_site.templatetags.console import badge, when
from shipsync_site.templatetags.console import deadline as shown

register = template.Library()


@register.simple_tag(takes_context=True)
def due(
    context: Context, work_by: datetime | None, deadline: datetime | None, ends: str
) -> str:
    """Until when work helps; below it the deadline itself, where that is later."""
    if not ends:
        return shown(context, work_by)
    return format_html(
        '{}<span class="subtle">{}; ship-by {}</span>',
        shown(context, work_by),
        ends,
        when(context, deadline),
    )


@register.simple_tag
def answered(kind: str) -> str:
    """'They said no' or 'We could not', where a kind of case tells of a failed call."""
    answer = KINDS.get(kind).answer if kind in KINDS else Answer.NONE
    if answer is Answer.NONE:
        return ""
    name = "ban" if answer is Answer.REFUSED else "unplug"
    return badge(answer.label, "plain", name)


@register.simple_tag
def spark(line: Sparkline) -> str:
    """When the cases of a cause came in, as bars, with the same in words."""
    return format_html(
        '<svg class="spark" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img"'
        ' aria-label="{2}"><title>{2}</title><path d="{3}"/></svg>',
        BARS * STEP,
        HEIGHT,
        line.text,
        line.path,
    )
