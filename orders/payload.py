"""Build the body of a createorder call (ShipStation API v1); pure.

createorder replaces the whole resource, so an update is the record as read with the
marketplace's fields (address, lines, buyer, dates, amounts) and the rules' fields
(custom field 1, source, stop tag, the marked block of the internal notes, customs lines)
written over it. All other fields are the warehouse's and go back as they were; what
ShipStation itself makes is left out. A value that the marketplace does not give leaves
what is there.

A stop never waits for a clean order: where ShipStation already has it and the
facts have a hard problem, holding or cancelling changes status and tag only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orders import payload_checks as checks
from orders.payload_content import content_of
from orders.payload_customs import incomplete
from orders.payload_diff import changed_fields
from orders.payload_merge import (
    created,
    keep_service,
    merge_problems,
    set_state,
    updated,
    without_tag,
    writable,
)
from orders.payload_skus import unknown_skus
from orders.payload_sources import sources_of
from orders.payload_types import (
    Json,
    LineFacts,
    OrderFacts,
    Payload,
    PayloadProblem,
    TaxMarker,
    Want,
)
from shipsync_site.lib.digest import json_digest

__all__ = [
    "LineFacts",
    "OrderFacts",
    "Payload",
    "PayloadProblem",
    "TaxMarker",
    "Want",
    "build",
    "changed_fields",
    "digest_of",
    "imported",
    "restate",
]


def build(
    order: OrderFacts,
    *,
    current: Mapping[str, Any] | None,
    want: Want,
    stop_tag_id: int | None,
    stop: bool,
    explain: bool = True,
    delivered: str = "",
) -> Payload:
    """The body that makes ShipStation's record say what we know.

    ``current``: the record as read, None to create it. The digest covers what we say
    but for status and stop tag: it does not change with what the warehouse does.
    ``explain``: whether to say who made each field, which a bulk of orders needs not.
    ``delivered``: the chosen service that the record has had: the warehouse's from then.
    """
    problems = checks.check(order, want=want, creates=current is None)
    content, note_problems = content_of(order)
    problems += [*note_problems, *order.rule_problems]
    problems += [*unknown_skus(order), *incomplete(order)]
    if current is None:
        body = created(order, content)
        if want == "cancelled":
            problems.insert(
                0, checks.problem("orderStatus", "cancelled", "can't be created")
            )
    else:
        problems = merge_problems(current) + problems
        if want != "awaiting_shipment" and any(item.hard for item in problems):
            return Payload(
                body=restate(current, want=want, stop_tag_id=stop_tag_id, stop=stop),
                problems=tuple(_soft(problem) for problem in problems),
                digest=json_digest(content),
            )
        body, kept_problems = updated(current, content)
        if order.chosen_service and order.chosen_service == delivered:
            keep_service(body, current)
        if order.tax_route == "tag" and order.tax_tag_id and not content.get("tagIds"):
            without_tag(body, order.tax_tag_id)
        problems += kept_problems
    set_state(body, want=want, stop_tag_id=stop_tag_id, stop=stop)
    if stop and stop_tag_id is None:
        text = "can't be set: the account has no stop tag (see its settings)"
        problems.append(checks.problem("tagIds", "", text, hard=False))
    return Payload(
        body=body,
        problems=tuple(problems),
        digest=json_digest(content),
        sources=sources_of(order, body) if explain else {},
        service=order.chosen_service,
    )


def restate(
    current: Mapping[str, Any], *, want: Want, stop_tag_id: int | None, stop: bool
) -> Json:
    """The record as read with another status and stop tag, and nothing else changed."""
    body = writable(current)
    set_state(body, want=want, stop_tag_id=stop_tag_id, stop=stop)
    return body


def imported(
    current: Mapping[str, Any], *, want: Want, stop_tag_id: int | None
) -> Payload:
    """A stop of a record that somebody else made: as read, by its own id and key.

    The empty digest says that nothing in it is what we say.
    """
    body = restate(current, want=want, stop_tag_id=stop_tag_id, stop=True)
    return Payload(body=body, problems=(), digest="")


def digest_of(order: OrderFacts) -> str:
    """The digest that build() gives for these facts, without building."""
    return json_digest(content_of(order)[0])


def _soft(problem: PayloadProblem) -> PayloadProblem:
    return replace(problem, hard=False)
