"""A real Chromium against the live server, under the real policy.

``SHIPSYNC_CHROMIUM`` names the browser, or it is looked for on the PATH. Where there is
none the journeys are skipped with a reason; under CI that is a failure.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
]
PASSWORD = "a-long-test-password"
SHOTS = Path(os.environ.get("SHIPSYNC_VAR", "var")) / "browser-failures"

# Playwright's loop lives in the test's thread, where Django would refuse its ORM.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the run."""
    path = os.environ.get("SHIPSYNC_CHROMIUM") or next(
        filter(None, map(shutil.which, BROWSERS)), None
    )
    if not path:
        reason = "no Chromium: set SHIPSYNC_CHROMIUM or put one on the PATH"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


class Visit:
    """A page of one person, with everything that went wrong in its console."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda said: (
                self.problems.append(f"{page.url}: {said.text}")
                if said.type in ("error", "warning")
                else None
            ),
        )

    def open(self, path: str) -> Page:
        """Go to a path of the console."""
        answer = self.page.goto(f"{self.base}{path}")
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        return self.page

    def log_in(self, username: str) -> Page:
        """Through the form, as people do."""
        self.open("/login/")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url(f"{self.base}/")
        return self.page


Visitor = Callable[..., Visit]


@pytest.fixture
def visit(
    request: pytest.FixtureRequest,
    browser: Browser,
    live_server: LiveServer,
    users: dict[str, User],
) -> Iterator[Visitor]:
    """Open contexts: ``visit(width=390, scheme="dark")``; problems fail the test."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def start(
        *,
        width: int = 1400,
        scheme: str = "light",
        bypass_csp: bool = False,
        javascript: bool = True,
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            timezone_id="Europe/London",
            locale="en-GB",
            bypass_csp=bypass_csp,
            java_script_enabled=javascript,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        visits.append(Visit(context.new_page(), live_server.url))
        return visits[-1]

    yield start
    failed = getattr(request.node, "failed_call", False)
    for number, made in enumerate(visits):
        if failed:
            SHOTS.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"\W+", "-", request.node.name)
            made.page.screenshot(path=SHOTS / f"{name}-{number}.png", full_page=True)
    for context in contexts:
        context.close()
    problems = [problem for made in visits for problem in made.problems]
    assert not problems, problems


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Iterator[None]:
    """Let the fixture know of a failure, for its screenshot."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.when == "call":
        item.failed_call = report.failed  # type: ignore[attr-defined]
