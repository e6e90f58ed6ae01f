"""Whose home it is: each role's panels, and who may see which."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser, AnonymousUser

from orders.exception_kinds import Team


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeRole:
    """A role's home: its panels, and the team whose cases it counts ('' for all)."""

    code: str
    label: str
    panels: frozenset[str]
    team: str = ""


def _role(code: str, label: str, panels: str, team: str = "") -> HomeRole:
    return HomeRole(code=code, label=label, panels=frozenset(panels.split()), team=team)


OPS = _role(
    "ops",
    "Ops",
    "flow risk ageing causes leaving stores throughput budgets jobs",
    Team.OPS,
)
CS = _role("cs", "CS", "requests ageing causes risk flow", Team.CS)
FINANCE = _role("finance", "Finance", "money ageing causes throughput", Team.FINANCE)
LEAD = _role(
    "lead",
    "Lead",
    "flow risk ageing causes teams leaving stores throughput money budgets jobs",
)
PACKER = _role("packer", "Packer", "bench picks leaving")
ROLES = (OPS, CS, FINANCE, LEAD, PACKER)
_BY_CODE = {role.code: role for role in ROLES}


def roles_of(user: AbstractUser | AnonymousUser) -> list[HomeRole]:
    """The homes of a person: of their groups; of all roles for leads and admins."""
    groups = set(user.groups.values_list("name", flat=True))
    if user.is_superuser or groups & {"lead", "admin"}:
        return [LEAD, *(role for role in ROLES if role is not LEAD)]
    return [role for role in ROLES if role.code in groups] or [OPS]


def chosen(mine: list[HomeRole], code: str) -> HomeRole:
    """The one that the URL names, if it is theirs; else their first."""
    role = _BY_CODE.get(code)
    return role if role in mine and role is not None else mine[0]
