"""Where files go that are sent to a folder: below one root that the installation names."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings


class FolderError(ValueError):
    """Why nothing can be written there, and what to do."""


def root() -> Path:
    """The folder below which exports are written. Raises FolderError if there is none."""
    if not settings.SHIPSYNC_EXPORT_ROOT:
        raise FolderError(
            "This installation names no folder for exports: set SHIPSYNC_EXPORT_ROOT, "
            "or send it by mail."
        )
    return Path(settings.SHIPSYNC_EXPORT_ROOT).resolve()


def below_root(folder: str) -> Path:
    """The folder below the root that is meant.

    Raises FolderError for an absolute path, for '..', and for a link that leads out.
    """
    top = root()
    asked = Path(folder.strip().replace("\\", "/"))
    if asked.is_absolute() or ".." in asked.parts or "\x00" in folder:
        raise FolderError(
            f"{folder}: name a folder below the root of exports, without '..' and not "
            "from '/' on."
        )
    found = (top / asked).resolve()
    if found != top and top not in found.parents:
        raise FolderError(f"{folder}: it leads out of the root of exports.")
    return found


def write(folder: str, name: str, pieces: Iterable[str]) -> Path:
    """Write a file whole: nobody sees half of it. Raises FolderError where it can't be."""
    place = below_root(folder)
    safe = re.sub(r"[^\w.-]+", "-", name)
    try:
        place.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=".", suffix=".part", dir=place)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                for piece in pieces:
                    file.write(piece)
            Path(part).chmod(0o640)
            Path(part).replace(place / safe)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FolderError(
            f"{folder or 'the root'}: {error.strerror or error}"
        ) from error
    return place / safe
