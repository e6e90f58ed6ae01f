"""Reports: every list that goes out as a file, with headers that stay as they are.

A report is one entry registered by a module of ``reconciliation.exports.reports``; the
page of exports, the log and the schedules read the entries. Headers are read by other
people's programs: tests/reconciliation/test_export_headers.py holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet
from django.http import QueryDict

from shipsync_site.lib.cells import csv_lines
from shipsync_site.lib.registry import Registry
from shipsync_site.lib.streaming import streamed

Person = AbstractBaseUser | AnonymousUser


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked for: a list's own query string, by whom.

    ``unmasked``: with buyers in full; only where the person may and asked for it.
    """

    data: QueryDict
    user: Person
    unmasked: bool = False

    @property
    def user_id(self) -> int:
        """0 for nobody."""
        return self.user.pk or 0


Rows = Callable[[Query], Iterable[Sequence[Any]]]
Show = Callable[[Any], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A list that can be taken along.

    ``columns`` are the headers; ``rows`` gives as many values a row: texts, numbers and
    times as they are, made safe and written by csv_lines. ``shows`` names functions by
    column, for labels of codes. ``form`` reads the filters. ``page`` is the name of the
    URL of the list with the same filters. ``buyers``: has columns of buyers' data, masked
    unless the person may see them and asks. ``alone``: can be sent by itself.
    """

    code: str
    label: str
    text: str
    permission: str
    columns: tuple[str, ...]
    rows: Rows
    shows: Mapping[int, Show] = field(default_factory=dict)
    form: Callable[[Query], forms.Form] | None = None
    page: str = ""
    buyers: bool = False
    alone: bool = True

    def lines(
        self,
        query: Query,
        *,
        bom: bool = True,
        told: Callable[[int], None] | None = None,
    ) -> Iterator[str]:
        """The file piece by piece; ``told`` hears the number of rows at the end."""
        return csv_lines(
            self.columns, self.rows(query), bom=bom, told=told, shows=self.shows
        )


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its header, the field's path, how its value is shown."""

    label: str
    path: str
    show: Show | None = None


Find = Callable[[Query], QuerySet[Any]]


def table(columns: Sequence[Column], find: Find, **report: Any) -> Report:
    """A report whose columns are fields: read as plain values, no model is made."""
    paths = [column.path for column in columns]
    return Report(
        columns=tuple(column.label for column in columns),
        shows={
            place: column.show
            for place, column in enumerate(columns)
            if column.show is not None
        },
        rows=lambda query: streamed(find(query), paths),
        **report,
    )


def labels(choices: Iterable[tuple[Any, Any]]) -> Show:
    """Shows a code by its label; one that is unknown stays as it is."""
    known = {value: str(label) for value, label in choices}
    return lambda value: known.get(value, value)


def yes_no(value: object) -> str:
    """'yes' or 'no', '' where nothing is known."""
    return "" if value is None else "yes" if value else "no"


REPORTS: Registry[Report] = Registry("reports", "reconciliation.exports.reports")


def allowed(user: Person) -> list[Report]:
    """The reports that a person may take, by name."""
    found = [x for x in REPORTS if user.has_perm(x.permission)]  # type: ignore[union-attr]
    return sorted(found, key=lambda report: report.label)
