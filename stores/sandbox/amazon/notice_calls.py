"""The operations of Notifications v1 that set a queue up, and look at it."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

from stores.sandbox.amazon import answers
from stores.sandbox.amazon.answers import ApiError
from stores.sandbox.amazon.calls import Call
from stores.sandbox.amazon.notices import (
    CHANGES,
    ORDER_CHANGE,
    VERSION,
    Destination,
    Subscription,
)

Json = dict[str, Any]


def create_destination(call: Call) -> HttpResponse:
    """``createDestination``, grantless: the queue's policy must let Amazon write."""
    body = _body(call)
    name = body.get("name")
    resource = body.get("resourceSpecification")
    sqs = resource.get("sqs") if isinstance(resource, dict) else None
    arn = sqs.get("arn") if isinstance(sqs, dict) else None
    if not isinstance(name, str) or not name or not isinstance(arn, str):
        raise answers.invalid("name and resourceSpecification.sqs.arn are required.")
    try:
        made = call.world.notices.new_destination(name, arn)
    except LookupError:
        raise answers.invalid(
            f"Amazon may not send to {arn}: check the queue and its policy."
        ) from None
    return call.answer({"payload": _destination(made)})


def get_destinations(call: Call) -> HttpResponse:
    """``getDestinations``, grantless."""
    rows = call.world.notices.destinations.values()
    return call.answer({"payload": [_destination(row) for row in rows]})


def create_subscription(call: Call, kind: str) -> HttpResponse:
    """``createSubscription`` of the seller who calls."""
    notices, body = call.world.notices, _body(call)
    _played(kind)
    if body.get("payloadVersion") != VERSION:
        raise answers.invalid("payloadVersion must be 1.0.")
    destination_id = str(body.get("destinationId") or "")
    if destination_id not in notices.destinations:
        raise answers.invalid("destinationId is not valid.")
    if call.seller.id in notices.subscriptions:
        raise ApiError(409, "Conflict", "A subscription exists already.")
    directive = body.get("processingDirective")
    chosen = directive.get("eventFilter", {}) if isinstance(directive, dict) else {}
    changes = chosen.get("orderChangeTypes", list(CHANGES))
    if not isinstance(changes, list) or not set(changes) <= set(CHANGES):
        raise answers.invalid("orderChangeTypes is not valid.")
    made = notices.subscribe(
        Subscription(
            id="",
            seller_id=call.seller.id,
            destination_id=destination_id,
            changes=changes,
            marketplace_ids=list(chosen.get("marketplaceIds", [])),
            directive=directive if isinstance(directive, dict) else None,
        )
    )
    call.world.record("subscription", call.seller.id, body, type=kind)
    return call.answer({"payload": _subscription(made)})


def get_subscription(call: Call, kind: str) -> HttpResponse:
    """``getSubscription`` of the seller who calls."""
    _played(kind)
    found = call.world.notices.subscriptions.get(call.seller.id)
    if found is None:
        raise ApiError(404, "NotFound", "There is no subscription of this type.")
    return call.answer({"payload": _subscription(found)})


def _played(kind: str) -> None:
    if kind != ORDER_CHANGE:
        raise answers.invalid(f"The practice server plays {ORDER_CHANGE} only.")


def _destination(row: Destination) -> Json:
    return {
        "name": row.name,
        "destinationId": row.id,
        "resource": {"sqs": {"arn": row.arn}},
    }


def _subscription(row: Subscription) -> Json:
    body: Json = {
        "subscriptionId": row.id,
        "payloadVersion": row.version,
        "destinationId": row.destination_id,
    }
    if row.directive is not None:
        body["processingDirective"] = row.directive
    return body


def _body(call: Call) -> Json:
    try:
        body = json.loads(call.request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise answers.invalid("The request body is not a JSON object.")
    return body
