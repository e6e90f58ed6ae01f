"""Check answers against Swagger 2.0 documents with jsonschema.

Swagger 2.0's schema object is close to JSON Schema draft 4; the differences that
matter here are formats and ``discriminator``, which is ignored.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import (  # type: ignore[import-untyped]
    Draft4Validator,
    FormatChecker,
)

Json = dict[str, Any]

SPECS_ENV = "SHIPSYNC_SPECS"


def is_date_time(value: object) -> bool:
    """RFC 3339: a date, a time and a zone."""
    return not isinstance(value, str) or (
        "T" in value and datetime.fromisoformat(value).tzinfo is not None
    )


def specs_folder() -> Path:
    """The folder of contracts; skips the test when unset, fails it when missing."""
    name = os.environ.get(SPECS_ENV, "")
    if not name:
        pytest.skip(f"{SPECS_ENV} is not set: no contracts to check against")
    folder = Path(name)
    if not folder.is_dir():
        pytest.fail(f"{SPECS_ENV}={name!r} is not a folder")
    return folder


FORMATS = FormatChecker(formats=())
FORMATS.checks("date-time", raises=ValueError)(is_date_time)


@dataclass(frozen=True, slots=True)
class Document:
    """One Swagger 2.0 document."""

    content: Json
    name: str

    @classmethod
    def load(cls, path: Path) -> Document:
        """Read a document; fails the test when the file is missing or another kind."""
        if not path.is_file():
            pytest.fail(f"{SPECS_ENV}: {path} is missing")
        content = json.loads(path.read_text(encoding="utf-8"))
        assert content.get("swagger") == "2.0", f"{path} is not Swagger 2.0"
        return cls(content, path.name)

    def operation(self, method: str, path: str) -> Json:
        """The operation object that serves this request path."""
        for template, methods in self.content["paths"].items():
            parts = re.split(r"\{[^}]+\}", template)
            pattern = "[^/]+".join(map(re.escape, parts))
            if re.fullmatch(pattern, path) and method.lower() in methods:
                found: Json = methods[method.lower()]
                return found
        raise AssertionError(f"{self.name} has no {method} {path}")

    def response_errors(
        self, method: str, path: str, status: int, body: object
    ) -> list[str]:
        """What is wrong with an answer; ``body`` is None when there was none."""
        responses = self.operation(method, path)["responses"]
        declared = responses.get(str(status))
        if declared is None:
            return [f"status {status} is not declared; {sorted(responses)} are"]
        schema = declared.get("schema")
        if schema is None:
            return [] if body is None else ["a body where none is declared"]
        return self.errors(schema, body)

    def header_errors(
        self, method: str, path: str, status: int, headers: Mapping[str, str]
    ) -> list[str]:
        """Headers with Amazon's prefix that this status does not declare."""
        declared = self.operation(method, path)["responses"][str(status)]
        known = {name.lower() for name in declared.get("headers", {})}
        return [
            f"{name} is not declared for {status}"
            for name in headers
            if name.lower() == "x-amzn-ratelimit-limit" and name.lower() not in known
        ]

    def body_errors(self, method: str, path: str, body: object) -> list[str]:
        """What is wrong with a request body."""
        for parameter in self.operation(method, path).get("parameters", []):
            if parameter.get("in") == "body":
                return self.errors(parameter["schema"], body)
        raise AssertionError(f"{self.name}: {method} {path} takes no body")

    def errors(self, schema: Json, value: object) -> list[str]:
        """What is wrong with a value, as 'path: message'."""
        root = {**schema, "definitions": self.content.get("definitions", {})}
        if "$ref" in schema:
            # Draft 4 ignores what stands beside a $ref.
            root = {
                "allOf": [schema],
                "definitions": self.content.get("definitions", {}),
            }
        validator = Draft4Validator(root, format_checker=FORMATS)
        return [
            f"{'/'.join(map(str, error.absolute_path)) or '(root)'}: {error.message}"
            for error in validator.iter_errors(value)
        ]

    def _properties(self, schema: Json) -> Json:
        """The properties of a model and of those it is composed of."""
        if "$ref" in schema:
            schema = self.content["definitions"][schema["$ref"].rsplit("/", 1)[-1]]
        found: Json = dict(schema.get("properties", {}))
        for part in schema.get("allOf", []):
            found |= self._properties(part)
        return found

    def undeclared(self, schema: Json, value: object, path: str = "") -> list[str]:
        """Properties that no model declares: a simulator must not invent any."""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[-1]
            return self.undeclared(self.content["definitions"][name], value, path)
        if isinstance(value, list):
            return [
                found
                for number, row in enumerate(value)
                for found in self.undeclared(
                    schema.get("items", {}), row, f"{path}/{number}"
                )
            ]
        if not isinstance(value, dict):
            return []
        properties = self._properties(schema)
        found = [f"{path}/{name}" for name in value if name not in properties]
        for name, row in value.items():
            if name in properties:
                found += self.undeclared(properties[name], row, f"{path}/{name}")
        return found
