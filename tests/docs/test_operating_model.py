"""docs/operating-model.md says what the forms offer."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from django.db.models import Field

from stores import decisions
from stores.connectors import CONNECTORS
from stores.forms.rules import RulesForm
from stores.models import CombinedPolicy, OperatingModel
from stores.statements import SUBJECTS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operating-model.md"
BLOCK = re.compile(r"(<!-- table (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def values(name: str) -> str:
    """What a rule may be, in words; the first day's value is marked."""
    column = OperatingModel._meta.get_field(name)
    assert isinstance(column, Field)
    default = column.get_default()
    if name == "four_eyes_above":
        return "an amount; empty: never *"
    if not column.choices:
        return "a tag of the account" if default is None else f"a number; {default} *"
    return "; ".join(
        f"{label} *" if value == default else str(label)
        for value, label in column.flatchoices
    )


def made(name: str) -> str:
    if name == "marketplaces":
        words = dict(CombinedPolicy.choices)
        return table(
            ("Marketplace", "What it says", "Offered"),
            [
                (
                    connector.label,
                    connector.combined_rule.sentence,
                    "; ".join(words[x] for x in connector.combined_rule.allowed),
                )
                for connector in CONNECTORS
                if connector.code in ("amazon", "ebay", "mirakl", "tiktok")
            ],
        )
    if name == "subjects":
        return table(
            ("What", "Answers", "Good for"),
            [
                (
                    x.question,
                    "; ".join(answer.label for answer in x.answers),
                    f"{x.good_for.days} days",
                )
                for x in SUBJECTS.values()
            ],
        )
    rows = [
        (f"{question.title}: {decisions.LABELS[field]}", values(field), question.wrong)
        for question in decisions.BY_CODE[name].questions
        for field in question.fields
    ]
    return table(("Rule", "Values (* on the first day)", "What goes wrong"), rows)


def test_the_tables_are_those_of_the_forms() -> None:
    text = PAGE.read_text()
    wanted = BLOCK.sub(lambda m: m.group(1) + made(m.group(2)) + m.group(3), text)
    if os.environ.get("SHIPSYNC_WRITE_DOCS"):
        PAGE.write_text(wanted)

    assert PAGE.read_text() == wanted, "SHIPSYNC_WRITE_DOCS=1 makes them anew"


def test_every_group_has_its_table_and_every_rule_its_form() -> None:
    tables = {name for _head, name, _end in BLOCK.findall(PAGE.read_text())}

    assert tables == {*decisions.BY_CODE, "marketplaces", "subjects"}
    assert set(RulesForm.Meta.fields) == set(decisions.LABELS)
