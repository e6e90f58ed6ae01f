"""Whose checklist it is: a person's teams are those of the person's groups."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from orders.exception_kinds import Team

WORK = "reconciliation.work_checklist"
DEFINE = "reconciliation.define_checklist"
LOOK = "reconciliation.view_checklistrun"
ALL = frozenset(team.value for team in Team)

User = AbstractBaseUser | AnonymousUser


def teams_of(user: User) -> frozenset[str]:
    """The teams whose lists the person works.

    Whoever defines lists works all of them; so does a person in no team's group.
    """
    if user.has_perm(DEFINE):  # type: ignore[union-attr]
        return ALL
    groups = set(user.groups.values_list("name", flat=True))  # type: ignore[union-attr]
    return frozenset(groups & ALL) or ALL


def may_work(user: User, team: str) -> bool:
    """Whether the person may tick and sign this team's lists."""
    return user.has_perm(WORK) and team in teams_of(user)  # type: ignore[union-attr]
