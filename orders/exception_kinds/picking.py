"""What packers report: units that are not on the shelf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orders.exception_kinds import KINDS, ExceptionKind, Resolution, Severity, Team
from orders.exception_kinds.cancel_ways import SELLER_CANCEL


def _part(_capabilities: frozenset[str], context: Mapping[str, Any]) -> bool:
    """Whether anything is left to be shipped without what is missing."""
    return not context.get("whole")


def _whole(capabilities: frozenset[str], context: Mapping[str, Any]) -> bool:
    return not _part(capabilities, context) and SELLER_CANCEL.fits(
        capabilities, context
    )


KINDS.register(
    ExceptionKind(
        code="not_on_shelf",
        label="Not on the shelf",
        team=Team.OPS,
        owner_system="you",
        trigger="A packer did not find what the order wants. It is held in ShipStation "
        "until somebody decides.",
        effect="The order grows late, and every other order for the same SKU may be "
        "about to: they are counted above.",
        checks=(
            "Look at the next location, the returns and the goods-in cage.",
            "Does the stock at the marketplaces still say that it is there?",
        ),
        steps=(
            "It turns up: 'Found after all' lets the order go on at once.",
            (
                "Only a part is missing, and the marketplace takes partial dispatches: "
                "'Ship the rest', and split the order in ShipStation."
            ),
            (
                "It will not come: cancel the line on the marketplace's own page (the "
                "whole order from here, where nothing else is in it), with 'out of stock' "
                "as the reason."
            ),
            "It comes tomorrow: put this case off until then, with a reason.",
        ),
        buyer_sees="Nothing, until the order is late or cancelled.",
        tells="Ops tells customer service when it is cancelled or late.",
        proof="The packer or ops says it is found, or the marketplace shows the line as "
        "cancelled.",
        closes_itself="When it is reported as found, no longer wanted, or shipped.",
        severity=Severity.MONEY,
        suggested="found",
        resolutions=(
            Resolution(
                code="found",
                label="Found after all",
                effect="Takes the report back; the order goes on, off our hold.",
                verb="found",
                permission="orders.use_bench",
            ),
            Resolution(
                code="ship_rest",
                label="Ship the rest",
                effect="Takes our hold off, so that the rest can be packed; what is "
                "missing is asked about again once that has left.",
                verb="ship_rest",
                needs_reason=True,
                fits=_part,
            ),
            replace(SELLER_CANCEL, fits=_whole),
        ),
    )
)
