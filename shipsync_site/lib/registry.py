"""Named entries of one kind (connectors, exception kinds, operations …).

A registry knows the package that holds its entries and imports every module of it on
first use, so that adding an entry means adding a module and nothing else.
"""

from __future__ import annotations

import importlib
import pkgutil
import threading
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar


class Coded(Protocol):
    """What every entry has: a short code, unique in its registry."""

    @property
    def code(self) -> str: ...


T = TypeVar("T", bound=Coded)


class Registry(Generic[T]):
    """Entries by code. Registering a second entry under one code is refused."""

    def __init__(self, name: str, package: str) -> None:
        self.name = name
        self.package = package
        self._entries: dict[str, T] = {}
        self._loaded = self._loading = False
        self._lock = threading.RLock()

    def register(self, entry: T) -> T:
        """Add an entry and return it; raises ValueError on a code already taken."""
        if entry.code in self._entries:
            raise ValueError(
                f"{self.name}: the code {entry.code!r} is registered twice"
            )
        self._entries[entry.code] = entry
        return entry

    def get(self, code: str) -> T:
        """The entry with this code; raises LookupError naming what is known."""
        self._load()
        try:
            return self._entries[code]
        except KeyError:
            known = ", ".join(sorted(self._entries)) or "none"
            raise LookupError(f"{self.name}: no {code!r}; known: {known}") from None

    def __contains__(self, code: object) -> bool:
        self._load()
        return code in self._entries

    def __iter__(self) -> Iterator[T]:
        self._load()
        return iter(sorted(self._entries.values(), key=lambda entry: entry.code))

    def __len__(self) -> int:
        self._load()
        return len(self._entries)

    def _load(self) -> None:
        """Import the package, once; other threads wait until all of it is there."""
        if self._loaded:
            return
        with self._lock:
            if self._loaded or self._loading:
                return
            self._loading = True
            try:
                package = importlib.import_module(self.package)
                for module in pkgutil.walk_packages(
                    package.__path__, f"{self.package}."
                ):
                    importlib.import_module(module.name)
                self._loaded = True
            finally:
                self._loading = False
