"""Files that people take out of the house: one way to make them, each one told of.

Every CSV of the console is answered here: streamed, safe to open in a spreadsheet, with
or without the mark that Excel needs (``?bom=no``). Who took which list is told to the
keepers of the log, with the names of the filters, never what was typed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import (
    HttpRequest,
    HttpResponseBase,
    QueryDict,
    StreamingHttpResponse,
)

from shipsync_site.lib import clock
from shipsync_site.lib.cells import csv_lines

logger = logging.getLogger(__name__)

# Names in a list's address that narrow nothing.
_NO_FILTERS = frozenset({"after", "page", "bom", "open", "csrfmiddlewaretoken"})
TYPED = "(typed)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A file that goes out: the report's code, who takes it, the filters by name.

    A filter's value is named where it is one of a list of choices, else TYPED.
    ``unmasked``: with buyers' data.
    """

    report: str
    user_id: int | None
    filters: dict[str, str] = field(default_factory=dict)
    unmasked: bool = False
    target: str = ""


# Hears of a file before its first byte; what it gives back hears the number of rows
# once all of them are out.
Keeper = Callable[[Taken], Callable[[int], None]]
_keepers: dict[str, Keeper] = {}


def register(code: str, keeper: Keeper) -> None:
    """Have every file told to this keeper; the same code again replaces it."""
    _keepers[code] = keeper


def tell(taken: Taken) -> Callable[[int], None]:
    """Tell all keepers of a file; call what comes back with its rows at the end."""
    logger.info(
        "%s exported by=%s filters=%s", taken.report, taken.user_id, [*taken.filters]
    )
    ends = [keeper(taken) for keeper in _keepers.values()]

    def ended(rows: int) -> None:
        for end in ends:
            end(rows)

    return ended


def tell_whole(request: HttpRequest, report: str, rows: int = 1) -> None:
    """Tell of a file that is not streamed: a text, a JSON, an image."""
    tell(Taken(report=report, user_id=request.user.pk, filters=filters_of(request)))(
        rows
    )


def answer(
    request: HttpRequest,
    report: str,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    name: str = "",
    form: forms.Form | None = None,
    unmasked: bool = False,
    shows: Mapping[int, Callable[[Any], object]] | None = None,
) -> StreamingHttpResponse:
    """A list as CSV for the browser, called ``name`` and the time it was made."""
    taken = Taken(
        report=report,
        user_id=request.user.pk,
        filters=filters_of(request, form),
        unmasked=unmasked,
    )
    told = tell(taken)
    bom = with_bom(request)
    lines = csv_lines(header, rows, bom=bom, told=told, shows=shows)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    as_file(response, f"{name or report}-{stamp()}.csv")
    return response


def with_bom(request: HttpRequest) -> bool:
    """Whether the file starts with the mark that makes Excel read UTF-8."""
    return request.GET.get("bom") != "no"


def stamp() -> str:
    """The moment, as it stands in the names of files."""
    return clock.now().strftime("%Y-%m-%dT%H%MZ")


def as_file(response: HttpResponseBase, name: str) -> None:
    """Have it kept as a file, and by nobody on the way."""
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"


def filters_of(request: HttpRequest, form: forms.Form | None = None) -> dict[str, str]:
    """The filters in force: what was chosen from a list by its code, the rest TYPED."""
    return filters_in(request.GET, form)


def filters_in(data: QueryDict, form: forms.Form | None = None) -> dict[str, str]:
    """The filters of a query string; without a form every name counts as one."""
    found: dict[str, str] = {}
    for key in sorted(data):
        value = data.get(key) or ""
        if key in _NO_FILTERS or not value.strip():
            continue
        asked = form.fields.get(key) if form is not None else None
        if form is not None and asked is None:
            continue
        known = isinstance(asked, forms.ChoiceField) and asked.valid_value(value)
        found[key[:40]] = value[:60] if known else TYPED
    return found
