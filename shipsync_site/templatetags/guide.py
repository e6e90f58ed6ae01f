"""Template tags of the guide: its cells, and the page that helps here."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html

from shipsync_site.guide import Badge, Cell, Key, Link, System, Table, page_for
from shipsync_site.templatetags import console

register = template.Library()


@register.simple_tag
def cell(value: Cell) -> str:
    """A cell of a page: words, a badge, a system, keys or a link."""
    if isinstance(value, Badge):
        return console.state(value.family, value.value)
    if isinstance(value, System):
        return console.system(value.code)
    if isinstance(value, Key):
        return format_html("<kbd>{}</kbd>", value.text)
    if isinstance(value, Link):
        url = reverse(value.url, args=value.args)
        query = f"?{value.query}" if value.query else ""
        return format_html('<a href="{}{}">{}</a>', url, query, value.text)
    return format_html("{}", value)


@register.simple_tag
def head(table: Table, number: int) -> str:
    """The name of a column."""
    return table.head[number]


@register.simple_tag(takes_context=True)
def help_url(context: Context) -> str:
    """Where the page that is shown is explained; the list of pages otherwise."""
    request: Any = context.get("request")
    page = page_for(request.path) if request else None
    return reverse("help_page", args=[page.code]) if page else reverse("help")
