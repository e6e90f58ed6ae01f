"""Long work that the layers above orders hand to the pump, a step at a time.

An AppConfig.ready() above registers its work here; the pump asks each in turn when no
lane is due. A step takes its own lease and says whether there was anything to do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)

_WORK: dict[str, Callable[[], bool]] = {}


def register(code: str, run_one: Callable[[], bool]) -> None:
    """Have the pump call this between units; the same code again replaces it."""
    _WORK[code] = run_one


def run_one() -> bool:
    """One step of each work that has one due; False when none had.

    Work that breaks is logged and does not keep the rest from its turn.
    """
    worked = False
    for code, step in list(_WORK.items()):
        try:
            worked = step() or worked
        except Exception:
            logger.exception("work=%s failed", code)
    return worked
