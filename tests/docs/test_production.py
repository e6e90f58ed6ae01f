"""docs/production.md and its units say what the code and systemd say."""

from __future__ import annotations

import ast
import configparser
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from shipsync_site.child import STOP_GRACE
from shipsync_site.lib import clock

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
UNITS = sorted((DOCS / "systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
# Read before Django's settings, or by them under another name.
ELSEWHERE = {"SHIPSYNC_VAR", "DATABASE_URL", clock.ENV_NAME}
HARDENING = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "SystemCallFilter": "@system-service",
    "UMask": "0077",
}


def setting_defaults() -> dict[str, tuple[str, object, bool]]:
    """Each variable of settings.py: how it is read, its default, is it a secret."""
    found: dict[str, tuple[str, object, bool]] = {}
    tree = ast.parse((ROOT / "shipsync_site" / "settings.py").read_text())
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        first, how = node.args[0], ast.unparse(node.func)
        if how == "os.environ.get":
            continue
        if not isinstance(first, ast.Constant) or not str(first.value).startswith(
            ("SHIPSYNC_", "DATABASE_URL", "EMAIL_URL")
        ):
            continue
        given = next((k.value for k in node.keywords if k.arg == "default"), None)
        try:
            default = ast.literal_eval(given) if given is not None else ""
        except ValueError:
            default = None  # computed: the table says it in words
        found[str(first.value)] = (how, default, how == "secret")
    return found


def table() -> dict[str, tuple[str, bool]]:
    """The settings table: default and the mark of a secret."""
    text = (DOCS / "production.md").read_text().partition("## Settings")[2]
    rows = re.findall(r"^\| `(\w+)`( ¹)? \| (.+?) \| .+ \|$", text, re.MULTILINE)
    return {name: (default.strip("`"), bool(mark)) for name, mark, default in rows}


def in_words(default: object) -> str:
    """A default as the table writes it."""
    if isinstance(default, bool):
        return "on" if default else "off"
    if isinstance(default, float):
        return f"{default:g}"
    if isinstance(default, list):
        return ", ".join(default) or "–"
    return str(default) or "–"


def test_the_table_names_every_setting_and_no_other() -> None:
    assert len(table()) > 25
    assert set(table()) == set(setting_defaults()) | ELSEWHERE


def test_the_table_gives_every_default() -> None:
    given = table()

    wrong = {
        name: (given[name][0], in_words(default))
        for name, (_, default, _) in setting_defaults().items()
        if default is not None and given[name][0] != in_words(default)
    }

    assert wrong == {}


def test_the_table_marks_every_secret() -> None:
    marked = {name for name, (_, mark) in table().items() if mark}

    assert marked == {n for n, (_, _, secret) in setting_defaults().items() if secret}


def test_every_command_and_link_of_the_page_exists() -> None:
    text = (DOCS / "production.md").read_text()
    known = {
        path.stem
        for app in ("shipsync_site", "stores", "orders", "reconciliation")
        for path in (ROOT / app / "management" / "commands").glob("[!_]*.py")
    } | {"migrate", "collectstatic", "createsuperuser", "check"}

    commands = set(re.findall(r"(?:manage\.py|\bmanage) ([a-z_]+)", text))
    links = re.findall(r"\]\(([^)#:]+)\)", text)

    assert len(commands) >= 7
    assert commands <= known
    assert links
    assert [link for link in links if not (DOCS / link).exists()] == []


def unit(path: Path) -> configparser.ConfigParser:
    """A unit; a key that is given twice is an error."""
    parser = configparser.ConfigParser(
        interpolation=None, delimiters=("=",), comment_prefixes=("#",)
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text())
    return parser


def test_all_units_are_there_and_named_in_the_page() -> None:
    text = (DOCS / "production.md").read_text()

    assert [path.name for path in UNITS] == [
        "shipsync-backup.service",
        "shipsync-backup.timer",
        "shipsync-web.service",
        "shipsync-work.service",
    ]
    assert [path.name for path in UNITS if f"systemd/{path.name}" not in text] == []


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_a_service_is_fenced_in(path: Path) -> None:
    service = unit(path)["Service"]

    assert service["User"] == "shipsync"
    assert {name: service.get(name) for name in HARDENING} == HARDENING
    assert service["EnvironmentFile"] == "/etc/shipsync/shipsync.env"


def test_clusters_get_one_signal_and_time_to_end() -> None:
    service = unit(DOCS / "systemd" / "shipsync-work.service")["Service"]

    assert service["KillMode"] == "mixed"
    assert float(service["TimeoutStopSec"]) > STOP_GRACE + 5
    assert " manage.py run_cluster " in service["ExecStart"]


@pytest.mark.parametrize("name", ["web", "work"])
def test_new_code_does_not_start_on_an_old_database(name: str) -> None:
    service = unit(DOCS / "systemd" / f"shipsync-{name}.service")["Service"]

    assert service["ExecStartPre"].endswith("manage.py migrate --check")


def test_a_backup_is_moved_into_place_when_it_is_whole(tmp_path: Path) -> None:
    """The unit's own line, with a pg_dump that writes what it was given."""
    service = unit(DOCS / "systemd" / "shipsync-backup.service")["Service"]
    line = service["ExecStart"].replace("$$", "$").replace("%%", "%")
    script = line.removeprefix("/bin/sh -ec '").removesuffix("'")
    dump = tmp_path / "bin" / "pg_dump"
    dump.parent.mkdir()
    dump.write_text(
        '#!/bin/sh\nfor a; do case "$a" in --file=*) echo "$@" > "${a#--file=}";; esac; '
        'done\ntest "$DATABASE_URL" != broken\n'
    )
    dump.chmod(0o755)
    old = tmp_path / "shipsync-2020-01-01.dump"
    old.touch()
    past = time.time() - 20 * 86_400
    os.utime(old, (past, past))

    def backup(url: str) -> int:
        return subprocess.run(
            ["/bin/sh", "-ec", script],
            env={
                "PATH": f"{dump.parent}:/usr/bin:/bin",
                "STATE_DIRECTORY": str(tmp_path),
                "DATABASE_URL": url,
            },
            check=False,
        ).returncode

    assert backup("broken") != 0
    assert list(tmp_path.glob("*.dump")) == [old]
    assert backup("postgres:///shipsync") == 0

    (made,) = tmp_path.glob("*.dump")
    assert made.name.startswith("shipsync-2")
    assert made != old
    assert "--dbname=postgres:///shipsync" in made.read_text()


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        pytest.skip("no systemd-analyze on this machine")
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for path in UNITS:
        text = re.sub(r"/opt/shipsync/\.venv/bin/\w+", str(program), path.read_text())
        (tmp_path / path.name).write_text(text)

    done = subprocess.run(
        [analyze, "verify", "--man=no", *(str(tmp_path / p.name) for p in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "shipsync-" not in done.stderr
