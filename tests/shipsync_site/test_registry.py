from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shipsync_site.lib.registry import Registry

SLOW = """
import time
from {package} import ENTRIES, Entry
time.sleep(0.05)
ENTRIES.register(Entry())
"""
PACKAGE = """
from shipsync_site.lib.registry import Registry

class Entry:
    code = "only"

ENTRIES = Registry("entries", __name__)
"""


@pytest.fixture
def entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry[Any]]:
    """A registry whose one entry takes a while to be imported."""
    name = "slowly_registered"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text(PACKAGE)
    (tmp_path / name / "one.py").write_text(SLOW.format(package=name))
    monkeypatch.syspath_prepend(tmp_path)
    yield __import__(name).ENTRIES
    for module in (name, f"{name}.one"):
        sys.modules.pop(module, None)


def test_of_many_that_ask_first_none_sees_a_part(entries: Registry[Any]) -> None:
    seen: list[int] = []
    barrier = threading.Barrier(4)

    def ask() -> None:
        barrier.wait(10)
        seen.append(len(entries))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert seen == [1, 1, 1, 1]
