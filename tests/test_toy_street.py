"""A marketplace that comes as one folder: nothing else is changed, and all of it works.

Its folder is put beside ours in a process of its own, where the contract tests of
connectors and the checks in ``toy/check_toy.py`` then find it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHECKS = ("tests/stores/connectors/test_contract.py", "tests/toy/check_toy.py")


@pytest.mark.sqlite
@pytest.mark.cluster
def test_a_new_marketplace_is_one_folder() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "tests.toy.plugin"]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}

    done = subprocess.run(
        [*command, *CHECKS],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    passed = re.findall(r"^PASSED (\S+)", done.stdout, re.MULTILINE)
    assert any("[toy_street]" in name for name in passed)
    assert sum("check_toy" in name for name in passed) == 7
