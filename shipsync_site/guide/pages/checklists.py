"""How a checklist is worked, and what the checks look at; from their registries."""

from __future__ import annotations

from collections import defaultdict

from orders.filters import TEAM_LABELS
from reconciliation.checklists.checks import CHECKS, Check
from reconciliation.checklists.defaults import STARTS, Start
from reconciliation.checklists.due import in_words, plan_of
from reconciliation.models import Checklist
from shipsync_site.guide import GUIDE, Link, Page, Part, Table

PAST = Link(text="The calendar", url="reconciliation:checklist_calendar")
LISTS = Link(text="All lists", url="reconciliation:checklist_lists")


def _parts() -> list[Part]:
    families: dict[str, list[Check]] = defaultdict(list)
    for check in CHECKS:
        families[check.family].append(check)
    return [
        Part(
            points=(
                Link(text="Today’s lists", url="reconciliation:checklists"),
                "Open yours. What a check could see is ticked, with its figures and a link.",
                (
                    "A check that says no: mend its cause and press ‘Look again’. Or tick "
                    "it all the same, with a note that says why."
                ),
                "Tick what only a person can see. Some items ask for a note.",
                (
                    "Sign with your name. While items are open it is refused; afterwards "
                    "nothing changes any more."
                ),
                (
                    "Where two have to sign, the second is somebody else, and can send "
                    "it back with a reason."
                ),
            ),
            numbered=True,
        ),
        Part(
            title="When nobody signs",
            text="From the minute it is due the list is a case of its team, which closes "
            "with the signature. Signed late is signed, and shows as late.",
            points=(PAST,),
        ),
        Part(
            title="What a signature proves",
            text="With it the list is kept as it was: items, notes, who ticked what, and "
            "what each check saw and when. The page compares it ever after and says "
            "‘Unchanged since it was signed’, or what differs.",
        ),
        Part(
            title="The lists that come along",
            text="Leads change them, switch them off and add their own. A change counts "
            "from the next list on.",
            points=(LISTS,),
            table=Table(
                head=("List", "Team", "Due", "Who signs"),
                rows=tuple(
                    (
                        start.name,
                        TEAM_LABELS[start.team],
                        _due(start),
                        "two people" if start.four_eyes else "one person",
                    )
                    for start in STARTS
                ),
            ),
        ),
        *(
            Part(
                title=f"Checks: {family.lower()}",
                table=Table(
                    head=("Says yes when", "Limit that comes along"),
                    rows=tuple(
                        (
                            check.label,
                            f"{check.limit} {check.unit}" if check.unit else "",
                        )
                        for check in checks
                    ),
                ),
            )
            for family, checks in families.items()
        ),
    ]


def _due(start: Start) -> str:
    row = Checklist(cadence=start.cadence, due_time=start.at, **start.days)
    return in_words(plan_of(row))


GUIDE.register(
    Page(
        code="checklists",
        order=27,
        title="How do I work a checklist?",
        lead="What is looked at every day, who signs it, and what the signature proves.",
        icon="list-checks",
        parts=_parts,
        about=("/checklists/",),
    )
)
