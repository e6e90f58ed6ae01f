"""How the report of a diagnosis shows its examples and times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

SHOWN = 5


@register.simple_tag
def examples(numbers: Sequence[str], known: Mapping[str, int]) -> SafeString:
    """Order numbers, those that we have as links; how many more the export has."""
    shown = format_html_join(", ", "{}", ((_one(x, known),) for x in numbers[:SHOWN]))
    more = len(numbers) - SHOWN
    if more <= 0:
        return shown
    return format_html(
        '{} <span class="muted">and {} more in the export</span>', shown, more
    )


def _one(number: str, known: Mapping[str, int]) -> SafeString:
    if number in known:
        url = reverse("orders:detail", args=[known[number]])
        return format_html('<a class="mono text-nowrap" href="{}">{}</a>', url, number)
    return format_html('<span class="mono text-nowrap">{}</span>', number)


@register.filter
def at(values: Sequence[str], index: int) -> str:
    """The value at a position."""
    return values[index]


@register.filter
def moment(text: str) -> datetime | None:
    """The time of an ISO text; None for ''."""
    return datetime.fromisoformat(text) if text else None
