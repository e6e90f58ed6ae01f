"""What the log says of errors that nobody planned: each is a broken rule."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager


class _Ear(logging.Handler):
    """Keeps one line for every traceback that is logged."""

    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return
        frames = traceback.extract_tb(error.__traceback__)
        where = next(f for f in reversed(frames) if "site-packages" not in f.filename)
        self.heard.append(
            f"{record.getMessage()}: {type(error).__name__}: {error} in "
            f"{where.filename.rpartition('/')[2]}:{where.lineno} {where.name}"
        )


@contextmanager
def bugs_heard(heard: list[str]) -> Iterator[None]:
    """Add a line to ``heard`` for every traceback in the log of this span."""
    ear, root = _Ear(heard), logging.getLogger()
    disabled = logging.root.manager.disable
    logging.disable(logging.NOTSET)
    root.addHandler(ear)
    try:
        yield
    finally:
        root.removeHandler(ear)
        logging.disable(disabled)
