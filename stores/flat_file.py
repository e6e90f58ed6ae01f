"""Text files with rows, as marketplaces make them and spreadsheets save them.

A stream over the bytes: any usual encoding, gzip or plain, every line numbered; nothing
but the bytes themselves is held in memory. Raises SettlementFileError.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stores.remote_money import FileProblem, SettlementFileError

# Problems that are told one by one; the rest is counted.
MOST_PROBLEMS = 50
# A packed file may not become larger than that.
MOST_BYTES = 1024 * 1024 * 1024
# The longest row of any settlement is far below; a longer one is no table.
MOST_COLUMNS_TEXT = 20_000
_GZIP = b"\x1f\x8b"
_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file without its end; ``ended`` False where the file stops in it."""

    number: int
    text: str
    ended: bool = True


def refuse(line: int, field: str, value: str, message: str) -> SettlementFileError:
    """A file's only problem."""
    return SettlementFileError((problem(line, field, value, message),))


def problem(line: int, field: str, value: str, message: str) -> FileProblem:
    """A problem with its value cut to what fits a page."""
    return FileProblem(line=line, field=field, value=value[:100], message=message)


class Problems:
    """What is wrong in a file so far."""

    def __init__(self) -> None:
        self.found: list[FileProblem] = []
        self.count = 0

    def add(self, line: int, field: str, value: str, message: str) -> None:
        """Note one."""
        self.count += 1
        if len(self.found) < MOST_PROBLEMS:
            self.found.append(problem(line, field, value, message))

    def take(self, broken: SettlementFileError) -> None:
        """Note what another has found."""
        for x in broken.problems:
            self.add(x.line, x.field, x.value, x.message)

    def end(self) -> None:
        """Raises SettlementFileError for what was found."""
        if self.count:
            raise SettlementFileError(tuple(self.found), self.count)


class FlatFile:
    """The lines of some bytes, as often as one wants to read them."""

    def __init__(self, content: bytes) -> None:
        if content.startswith(_WORKBOOK):
            raise refuse(
                1,
                "",
                "",
                "This is a workbook or an archive, not a text file: upload the file as "
                "the marketplace made it.",
            )
        self._content = content
        self._packed = content.startswith(_GZIP)
        self.encoding = self._encoding()

    def lines(self) -> Iterator[Line]:
        """Every line that holds something, with its number from 1.

        Raises SettlementFileError where the text breaks off or is none.
        """
        number = 0
        try:
            for raw in self._text():
                number += 1
                text = raw.rstrip("\r\n")
                if "\0" in text:
                    raise refuse(
                        number, "", "", "The line holds zero bytes, so it is no text."
                    )
                if len(text) > MOST_COLUMNS_TEXT:
                    raise refuse(
                        number,
                        "",
                        text,
                        "The line is too long to be a row of a table.",
                    )
                if text.strip(" \t\ufeff"):
                    yield Line(number, text, len(text) < len(raw))
        except UnicodeError:
            raise refuse(
                number + 1, "", "", f"A character here is no {self.encoding.upper()}."
            ) from None
        except (OSError, EOFError, zlib.error):
            raise refuse(
                number + 1, "", "", "The packed file is broken: fetch it again."
            ) from None

    def _binary(self) -> io.BytesIO | io.BufferedReader[_Bounded]:
        source = io.BytesIO(self._content)
        if not self._packed:
            return source
        return io.BufferedReader(_Bounded(gzip.GzipFile(fileobj=source)))

    def _text(self) -> Iterator[str]:
        # Lines end with LF, CR LF or CR alone.
        with io.TextIOWrapper(self._binary(), self.encoding, newline=None) as text:
            while line := text.readline(MOST_COLUMNS_TEXT * 2):
                yield line

    def _encoding(self) -> str:
        """By its mark, else UTF-16 by its zero bytes, else UTF-8, else Windows'."""
        try:
            start = self._binary().read(400)
        except (OSError, EOFError, zlib.error):
            raise refuse(
                1, "", "", "The packed file is broken: fetch it again."
            ) from None
        for mark, encoding in _MARKS:
            if start.startswith(mark):
                return encoding
        if start[1::2].count(0) > len(start) // 3:
            return "utf-16-le"
        if start[::2].count(0) > len(start) // 3:
            return "utf-16-be"
        return "utf-8" if self._fits("utf-8") else self._windows()

    def _windows(self) -> str:
        # Five bytes mean nothing in Windows' own set; ISO 8859-1 takes every byte.
        return "cp1252" if self._fits("cp1252") else "latin-1"

    def _fits(self, encoding: str) -> bool:
        decoder = codecs.getincrementaldecoder(encoding)()
        source = self._binary()
        try:
            while piece := source.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        except (OSError, EOFError, zlib.error):
            # Where it is broken is said when its lines are read.
            return True
        return True


class _Bounded(io.RawIOBase):
    """A stream that ends with an error where it grows past MOST_BYTES."""

    def __init__(self, source: gzip.GzipFile) -> None:
        self._source = source
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        piece = self._source.read(len(view))
        self._read += len(piece)
        if self._read > MOST_BYTES:
            raise EOFError("too large")
        view[: len(piece)] = piece
        return len(piece)
