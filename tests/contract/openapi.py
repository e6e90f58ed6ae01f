"""Check answers against an OpenAPI 3.0 document with jsonschema and a little glue.

Glue: ``nullable``, ``$ref`` into components, and the quirks of a document that was
generated from samples (see :class:`Quirks`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.contract.swagger import SPECS_ENV

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """Where a generated document cannot be taken at its word."""

    # Whole numbers in the sample became integer; these are amounts and measures.
    decimals: frozenset[str] = frozenset()
    # A field that is never null; any other may be, whatever the sample held.
    never_null: frozenset[str] = frozenset()
    # Fields which the document does not know, but other sources do.
    extra: frozenset[str] = frozenset()
    # Fields whose declared type is a guess from an empty or null sample.
    untyped: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenApi:
    """One OpenAPI 3.0 document."""

    content: Json
    quirks: Quirks = field(default_factory=Quirks)

    @classmethod
    def load(cls, path: Path, quirks: Quirks) -> OpenApi:
        """Read YAML (or JSON); fails the test when it is missing or another kind."""
        if not path.is_file():
            pytest.fail(f"{SPECS_ENV}: {path} is missing")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
        assert str(content.get("openapi", "")).startswith("3.0"), f"{path}: not 3.0"
        return cls(content=content, quirks=quirks)

    def response_schema(self, method: str, path: str, status: int) -> Json | None:
        """The schema of an answer; None where the document stores none."""
        operation = self.content["paths"].get(path, {}).get(method.lower())
        if operation is None:
            return None
        response = operation["responses"].get(str(status), {})
        content = response.get("content", {}).get("application/json", {})
        found: Json | None = content.get("schema")
        return found

    def errors(self, schema: Json, value: object) -> list[str]:
        """What is wrong with a value, as 'path: message'."""
        validator = Draft202012Validator(self._translate(schema, ""))
        return [
            f"{'/'.join(map(str, error.absolute_path)) or '(root)'}: {error.message}"
            for error in validator.iter_errors(value)
        ]

    def _translate(self, schema: Json, name: str) -> Json:
        """The schema as JSON Schema; unknown properties are errors."""
        if "$ref" in schema:
            target = schema["$ref"].rsplit("/", 1)[-1]
            return self._translate(self.content["components"]["schemas"][target], name)
        placeholder = schema.get("nullable") and schema.get("type") == "string"
        if name in self.quirks.untyped or placeholder:
            return {}
        kind = schema.get("type", "object")
        if kind == "integer" and name in self.quirks.decimals:
            kind = "number"
        result: Json = {
            "type": kind if name in self.quirks.never_null else [kind, "null"]
        }
        if kind == "array":
            result["items"] = self._translate(schema.get("items", {}), "")
        if kind == "object" and "properties" in schema:
            result["properties"] = {
                known: self._translate(row, known)
                for known, row in schema["properties"].items()
            } | dict.fromkeys(self.quirks.extra - set(schema["properties"]), True)
            result["additionalProperties"] = False
        return result


def missing_from(sample: object, answer: object, path: str = "") -> Iterator[str]:
    """Fields of an official sample that an answer lacks, or has in another type."""
    if isinstance(sample, dict) and isinstance(answer, dict):
        for name, value in sample.items():
            if name not in answer:
                yield f"{path}/{name} is missing"
            else:
                yield from missing_from(value, answer[name], f"{path}/{name}")
    elif isinstance(sample, list) and isinstance(answer, list):
        for row in answer:
            for example in sample[:1]:
                yield from missing_from(example, row, f"{path}[]")
    elif sample is not None and answer is not None:
        numbers = (int, float)
        both_numbers = isinstance(sample, numbers) and isinstance(answer, numbers)
        if type(sample) is not type(answer) and not both_numbers:
            yield f"{path}: {type(answer).__name__}, sample {type(sample).__name__}"
