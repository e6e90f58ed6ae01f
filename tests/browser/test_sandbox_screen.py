"""The sandbox's own page in a real browser: each button, its sentence, the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.looks import look
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]

Opener = Callable[..., Page]


@pytest.fixture
def screen(browser: Browser, sandbox: SandboxServer) -> Iterator[Opener]:
    """``screen(width=390, scheme="dark")``; anything in the console fails the test."""
    contexts, problems = [], []

    def start(width: int = 1400, scheme: str = "light", *, script: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=script,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda said: (
                problems.append(said.text)
                if said.type in ("error", "warning")
                else None
            ),
        )
        page.goto(f"{sandbox.url}/")
        return page

    yield start
    for context in contexts:
        context.close()
    assert problems == []


def press(page: Page, button: str, said: str) -> None:
    """Press and wait for the sentence."""
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("#said")).to_contain_text(said)


def newest(page: Page, text: str) -> None:
    """The newest row of the ledger holds this."""
    expect(page.locator("#ledger tr").first).to_contain_text(text)


def test_each_button_is_seen_in_the_ledger(
    screen: Opener, sandbox: SandboxServer
) -> None:
    page = screen()
    expect(page.locator("#empty")).to_be_visible()

    press(page, "Place orders", "3 orders placed at Amazon")
    newest(page, "order placed")
    expect(page.locator('[data-peer="amazon"]')).to_contain_text("3 unshipped")
    press(page, "Ask to cancel", "asks to cancel")
    newest(page, "cancel requested")
    for number in ("A-1", "A-2", "A-3"):
        sandbox.manual(number)
    press(page, "Combine", "A-2, A-3 combined. 1 label bought")
    newest(page, "label")
    press(page, "Void", "is void.")
    newest(page, "void")
    press(page, "Ship", "bought")
    newest(page, "label")
    press(page, "Bad weather", "429 hits every request, 5 times at most.")
    expect(page.locator('[data-peer="amazon"]')).to_contain_text("429, 100 %")
    press(page, "Clear sky", "Clear sky")
    expect(page.locator('[data-peer="amazon"] .soon')).to_have_count(0)
    rows = [row["sequence"] for row in sandbox.ledger()]
    assert page.locator("#ledger tr").count() == len(rows)


def test_the_ledger_is_live_and_filtered(
    screen: Opener, sandbox: SandboxServer
) -> None:
    page = screen()

    sandbox.orders("amazon")
    sandbox.manual("A-1")
    newest(page, "A-1")
    page.locator("#filter").select_option("amazon")
    expect(page.locator("#ledger tr")).to_have_count(1)
    newest(page, "order placed")
    sandbox.reset(0)

    expect(page.locator("#ledger tr")).to_have_count(0)
    expect(page.locator("#empty")).to_be_visible()


def test_it_works_without_a_script(screen: Opener) -> None:
    page = screen(script=False)

    press(page, "Place orders", "3 orders placed at Amazon")

    newest(page, "order placed")


def test_it_is_clean_in_every_look(screen: Opener, sandbox: SandboxServer) -> None:
    page = screen()
    press(page, "Place orders", "3 orders placed")
    press(page, "Void", "No live label")
    sandbox.faults("amazon", "429", rate=0.5)
    expect(page.locator('[data-peer="amazon"]')).to_contain_text("429, 50 %")

    assert not look(page, Axe(), "the sandbox")
