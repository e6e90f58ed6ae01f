"""The operating guide: short pages, each of which answers one question.

Pages are made from the registries that the product itself runs on (stages, kinds,
rules, roles, alerts, connectors), once for the console and once as
``docs/operating-guide.md``: one source, which can't say another thing than the code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from shipsync_site.lib.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A state as the console shows it (see ``presentation.mark``)."""

    family: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The badge of a system that owns something."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of the keyboard, or several one after the other."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A page of the console: ``url`` is the name of its URL. In the file: its words."""

    text: str
    url: str
    query: str = ""
    args: tuple[str, ...] = ()


Cell = str | Badge | System | Key | Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells; the first cell names the row."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a page: a heading, sentences, points (numbered where in order), a table."""

    title: str = ""
    text: str = ""
    points: tuple[Cell, ...] = ()
    numbered: bool = False
    table: Table | None = None
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One question and its answer. ``order``: its place in the list of pages.

    ``about``: parts of paths (URL prefixes) from whose pages it is the help.
    """

    code: str
    order: int
    title: str
    lead: str
    icon: str
    parts: Callable[[], list[Part]]
    about: tuple[str, ...] = field(default=())


GUIDE: Registry[Page] = Registry("guide", "shipsync_site.guide.pages")


def every_page() -> list[Page]:
    """Every page in its order."""
    return sorted(GUIDE, key=lambda page: page.order)


def page_for(path: str) -> Page | None:
    """The page that helps on a path of the console: the one that knows most of it."""
    found = [
        (len(prefix), page)
        for page in GUIDE
        for prefix in page.about
        if path.startswith(prefix)
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None
