"""Who may do what, from the table of roles."""

from __future__ import annotations

from functools import cache

from django.apps import apps

from shipsync_site.guide import GUIDE, Page, Part, Table
from shipsync_site.roles import ROLES

WORK = {
    "ops": "Gets every order out of the door: mappings, records, parcels, stores.",
    "cs": "Speaks with buyers: cancellations, addresses, where an order is.",
    "finance": "Sees that money and orders agree.",
    "packer": "Packs what may leave, and takes off the line what may not.",
    "lead": "Decides rules, gives the second yes, knows who does what.",
    "admin": "Holds the keys: accounts, stores, people's access.",
}


@cache
def permission_words() -> dict[str, str]:
    """'orders.correct_address' → 'correct delivery addresses', of every model."""
    found = {}
    for model in apps.get_models():
        meta = model._meta
        for action in meta.default_permissions:
            name = f"{meta.app_label}.{action}_{meta.model_name}"
            found[name] = f"{action} {meta.verbose_name_plural}"
        for code, words in meta.permissions:
            found[f"{meta.app_label}.{code}"] = words.removeprefix("Can ")
    return found


def _who(permission: str) -> str:
    """The roles that have it, as a list."""
    found = [role for role, names in ROLES.items() if permission in names]
    return "everybody" if len(found) == len(ROLES) else ", ".join(found)


def _roles() -> list[Part]:
    words = permission_words()
    every = sorted(set().union(*ROLES.values()), key=lambda name: words[name])
    return [
        Part(
            text="A group decides what a person may do; whoever sets people up puts them "
            "into one. A button that is not yours says whom to ask.",
            table=Table(
                head=("Role", "Whose work"),
                rows=tuple((role, text) for role, text in WORK.items()),
            ),
        ),
        Part(
            title="Who may do what",
            table=Table(
                head=("To …", "Roles"),
                rows=tuple((words[name], _who(name)) for name in every),
            ),
        ),
    ]


GUIDE.register(
    Page(
        code="roles",
        order=70,
        title="Who may do what?",
        lead="The six roles and their permissions.",
        icon="users",
        parts=_roles,
        about=("/people/", "/account/"),
    )
)
