"""The clocks that a marketplace starts, in words for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """One clock: what has to be done, by when, and what happens otherwise.

    Where an order brings its own time, that counts; this says what it follows.
    """

    what: str
    by: str
    otherwise: str
