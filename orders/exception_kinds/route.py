"""Orders between two routes: placed before shipsync began to create them."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import KINDS, ExceptionKind, Resolution, Team

KINDS.register(
    ExceptionKind(
        code="left_behind",
        label="Placed before the start, not there",
        team=Team.OPS,
        owner_system="you",
        trigger="The order was placed before the store's start moment. The route before "
        "had the time that the store's rules give it, and ShipStation still has no such "
        "order.",
        effect="Nobody ships it: shipsync does not create what another route may create "
        "as well, and the buyer would get two parcels.",
        checks=(
            "Search ShipStation for the number and for the buyer's name.",
            "Does the route before still run, or was it switched off at the start?",
            "Was it shipped from somewhere else by hand?",
        ),
        steps=(
            "The route before still brings it: wait. The case closes when it is there.",
            "Nobody brings it any more: 'Create it'.",
            "It is somebody else's to ship: 'Leave it to them' and say whose.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops asks whoever ran the route before.",
        proof="ShipStation has the order, once.",
        closes_itself="When the order turns up in ShipStation, or the marketplace "
        "wants it no more.",
        sla=timedelta(hours=4),
        suggested="push_left",
        resolutions=(
            Resolution(
                code="push_left",
                label="Create it",
                effect="Creates the order in ShipStation as if it had been placed after "
                "the start, unless it turns up there first.",
                verb="push_left",
            ),
            Resolution(
                code="accept",
                label="Leave it to them",
                effect="Records that another route ships it; shipsync neither creates "
                "nor confirms it.",
                verb="accept",
                needs_reason=True,
            ),
        ),
    )
)
