"""How the page 'Now' is read, and what 'Jobs and stores' watches."""

from __future__ import annotations

from orders.watch import sources, usual
from shipsync_site.guide import GUIDE, Link, Page, Part, Table
from shipsync_site.home.roles import ROLES
from shipsync_site.lib.tones import span

_PANELS = {
    "flow": "the flow map",
    "risk": "what leaves in the next 24 h",
    "ageing": "open cases by age",
    "causes": "and by cause",
    "teams": "every team's queue",
    "leaving": "what leaves next",
    "stores": "each store by stage",
    "throughput": "orders and lags per hour",
    "budgets": "quotas",
    "jobs": "jobs and stores",
    "requests": "cancellations to decide",
    "money": "settlements and findings about money",
    "bench": "the packing bench",
    "picks": "what is not on the shelf",
}


def _home() -> list[Part]:
    return [
        Part(
            title="Whose home",
            text="Each role has its own; somebody with several has a switch, and the "
            "address holds the choice.",
            table=Table(
                head=("Role", "Sees"),
                rows=tuple(
                    (
                        role.label,
                        ", ".join(
                            words
                            for panel, words in _PANELS.items()
                            if panel in role.panels
                        ),
                    )
                    for role in ROLES
                ),
            ),
        ),
        Part(
            title="The flow map",
            text="Five boxes, from the marketplace to what it was told. Each number and "
            "each interruption opens the list that it counts.",
            points=(
                "Done, cancelled and not ours are those of the last 24 hours.",
                (
                    "'p95 3 min' on an arrow: of 100 orders 95 were quicker than that, in "
                    "the last hour that has any, at the slowest store."
                ),
                "A dashed red frame: something does not get through here at all.",
            ),
        ),
        Part(
            title="Charts",
            text="Each says as of when it is, has the same as a table below, and can be "
            "walked through with Tab; Enter opens a bar's list.",
        ),
        Part(
            title="Jobs and stores",
            text="What should happen by itself, looked at every minute.",
            table=Table(
                head=("What", "Late after", "Down after"),
                rows=tuple(
                    (name, span(period), span(period + grace))
                    for name, (period, grace) in (
                        ("Background work", sources.CLUSTER_WAITS),
                        ("A background step of an account", sources.LANE_WAITS),
                        ("The reading of a store", sources.PULL_WAITS),
                        ("Webhooks, of what polls found", sources.HOOK_WAITS),
                    )
                ),
            ),
            points=(
                "What is down is a case, unless a more exact one says the same.",
                "After a time in which nobody looked, everything has its full time again.",
                Link(text="Jobs and stores", url="orders:watches"),
            ),
        ),
        Part(
            title="Too quiet",
            text="A store that is read without error, and where so few orders come that "
            f"even {usual.WEAK:.0%} of the usual ones would be more than chance allows. "
            "Usual is the same hours of the same weekday, in a weak one of the last "
            f"{usual.WEEKS} weeks; with fewer than {usual.LEAST_WEEKS} weeks nothing is said.",
        ),
    ]


GUIDE.register(
    Page(
        code="home",
        order=5,
        title="How do I read Now?",
        lead="The home of each role: what its boxes, charts and states mean.",
        icon="house",
        parts=_home,
        about=("/watches/",),
    )
)
