"""Log filter of the sandbox server."""

from __future__ import annotations

import logging


class Unplanned(logging.Filter):
    """Lets only exceptions through; a 500 that a peer answered is its weather."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.exc_info is not None
