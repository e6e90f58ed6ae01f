"""The keyboard: what each key does, and where."""

from __future__ import annotations

from shipsync_site.guide import GUIDE, Key, Page, Part, Table
from shipsync_site.navigation import GO

MOVES = (
    (("j", "k"), "Next row, row before"),
    (("Enter",), "Open the row"),
    (("x",), "Tick the row; several ticked rows are one act"),
)
# Letters that stand on buttons: pressed where the button is shown.
LETTERS = {
    "a": "Take the case: it is yours",
    "r": "Try again",
    "f": "To the suggested fix, which says what it will do",
    "h": "Put it off, with a reason",
    "e": "To what can be decided",
    "w": "Work through: the next case opens by itself, and nobody else gets the same",
    "n": "Next case",
    "s": "Stop what runs, or working through",
    "y": "Yes, do what was shown",
    "b": "Back; nothing is done",
    "u": "Undo",
}
EVERYWHERE = (
    (("/",), "Search: any number of an order"),
    (("?",), "The keys of the page that you are on"),
    (("Esc",), "Close what is open, or leave a field"),
    (("Ctrl", "Enter"), "Send what you are writing"),
)


def _keys() -> list[Part]:
    return [
        Part(
            text="Everything can be done without the mouse, and everything without these "
            "keys. While you type in a field they are letters.",
        ),
        Part(
            title="In a queue and on a case",
            table=Table(
                head=("Key", "Does"),
                rows=(
                    *((Key(text=" ".join(keys)), does) for keys, does in MOVES),
                    *((Key(text=key), does) for key, does in LETTERS.items()),
                ),
            ),
            after="No single key decides anything: it brings you to the button, and Enter "
            "presses it.",
        ),
        Part(
            title="Everywhere",
            table=Table(
                head=("Key", "Does"),
                rows=tuple(
                    (Key(text=" ".join(keys)), does) for keys, does in EVERYWHERE
                ),
            ),
        ),
        Part(
            title="Go somewhere: g, then a letter",
            table=Table(
                head=("Keys", "Goes to"),
                rows=tuple(
                    (Key(text=f"g {letter}"), place) for place, letter in GO.items()
                ),
            ),
        ),
    ]


GUIDE.register(
    Page(
        code="keys",
        order=60,
        title="Which keys are there?",
        lead="A day of cases without the mouse.",
        icon="keyboard",
        parts=_keys,
    )
)
