"""What keeps the project in shape, as far as a machine can tell."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from orders.exception_kinds import KINDS
from stores.connectors import CONNECTORS

ROOT = Path(__file__).resolve().parent.parent
OURS = ("shipsync_site", "stores", "orders", "reconciliation")
LINES = 400
# Longer files, each with its reason.
LONG_FILES: dict[str, str] = {}


def sources(*folders: str) -> list[Path]:
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts
    )


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_registries_are_filled() -> None:
    assert len(CONNECTORS) >= 1
    assert len(KINDS) >= 10


def test_every_management_command_is_named_in_a_test() -> None:
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    commands = [
        path.stem
        for app in OURS
        for path in (ROOT / app / "management" / "commands").glob("[!_]*.py")
    ]

    assert commands
    assert [c for c in commands if not re.search(rf"[\"']{c}[\"']", tests)] == []


@pytest.mark.parametrize(
    "lock", ["requirements.lock", "tests/clients/requirements.lock"]
)
def test_the_lock_holds_no_address_and_a_hash_for_all(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert not re.search(r"https?://|--index-url|--find-links|@ file", text)
    requirements = re.findall(
        r"^[a-z0-9][\w.\-\[\]]*==\S+(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert len(requirements) > 20
    assert all("--hash=sha256:" in requirement for requirement in requirements)


def test_every_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
    ]
    reasons = (ROOT / "docs" / "decisions" / "0002-libraries.md").read_text()

    names = [re.match(r"[\w-]+", line).group() for line in wanted]  # type: ignore[union-attr]
    assert [each for each in names if f"`{each}`" not in reasons] == []


def test_files_stay_readable() -> None:
    lengths = {
        name(path): len(path.read_text().splitlines()) for path in sources(*OURS)
    }

    too_long = {file for file, lines in lengths.items() if lines > LINES}
    assert too_long - set(LONG_FILES) == set()
    assert set(LONG_FILES) - too_long == set(), "listed as long, but no longer so"


def test_the_sandbox_knows_nothing_of_ours_but_the_clock() -> None:
    strays = []
    for path in sources("stores/sandbox"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                modules = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            else:
                continue
            strays += [
                f"{name(path)}: {module}"
                for module in modules
                if module.split(".")[0] in OURS
                and not module.startswith(("stores.sandbox", "shipsync_site.lib.clock"))
                and module != "shipsync_site.lib.clock"
            ]

    assert strays == []


def test_business_time_comes_from_the_one_clock() -> None:
    allowed = {"shipsync_site/lib/clock.py"}
    pattern = re.compile(
        r"\bdatetime\.now\(|\btimezone\.now\(|\butcnow\(|\bdate\.today\("
    )

    strays = {
        name(path)
        for path in sources(*OURS)
        if pattern.search(path.read_text()) and name(path) not in allowed
    }

    assert strays == set()


def test_core_code_names_no_marketplace() -> None:
    """An order, a queue or a page asks for a capability, never for a name."""
    codes = [connector.code for connector in CONNECTORS]
    pattern = re.compile(rf"==\s*[\"']({'|'.join(codes)})[\"']")

    strays = [
        name(path)
        for path in sources("orders", "reconciliation", "shipsync_site", "stores")
        if "connectors" not in path.parts
        and "sandbox" not in path.parts
        and "demo" not in path.parts
        and pattern.search(path.read_text())
    ]

    assert strays == []


def test_no_network_call_lacks_a_timeout() -> None:
    """requests has no default timeout; every direct use says one."""
    strays = [
        f"{name(path)}:{node.lineno}"
        for path in sources(*OURS)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "requests"
        and node.func.attr in ("get", "post", "put", "delete", "request")
        and "timeout" not in {keyword.arg for keyword in node.keywords}
    ]

    assert strays == []
