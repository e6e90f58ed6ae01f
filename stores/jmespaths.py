"""JMESPath as people type it into rules: checked before it is kept; pure.

(jmespath.org specification, jmespath.py 1.x.) An expression reads one order and can do
nothing else. Its length is capped by the column, its nesting by Python itself.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import (
    ArityError,
    EmptyExpressionError,
    JMESPathError,
    LexerError,
    ParseError,
    UnknownFunctionError,
)

MAX_LENGTH = 300


class PathError(ValueError):
    """A text is no expression; ``position`` counts characters from 1, None: nowhere."""

    def __init__(self, message: str, position: int | None = None) -> None:
        self.position = position
        super().__init__(message)


@lru_cache(maxsize=512)
def compiled(text: str) -> Any:
    """The expression behind a text, with ``search(body)``. Raises PathError."""
    if len(text) > MAX_LENGTH:
        raise PathError(f"At most {MAX_LENGTH} characters, this has {len(text)}.")
    try:
        expression = jmespath.compile(text)
        # Functions are looked up while searching: an empty order finds wrong ones.
        expression.search({})
    except EmptyExpressionError:
        raise PathError("Nothing is typed.") from None
    except (UnknownFunctionError, ArityError) as error:
        raise PathError(f"Not usable: {_sentence(str(error))}") from None
    except (LexerError, ParseError) as error:
        raise _with_position(text, error) from None
    except JMESPathError:
        # Right in itself; only an empty order has nothing to work on.
        return expression
    except RecursionError:
        raise PathError("It is nested too deeply.") from None
    return expression


def search(text: str, body: Any) -> Any:
    """What an expression gives; None also where it can't be worked out of this body.

    Raises PathError for a text that is no expression.
    """
    try:
        return compiled(text).search(body)
    except (JMESPathError, RecursionError):
        return None


def first_text(found: Any) -> str:
    """What was found as one line: the first of a list, '' for nothing."""
    if isinstance(found, list):
        return next(filter(None, map(first_text, found)), "")
    if found is None or isinstance(found, dict):
        return ""
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found).strip()


def holds(found: Any) -> bool:
    """Whether a condition is met, as JMESPath itself has it: 0 is, '' is not."""
    return found is not None and found is not False and found not in ("", [], {})


def _with_position(text: str, error: LexerError | ParseError) -> PathError:
    at = getattr(error, "lexer_position", None)
    if at is None:
        at = getattr(error, "lex_position", None)
    position = min(int(at or 0), len(text))
    seen = text[position : position + 12]
    told = f"before ‘{seen}’" if seen else "at its end"
    return PathError(
        f"Not a JMESPath expression: it can't be read from character {position + 1} on, "
        f"{told}.",
        position + 1,
    )


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith(".") else f"{text}."
