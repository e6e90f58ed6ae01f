"""Puts the toy's folder where connectors are looked for, before any is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

import stores.connectors


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """A copy of the folder in stores/connectors would do the same."""
    stores.connectors.__path__.append(str(Path(__file__).parent / "connectors"))
