"""Lengths of time in words."""

from __future__ import annotations

from datetime import timedelta

from django import template

from shipsync_site.lib.tones import span

register = template.Library()


@register.filter
def in_words(length: timedelta) -> str:
    """'15 min'."""
    return span(length)


@register.filter
def plus(one: timedelta, other: timedelta) -> timedelta:
    """Both together."""
    return one + other


@register.filter
def seconds_in_words(seconds: int | None) -> str:
    """The same of whole seconds; a dash where there are none."""
    return "–" if seconds is None else span(timedelta(seconds=seconds))
