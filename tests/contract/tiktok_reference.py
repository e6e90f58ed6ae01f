"""The stored partner reference of TikTok Shop as JSON Schema.

A file lists fields flat, in order of the page: ``^`` before a name for each level below
``data``, a type word, whether it is required, and the error numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.contract.swagger import SPECS_ENV, specs_folder

Json = dict[str, Any]

_METHODS = {1: "POST", 2: "GET", 3: "PUT", 4: "DELETE"}
_TYPES = {"string": "string", "int": "integer", "bool": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One operation's page."""

    name: str
    content: Json

    @classmethod
    def load(cls, name: str) -> Reference:
        """Read ``tiktok/<name>.spec.json``; a missing one fails the test."""
        path = specs_folder() / "tiktok" / f"{name}.spec.json"
        if not path.is_file():
            pytest.fail(f"{SPECS_ENV}: {path} is missing")
        return cls(name=name, content=json.loads(path.read_text(encoding="utf-8")))

    @property
    def method(self) -> str:
        """The HTTP method."""
        return _METHODS[self.content["method"]]

    @property
    def path(self) -> str:
        """The path, with ``{name}`` for its parts."""
        return str(self.content["path"])

    @property
    def errors(self) -> set[int]:
        """The error numbers that the page lists."""
        return {int(row["code"]) for row in self.content["error_code_list"] or []}

    def answer_schema(self, extra: Mapping[str, Json] | None = None) -> Json:
        """The envelope's schema; other fields than the page's (and ``extra``) are errors.

        ``extra``: schemas of fields that other sources know, by name.
        """
        return _object(_tree(self.content["response_param"]), dict(extra or {}))

    def body_schema(self) -> Json:
        """The request body's schema."""
        return _object(_tree(self.content["request_body_param"] or []), {})

    def query_names(self) -> set[str]:
        """The query parameters that the page lists."""
        return {row["name"] for row in self.content["request_query_param"] or []}


def wrong(schema: Json, value: object) -> list[str]:
    """What is wrong with a value, as 'path: message'."""
    return [
        f"{'/'.join(map(str, error.absolute_path)) or '(root)'}: {error.message}"
        for error in Draft202012Validator(schema).iter_errors(value)
    ]


def _tree(rows: list[Json]) -> list[Json]:
    """Rows as a tree: those below ``data`` (or another object) are its children."""
    top: list[Json] = []
    stack: list[tuple[int, Json]] = []
    for row in rows:
        depth = len(re.match(r"\^*", row["name"])[0])  # type: ignore[index]
        node = {
            "name": row["name"].lstrip("^"),
            "type": row["type"],
            "required": row.get("required") == "Y",
            "children": [],
        }
        while stack and stack[-1][0] >= depth:
            stack.pop()
        # What stands at the first level below the envelope lies in ``data``.
        (stack[-1][1]["children"] if stack else top).append(node)
        stack.append((depth, node))
    return top


def _object(rows: list[Json], extra: Json) -> Json:
    return {
        "type": "object",
        "properties": {**extra, **{row["name"]: _field(row, extra) for row in rows}},
        "required": [row["name"] for row in rows if row["required"]],
        "additionalProperties": False,
    }


def _field(row: Json, extra: Json) -> Json:
    kind = row["type"]
    if kind.startswith("[]"):
        inner = {**row, "type": kind.removeprefix("[]")}
        return {"type": "array", "items": _field(inner, extra)}
    if kind == "object":
        return _object(row["children"], extra)
    return {"type": _TYPES[kind]}
