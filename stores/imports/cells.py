"""What may stand in a cell of an import, and in the same field of a form."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from stdnum import ean

from stores.countries import COUNTRIES

_ROUNDED = re.compile(r"\d([.,]\d+)?E\+?\d+", re.IGNORECASE)
_NUMBER = re.compile(r"\d+([.,]\d+)*")
_BY_NAME = {name.casefold(): code for code, name in COUNTRIES.items()}
MAX_GRAMS = 1_000_000


class BadCellError(Exception):
    """A value that can't stand here; the text says what to write instead."""


Reader = Callable[[str], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its name in our rows, on screen and in files, and how it is read.

    ``also`` are other names for it in files. ``needed``: its own name where a file has
    to have it, else ''. ``help`` says what belongs there.
    """

    name: str
    label: str
    read: Reader
    help: str
    also: tuple[str, ...] = ()
    required: bool = False

    @property
    def names(self) -> set[str]:
        """Every name of it, folded to letters and digits."""
        return {
            "".join(letter for letter in name.casefold() if letter.isalnum())
            for name in (self.label, self.name, *self.also)
        }

    @property
    def needed(self) -> str:
        """Its name where a file has to have it, else ''."""
        return self.name if self.required else ""


def sku(text: str) -> str:
    """A SKU: up to 100 characters, exactly as the warehouse spells it."""
    if not text:
        raise BadCellError("A SKU has to stand here.")
    if not text.isprintable():
        raise BadCellError(
            "It holds a line break or another character that can't be seen: type it anew."
        )
    if _ROUNDED.fullmatch(text):
        raise BadCellError(
            "A spreadsheet has rounded this number: format the column as text, enter the "
            "SKU again and export."
        )
    return _short(text, 100)


def words(limit: int) -> Reader:
    """A line of text; breaks and runs of blanks become one blank."""

    def read(text: str) -> str:
        line = " ".join(text.split())
        if not line.isprintable():
            raise BadCellError("It holds a character that can't be seen: type it anew.")
        return _short(line, limit)

    return read


def country(text: str) -> str:
    """A country's two letters, or ''."""
    code = text.upper()
    if not text or code in COUNTRIES:
        return code
    known = _BY_NAME.get(text.casefold())
    raise BadCellError(
        f"Write the country's two letters: {known}."
        if known
        else "Write the two letters of a country, as in DE or GB."
    )


def hs_code(text: str) -> str:
    """6 to 12 digits, or ''; points and blanks between them are left out."""
    digits = re.sub(r"[.\s]", "", text)
    if not digits:
        return ""
    if not re.fullmatch(r"[0-9]{6,12}", digits):
        raise BadCellError("Write 6 to 12 digits, as in 691200 or 6912.00.23.")
    return digits


def gtin(text: str) -> str:
    """A GTIN, EAN, UPC or ISBN-13 with its check digit, or ''."""
    digits = re.sub(r"[-\s]", "", text)
    if not digits:
        return ""
    if _ROUNDED.fullmatch(text):
        raise BadCellError(
            "A spreadsheet has rounded this number: format the column as text, enter the "
            "GTIN again and export."
        )
    if not re.fullmatch(r"[0-9]+", digits) or len(digits) not in (8, 12, 13, 14):
        raise BadCellError("A GTIN has 8, 12, 13 or 14 digits.")
    if not ean.is_valid(digits):
        right = ean.calc_check_digit(digits[:-1])
        raise BadCellError(
            f"Its last digit checks the others and would be {right}: compare it with the "
            "label."
        )
    return digits


def asin(text: str) -> str:
    """Amazon's number of a product, or ''."""
    code = text.upper()
    if code and not re.fullmatch(r"[A-Z0-9]{10}", code):
        raise BadCellError("An ASIN has 10 letters and digits, as in B0CAST1234.")
    return code


def currency(text: str) -> str:
    """A currency's three letters, or ''."""
    code = text.upper()
    if code and not re.fullmatch(r"[A-Z]{3}", code):
        raise BadCellError("Write the currency's three letters, as in EUR or GBP.")
    return code


def grams(text: str) -> int | None:
    """Whole grams, or None."""
    if not text:
        return None
    amount = number(text)
    if amount != amount.to_integral_value() or amount < 1:
        raise BadCellError("Write whole grams, at least 1: 450 for 0.45 kg.")
    if amount > MAX_GRAMS:
        raise BadCellError(f"Up to {MAX_GRAMS} grams are taken: is the unit right?")
    return int(amount)


def money(text: str) -> str | None:
    """An amount with up to two decimals as '12.50', or None."""
    if not text:
        return None
    amount = number(text)
    if amount != amount.quantize(Decimal("0.01")):
        raise BadCellError("Write at most two decimals, as in 12.50.")
    if amount >= Decimal("1e10"):
        raise BadCellError("That is more than 9,999,999,999.99: is the amount right?")
    return f"{amount:.2f}"


def quantity(text: str) -> int:
    """Whole units, 1 to 999."""
    if not re.fullmatch(r"[0-9]{1,3}", text) or not int(text):
        raise BadCellError("Write how many are in one kit: a whole number, 1 to 999.")
    return int(text)


def share(text: str) -> str | None:
    """Percent of the kit's price with up to four decimals, or None."""
    text = text.removesuffix("%").strip()
    if not text:
        return None
    amount = number(text, thousands=False)
    if not 0 <= amount <= 100:
        raise BadCellError("Write a percentage between 0 and 100, as in 33.3.")
    if amount != amount.quantize(Decimal("0.0001")):
        raise BadCellError("Write at most four decimals, as in 33.3333.")
    return f"{amount.normalize():f}"


def number(text: str, *, thousands: bool = True) -> Decimal:
    """A number with a decimal point or comma.

    Where both stand there the last is the decimal sign and the other parts thousands.
    One sign before exactly three digits could be either and is refused; without
    ``thousands`` it is the decimal sign.
    """
    packed = re.sub(r"[\s\u00a0\u202f']", "", text)
    if not _NUMBER.fullmatch(packed) or len(packed) > 20 or not packed.isascii():
        raise BadCellError("Write a number in digits, as in 12.50 or 12,50.")
    signs = [letter for letter in packed if letter in ".,"]
    if not signs:
        return Decimal(packed)
    last = signs[-1]
    whole, _, fraction = packed.rpartition(last)
    if len(signs) == 1:
        if thousands and len(fraction) == 3 and whole != "0":
            raise BadCellError(
                f"{text} can be read in two ways: write {whole}{fraction} if these are "
                "thousands, else at most two decimals."
            )
        return Decimal(f"{whole}.{fraction}")
    other = next(letter for letter in ".," if letter != last)
    mixed = last not in whole and _grouped(whole, other)
    if mixed:
        return Decimal(f"{whole.replace(other, '')}.{fraction}")
    if thousands and _grouped(packed, last):
        return Decimal(packed.replace(last, ""))
    raise BadCellError("Write a number without thousands, as in 1234.50.")


def _grouped(text: str, sign: str) -> bool:
    first, *rest = text.split(sign)
    return 1 <= len(first) <= 3 and bool(rest) and all(len(x) == 3 for x in rest)


def _short(text: str, limit: int) -> str:
    if len(text) > limit:
        raise BadCellError(
            f"It has {len(text)} characters, up to {limit} are kept: shorten it."
        )
    return text
