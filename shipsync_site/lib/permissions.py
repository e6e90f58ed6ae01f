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


def require(request: HttpRequest, permission: str) -> None:
    """Raise PermissionDenied naming 'app.codename' in words, unless the user has it."""
    if request.user.has_perm(permission):
        return
    app, _, codename = permission.partition(".")
    name = (
        Permission.objects.filter(content_type__app_label=app, codename=codename)
        .values_list("name", flat=True)
        .first()
    )
    raise PermissionDenied(f"Missing permission: {name or permission}.")


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
