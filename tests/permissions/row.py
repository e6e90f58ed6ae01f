"""A row of the table of pages and roles (tests/test_permissions.py)."""

from __future__ import annotations

from dataclasses import dataclass, field

from shipsync_site.roles import ROLES

ALL = frozenset(ROLES)
LOOKERS = ALL - {"packer"}
OPS = frozenset({"ops", "lead", "admin"})
CS = frozenset({"cs", "lead", "admin"})
LEADS = frozenset({"lead", "admin"})
ADMIN = frozenset({"admin"})
BENCH = frozenset({"ops", "cs", "packer", "lead", "admin"})
NONE: frozenset[str] = frozenset()
FINANCE = frozenset({"finance", "lead", "admin"})
RECONCILERS = OPS | FINANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A URL, who may have it, and what they get (superusers may have all)."""

    name: str
    roles: frozenset[str] = ALL
    method: str = "get"
    args: tuple[str, ...] = ()
    data: dict[str, str] = field(default_factory=dict)
    status: int = 200
    nobody: int = 403
