"""The guide as one file: what ``docs/operating-guide.md`` says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orders.exception_kinds import ExceptionKind
from shipsync_site import presentation
from shipsync_site.guide import (
    Badge,
    Cell,
    Key,
    Link,
    Page,
    Part,
    System,
    Table,
    every_page,
)
from shipsync_site.guide.kinds import runbook, teams

HEAD = """# Operating guide

For whoever starts on Monday: who owns what, what to do when, how to read what the console says. The same pages are
in the console under 'Help', where the links work. The file is made from the registries that the product runs on; to
make it anew: `SHIPSYNC_WRITE_DOCS=1 .venv/bin/pytest tests/docs/test_operating_guide.py`.
"""


def written() -> str:
    """The whole file."""
    return "\n".join([HEAD, *_lines(), ""])


def said(cell: Cell) -> str:
    """A cell in words."""
    if isinstance(cell, Badge):
        return f"**{presentation.mark(cell.family, cell.value).label}**"
    if isinstance(cell, System):
        return presentation.system(cell.code)[0]
    if isinstance(cell, Key):
        return f"`{cell.text}`"
    if isinstance(cell, Link):
        return cell.text
    return cell


def _lines() -> Iterator[str]:
    for page in every_page():
        yield from _page(page)
    yield from _kinds()


def _page(page: Page) -> Iterator[str]:
    yield f"## {page.title}\n"
    yield f"{page.lead}\n"
    for part in page.parts():
        yield from _part(part)


def _part(part: Part) -> Iterator[str]:
    if part.title:
        yield f"### {part.title}\n"
    if part.text:
        yield f"{part.text}\n"
    if part.points:
        yield _points((said(x) for x in part.points), numbered=part.numbered)
    if part.table:
        yield _table(part.table)
    if part.after:
        yield f"{part.after}\n"


def _points(lines: Iterable[str], *, numbered: bool = False) -> str:
    marks = (f"{number}." if numbered else "*" for number in range(1, 100))
    return "".join(f"{mark} {line}\n" for mark, line in zip(marks, lines, strict=False))


def _table(table: Table) -> str:
    lines = [table.head, tuple("---" for _ in table.head)]
    lines += [
        tuple(said(cell).replace("|", "\\|") for cell in row) for row in table.rows
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _kinds() -> Iterator[str]:
    yield "## What does this case mean?\n"
    yield "Every kind of case with its runbook, by the team that owns it.\n"
    for team, kinds in teams():
        if kinds:
            yield f"### {team.label}: {len(kinds)} kinds\n"
            for kind in kinds:
                yield from _kind(kind)


def _kind(kind: ExceptionKind) -> Iterator[str]:
    owner = presentation.system(kind.owner_system)[0]
    yield f"#### {kind.label}\n"
    yield f"Waits for: {owner}\n"
    for entry in runbook(kind):
        if len(entry.lines) == 1:
            yield f"**{entry.title}.** {entry.lines[0]}\n"
        else:
            yield f"**{entry.title}**\n"
            yield _points(entry.lines, numbered=entry.numbered)
