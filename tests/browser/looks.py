"""How a page looks to everybody: wide and narrow, light and dark, to axe."""

from __future__ import annotations

import os
import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Visit

# Both widths and both themes in two looks; where minutes or pictures are asked for, each
# with each.
LOOKS = [(1400, "light"), (390, "dark")]
if os.environ.get("SHIPSYNC_COSTLY") or os.environ.get("SHOTS"):
    LOOKS += [(1400, "dark"), (390, "light")]


def look(seen: Visit | Page, axe: Axe, path: str) -> list[str]:
    """What is wrong with the page that is open, in every look; it is left as it was.

    ``SHOTS`` names a folder that takes a picture of each.
    """
    page = seen.page if isinstance(seen, Visit) else seen
    found: list[str] = []
    before = page.viewport_size
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        # Without motion, or axe measures colours on their way to others.
        page.emulate_media(
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        result = axe.run(page).response
        where = f"{path} at {width} px, {scheme}"
        assert result["passes"], f"{where}: axe looked at nothing"
        found += [
            f"{where}: {finding['id']} ({finding['impact']}) {node['html'][:160]}"
            for finding in result["violations"]
            for node in finding["nodes"][:3]
        ]
        wider = page.evaluate(
            "document.documentElement.scrollWidth - window.innerWidth"
        )
        if wider > 0:
            found.append(f"{where}: {wider} px wider than the screen")
        if folder := os.environ.get("SHOTS"):
            name = re.sub(r"\W+", "-", f"{path}-{width}-{scheme}").strip("-")
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    page.emulate_media(
        color_scheme="dark" if dark else "light", reduced_motion="no-preference"
    )
    if before is not None:
        page.set_viewport_size(before)
    return found
