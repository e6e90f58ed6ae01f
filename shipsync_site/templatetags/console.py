"""Template tags of the console: badges, times, deadlines, ids, money, form fields."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import lucide
from django import template
from django.forms import BoundField, CheckboxInput, Select
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from shipsync_site import presentation
from shipsync_site.lib import clock, zones
from shipsync_site.lib.tones import ICONS, Tone, deadline_tone, span

register = template.Library()


@cache
def icon_svg(name: str) -> str:
    """An icon that goes with a text and is therefore hidden from screen readers."""
    svg: str = lucide._render_icon(
        name, None, **{"class": "icon", "aria-hidden": "true"}
    )
    return SafeString(svg)


@register.simple_tag
def icon(name: str) -> str:
    """``{% icon "truck" %}``"""
    return icon_svg(name)


@register.simple_tag
def badge(label: str, tone: str = "plain", icon_name: str = "") -> str:
    """A word in one of the four meanings: ``{% badge "Held" "soon" %}``."""
    chosen = Tone(tone)
    return format_html(
        '<span class="tag tone-{}">{}{}</span>',
        chosen.value,
        icon_svg(icon_name or ICONS[chosen]),
        label,
    )


@register.simple_tag
def state(family: str, value: str) -> str:
    """A state with its own word, tone and icon: ``{% state "stage" order.stage %}``;
    families: stage, case, rung, attempt, call, store, account, watch."""
    shown = presentation.mark(family, value)
    return badge(shown.label, shown.tone, shown.icon)


@register.simple_tag
def system(code: str) -> str:
    """The badge of the system that owns something: ``{% system "amazon" %}``."""
    name, icon_name = presentation.system(code)
    extra = " system-you" if code == "you" else ""
    return format_html(
        '<span class="system{}">{}{}</span>', extra, icon_svg(icon_name), name
    )


def _zone(context: Context) -> tzinfo:
    found = context.get("zone")
    return found if isinstance(found, ZoneInfo) else zones.zone(zones.DEFAULT)


def _local(value: datetime, zone: tzinfo) -> str:
    here, today = value.astimezone(zone), clock.now().astimezone(zone)
    if here.date() == today.date():
        return f"{here:%H:%M}"
    if here.year == today.year:
        return f"{here.day} {here:%b %H:%M}"
    return f"{here.day} {here:%b %Y %H:%M}"


def _title(value: datetime, zone: tzinfo) -> str:
    here = value.astimezone(zone)
    return f"{here:%Y-%m-%d %H:%M:%S} {zone} · {value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


@register.simple_tag(takes_context=True)
def when(context: Context, value: datetime | None, seconds: bool = False) -> str:
    """A time in the person's zone, with the date unless today, and UTC on hover."""
    if value is None:
        return mark_safe('<span class="muted">never</span>')
    zone = _zone(context)
    text = _local(value, zone)
    if seconds:
        text += f"{value.astimezone(zone)::%S}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.astimezone(UTC).isoformat(),
        _title(value, zone),
        text,
    )


@register.simple_tag(takes_context=True)
def ago(context: Context, value: datetime | None, real: bool = False) -> str:
    """How long ago: '3 min ago'; ``real`` for times of our own processes."""
    if value is None:
        return mark_safe('<span class="muted">never</span>')
    now = clock.real_now() if real else clock.now()
    text = f"{span(now - value)} ago" if value <= now else f"in {span(value - now)}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.astimezone(UTC).isoformat(),
        _title(value, _zone(context)),
        text,
    )


@register.simple_tag(takes_context=True)
def deadline(context: Context, value: datetime | None, done: bool = False) -> str:
    """When something breaches: icon, relative and absolute time; ``done`` shows only
    when it would have been."""
    if value is None:
        return mark_safe('<span class="muted">no deadline</span>')
    now, zone = clock.now(), _zone(context)
    if done:
        return when(context, value)
    tone = deadline_tone(value, now)
    text = f"{span(now - value)} late" if tone is Tone.BREACH else span(value - now)
    return format_html(
        '<time class="deadline tone-{}" datetime="{}" title="{}">{}{} <small>{}</small></time>',
        tone.value,
        value.astimezone(UTC).isoformat(),
        _title(value, zone),
        icon_svg("octagon-alert" if tone is Tone.BREACH else "timer"),
        text,
        _local(value, zone),
    )


@register.simple_tag
def copy(value: Any) -> str:
    """An id in monospace that a click copies."""
    if value in (None, ""):
        return "–"
    return format_html(
        '<button type="button" class="copy" data-copy="{}" title="Copy">{}{}</button>',
        value,
        value,
        icon_svg("copy"),
    )


@register.simple_tag
def money(amount: Decimal | None, currency: str = "") -> str:
    """An amount with its currency: '1,234.50 GBP'."""
    if amount is None:
        return "–"
    return format_html('<span class="nowrap">{} {}</span>', f"{amount:,.2f}", currency)


@register.filter
def note_class(level: str) -> str:
    """The class of a message's level."""
    return {"error": "note-breach", "warning": "note-soon", "success": "note-fine"}.get(
        level, ""
    )


@register.filter
def note_icon(level: str) -> str:
    """The icon of a message's level."""
    return {
        "error": ICONS[Tone.BREACH],
        "warning": ICONS[Tone.SOON],
        "success": ICONS[Tone.FINE],
    }.get(level, ICONS[Tone.INFO])


@register.filter
def styled(field: BoundField) -> SafeString:
    """A form field's widget with the console's class and its errors announced."""
    widget = field.field.widget
    kind = "form-control"
    if isinstance(widget, CheckboxInput):
        kind = "form-check-input"
    elif isinstance(widget, Select):
        kind = "form-select"
    classes = " ".join(filter(None, [widget.attrs.get("class", ""), kind]))
    if field.errors:
        classes += " is-invalid"
    return field.as_widget(attrs={"class": classes})
