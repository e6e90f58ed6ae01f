"""Asking for permissions by verb, with an answer that says which one is missing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class MissingPermissionError(PermissionDenied):
    """The person lacks ``permission`` ('app.codename'); the 403 page says so in words."""

    def __init__(self, permission: str) -> None:
        self.permission = permission
        super().__init__(f"Missing permission: {in_words(permission)}.")


def in_words(permission: str) -> str:
    """'Can correct delivery addresses' for 'orders.correct_address'; one query."""
    app, _, codename = permission.partition(".")
    name = (
        Permission.objects.filter(content_type__app_label=app, codename=codename)
        .values_list("name", flat=True)
        .first()
    )
    return name or permission


def require(request: HttpRequest, permission: str) -> None:
    """Raise MissingPermissionError, unless the user has it."""
    if not request.user.has_perm(permission):
        raise MissingPermissionError(permission)


def needs(permission: str) -> Callable[[View[P]], View[P]]:
    """A view that only people with this permission may call; others get a 403."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(
            request: HttpRequest, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            require(request, permission)
            return view(request, *args, **kwargs)

        return cast("View[P]", guarded)

    return decorate
