"""What a lead decides for each store, from the forms' own words."""

from __future__ import annotations

from shipsync_site.guide import GUIDE, Link, Page, Part, Table
from stores.decisions import BY_CODE


def _rules() -> list[Part]:
    return [
        Part(
            text="Each store has its own answers. They are versions: nothing is written "
            "over, and each has a name and a reason.",
            points=(Link(text="The stores and their rules", url="stores:list"),),
        ),
        *(
            Part(
                title=decision.heading,
                text=decision.lead,
                table=Table(
                    head=("The question", "What goes wrong otherwise"),
                    rows=tuple((x.title, x.wrong) for x in decision.questions),
                ),
            )
            for decision in BY_CODE.values()
        ),
    ]


GUIDE.register(
    Page(
        code="rules",
        order=80,
        title="What is decided for a store?",
        lead="The decisions behind every order, and what each of them prevents.",
        icon="scale",
        parts=_rules,
        about=("/stores/", "/accounts/", "/approvals/"),
    )
)
