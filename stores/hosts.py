"""Which addresses of operators are taken: https, a public name, and nothing else."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

_LABEL = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
# Names that never lead out of this machine or network (RFC 6761, RFC 6762, RFC 8375).
_INSIDE = frozenset(
    {"localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "arpa"}
)


def check_host(url: str) -> None:
    """Raise ValidationError, unless ``url`` is 'https://name' and a public name.

    No path, user, port, query or number in place of a name: each is a way to lead
    secrets somewhere else than the name that an admin reads.
    """
    problem = _problem(url)
    if problem:
        raise ValidationError(f"'{url}' can't be a host: {problem}")


def _problem(url: str) -> str:
    if not url.isascii() or any(c.isspace() or c in "\\@%" for c in url):
        return "only plain letters, figures, dots and hyphens may stand in it."
    if not url.startswith("https://"):
        return "it must begin with https://, for example https://operator.mirakl.net."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "it can't be read as an address."
    name = parts.hostname or ""
    if url != f"https://{name}":
        extra = "a port" if port is not None else "anything after it"
        return f"write https:// and the name in small letters, without {extra}."
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.match(label) for label in labels):
        return "that is no name of a server."
    if len(labels) < 2 or labels[-1] in _INSIDE:
        return "that name leads to this machine or network, not to an operator."
    if not labels[-1].isalpha() and not labels[-1].startswith("xn--"):
        return "a number is no name of a server."
    return ""
