"""The calls of the Notification API (contract v1.6.2) that clients make."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from django.http import HttpResponse

from stores.sandbox.ebay import answers, quotas
from stores.sandbox.ebay.answers import NOTIFICATION, ApiError
from stores.sandbox.ebay.auth import BASE
from stores.sandbox.ebay.notices import (
    TOPICS,
    Destination,
    Subscription,
    answers_challenge,
)
from stores.sandbox.ebay.operations import Call, Operation, operation
from stores.sandbox.ebay.render import iso

Json = dict[str, Any]

ROOT = "commerce/notification/v1"
PAGE = 20
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,80}")
_SUBSCRIBE = f"{BASE}/commerce.notification.subscription"


def _refuse(status: int, number: int, message: str) -> ApiError:
    return ApiError(status, number, message, domain=NOTIFICATION)


def get_config(call: Call) -> HttpResponse:
    """``getConfig``."""
    email = call.world.notices.alert_email
    if not email:
        raise _refuse(404, 195026, "Configuration Not Found.")
    return answers.json_response(200, {"alertEmail": email})


def update_config(call: Call) -> HttpResponse:
    """``updateConfig``: an address for alerts comes before anything else."""
    email = str((call.body() or {}).get("alertEmail") or "")
    if "@" not in email:
        raise _refuse(400, 195025, "Invalid or missing email.")
    call.world.notices.alert_email = email
    return answers.empty_response(204)


def create_destination(call: Call) -> HttpResponse:
    """``createDestination``; the address is challenged."""
    notices = call.world.notices
    wanted = _read_destination(call, "")
    made = replace(wanted, id=f"dest-{len(notices.destinations) + 1}")
    notices.destinations[made.id] = made
    call.world.record("destination", made.id, endpoint=made.endpoint)
    return answers.empty_response(201, location=f"{_root(call)}/destination/{made.id}")


def update_destination(call: Call, key: str) -> HttpResponse:
    """``updateDestination``: also the way back from MARKED_DOWN."""
    _destination(call, key)
    call.world.notices.destinations[key] = replace(_read_destination(call, key), id=key)
    return answers.empty_response(204)


def get_destination(call: Call, key: str) -> HttpResponse:
    """``getDestination``."""
    return answers.json_response(200, _show_destination(_destination(call, key)))


def get_destinations(call: Call) -> HttpResponse:
    """``getDestinations``."""
    rows = [_show_destination(row) for row in call.world.notices.destinations.values()]
    return _listed(call, "destinations", rows)


def delete_destination(call: Call, key: str) -> HttpResponse:
    """``deleteDestination``; not while a subscription uses it."""
    _destination(call, key)
    notices = call.world.notices
    if any(row.destination_id == key for row in notices.subscriptions.values()):
        raise _refuse(409, 195024, "Destination is in use and cannot be deleted.")
    del notices.destinations[key]
    return answers.empty_response(204)


def create_subscription(call: Call) -> HttpResponse:
    """``createSubscription``: one per topic and seller."""
    notices, body = call.world.notices, call.body() or {}
    if not notices.alert_email:
        raise _no_config()
    topic = str(body.get("topicId") or "")
    if topic not in TOPICS:
        raise _refuse(400, 195027, "Invalid or missing topic id.")
    if TOPICS[topic] and call.access.seller_id is None:
        raise _refuse(403, 195011, "Not authorized for this topic.")
    if body.get("status") not in ("ENABLED", "DISABLED"):
        raise _refuse(400, 195006, "Invalid or missing subscription status.")
    if str(body.get("destinationId")) not in notices.destinations:
        raise _refuse(400, 195007, "Invalid or missing destination id.")
    payload = _payload(body.get("payload"))
    seller = (call.access.seller_id or "") if TOPICS[topic] else ""
    for row in notices.subscriptions.values():
        if (row.topic, row.seller_id) == (topic, seller):
            raise _refuse(409, 195012, "Subscription already exists")
    made = Subscription(
        id=f"sub-{len(notices.subscriptions) + 1}",
        topic=topic,
        status=str(body["status"]),
        destination_id=str(body["destinationId"]),
        payload=payload,
        created=iso(call.now),
        seller_id=seller,
    )
    notices.subscriptions[made.id] = made
    call.world.record("subscription", made.id, topic=topic)
    return answers.empty_response(201, location=f"{_root(call)}/subscription/{made.id}")


def update_subscription(call: Call, key: str) -> HttpResponse:
    """``updateSubscription``."""
    row, body = _subscription(call, key), call.body() or {}
    if body.get("status") not in ("ENABLED", "DISABLED"):
        raise _refuse(400, 195006, "Invalid or missing subscription status.")
    if str(body.get("destinationId")) not in call.world.notices.destinations:
        raise _refuse(400, 195007, "Invalid or missing destination id.")
    row.payload = _payload(body.get("payload"))
    row.status, row.destination_id = str(body["status"]), str(body["destinationId"])
    return answers.empty_response(204)


def get_subscription(call: Call, key: str) -> HttpResponse:
    """``getSubscription``."""
    return answers.json_response(200, _show_subscription(_subscription(call, key)))


def get_subscriptions(call: Call) -> HttpResponse:
    """``getSubscriptions``."""
    rows = [
        _show_subscription(row) for row in call.world.notices.subscriptions.values()
    ]
    return _listed(call, "subscriptions", rows)


def delete_subscription(call: Call, key: str) -> HttpResponse:
    """``deleteSubscription``."""
    _subscription(call, key)
    del call.world.notices.subscriptions[key]
    return answers.empty_response(204)


def enable_subscription(call: Call, key: str) -> HttpResponse:
    """``enableSubscription``; the destination must be enabled."""
    row = _subscription(call, key)
    to = call.world.notices.destinations.get(row.destination_id)
    if to is None or to.status != "ENABLED":
        raise _refuse(
            409,
            195015,
            "The subscription cannot be enabled since the destination is not enabled.",
        )
    row.status = "ENABLED"
    return answers.empty_response(204)


def disable_subscription(call: Call, key: str) -> HttpResponse:
    """``disableSubscription``."""
    _subscription(call, key).status = "DISABLED"
    return answers.empty_response(204)


def test_subscription(call: Call, key: str) -> HttpResponse:
    """``test``: a mocked notice is sent."""
    row = _subscription(call, key)
    call.world.send_test(row)
    return answers.empty_response(202)


def get_topic(call: Call, key: str) -> HttpResponse:
    """``getTopic``."""
    if key not in TOPICS:
        raise _refuse(404, 195002, "Invalid or missing topic id.")
    return answers.json_response(200, _show_topic(key))


def get_topics(call: Call) -> HttpResponse:
    """``getTopics``."""
    return _listed(call, "topics", [_show_topic(key) for key in TOPICS])


def get_public_key(call: Call, key: str) -> HttpResponse:
    """``getPublicKey``."""
    own = call.world.notices.key
    own.private()
    if key != own.kid:
        raise _refuse(404, 195001, "The specified key id is invalid.")
    return answers.json_response(
        200, {"algorithm": "ECDSA", "digest": "SHA1", "key": own.public()}
    )


def _read_destination(call: Call, own: str) -> Destination:
    notices, body = call.world.notices, call.body() or {}
    config = body.get("deliveryConfig")
    config = config if isinstance(config, dict) else {}
    name, status = str(body.get("name") or ""), body.get("status")
    endpoint = str(config.get("endpoint") or "")
    token = str(config.get("verificationToken") or "")
    if not notices.alert_email:
        raise _no_config()
    if not 0 < len(name) <= 64 or "<" in name:
        raise _refuse(
            400,
            195016,
            "Invalid name. Markups or lengths greater than 64 not supported",
        )
    if not endpoint.startswith(("https://", "http://")):
        raise _refuse(400, 195017, "Invalid or missing endpoint.")
    if status not in ("ENABLED", "DISABLED"):
        raise _refuse(
            400,
            195018,
            "Invalid or missing destination status. Supported values:[ENABLED,DISABLED]",
        )
    if not _TOKEN.fullmatch(token):
        raise _refuse(
            400, 195019, "Invalid or missing verification token for this endpoint."
        )
    for row in notices.destinations.values():
        if row.endpoint == endpoint and row.id != own:
            raise _refuse(409, 195021, "Destination exists for this endpoint")
    if not answers_challenge(endpoint, token):
        raise _refuse(
            409, 195020, "Challenge verification failed for requested endpoint"
        )
    return Destination(
        id=own,
        name=name,
        status=str(status),
        endpoint=endpoint,
        verification_token=token,
    )


def _destination(call: Call, key: str) -> Destination:
    row = call.world.notices.destinations.get(key)
    if row is None:
        raise _refuse(404, 195022, "Invalid or missing destination id.")
    return row


def _subscription(call: Call, key: str) -> Subscription:
    row = call.world.notices.subscriptions.get(key)
    if row is None:
        raise _refuse(404, 195013, "Invalid subscription Id.")
    return row


def _payload(value: object) -> Json:
    found = value if isinstance(value, dict) else {}
    if found.get("schemaVersion") != "1.0":
        raise _refuse(
            400,
            195008,
            "Invalid or missing schema version. Please refer to /topic/{topic_id} for "
            "supported schema versions.",
        )
    if found.get("format") != "JSON":
        raise _refuse(400, 195009, "Specified format is not supported for the topic.")
    if found.get("deliveryProtocol") != "HTTPS":
        raise _refuse(400, 195010, "Invalid or missing protocol")
    return {name: found[name] for name in ("format", "schemaVersion", "deliveryProtocol")}  # fmt: skip


def _no_config() -> ApiError:
    return _refuse(
        409,
        195003,
        "Please provide configurations required for notifications. Refer to /config",
    )


def _show_destination(row: Destination) -> Json:
    return {
        "destinationId": row.id,
        "name": row.name,
        "status": row.status,
        "deliveryConfig": {
            "endpoint": row.endpoint,
            "verificationToken": row.verification_token,
        },
    }


def _show_subscription(row: Subscription) -> Json:
    return {
        "subscriptionId": row.id,
        "topicId": row.topic,
        "status": row.status,
        "creationDate": row.created,
        "payload": row.payload,
        "destinationId": row.destination_id,
    }


def _show_topic(key: str) -> Json:
    return {
        "topicId": key,
        "description": key.replace("_", " ").capitalize(),
        "authorizationScopes": [_SUBSCRIBE if TOPICS[key] else BASE],
        "status": "ENABLED",
        "context": "SELLER" if TOPICS[key] else "APPLICATION",
        "scope": "USER" if TOPICS[key] else "APPLICATION",
        "filterable": False,
        "supportedPayloads": [
            {
                "format": ["JSON"],
                "schemaVersion": "1.0",
                "deliveryProtocol": "HTTPS",
                "deprecated": False,
            }
        ],
    }


def _listed(call: Call, name: str, rows: list[Json]) -> HttpResponse:
    href = call.request.build_absolute_uri()
    body = {name: rows, "href": href, "limit": PAGE, "total": len(rows)}
    return answers.json_response(200, body)


def _root(call: Call) -> str:
    return f"{call.request.build_absolute_uri('/').rstrip('/')}/ebay/{ROOT}"


def _row(name: str, method: str, path: str, serve: Any) -> Operation:
    return operation(
        name,
        method,
        f"{ROOT}/{path}",
        serve,
        BASE,
        _SUBSCRIBE,
        resource=quotas.NOTIFICATION,
    )


OPERATIONS = (
    _row("getConfig", "GET", "config", get_config),
    _row("updateConfig", "PUT", "config", update_config),
    _row("createDestination", "POST", "destination", create_destination),
    _row("getDestinations", "GET", "destination", get_destinations),
    _row("getDestination", "GET", "destination/{key}", get_destination),
    _row("updateDestination", "PUT", "destination/{key}", update_destination),
    _row("deleteDestination", "DELETE", "destination/{key}", delete_destination),
    _row("createSubscription", "POST", "subscription", create_subscription),
    _row("getSubscriptions", "GET", "subscription", get_subscriptions),
    _row("getSubscription", "GET", "subscription/{key}", get_subscription),
    _row("updateSubscription", "PUT", "subscription/{key}", update_subscription),
    _row("deleteSubscription", "DELETE", "subscription/{key}", delete_subscription),
    _row(
        "enableSubscription", "POST", "subscription/{key}/enable", enable_subscription
    ),
    _row(
        "disableSubscription",
        "POST",
        "subscription/{key}/disable",
        disable_subscription,
    ),
    _row("testSubscription", "POST", "subscription/{key}/test", test_subscription),
    _row("getTopics", "GET", "topic", get_topics),
    _row("getTopic", "GET", "topic/{key}", get_topic),
    _row("getPublicKey", "GET", "public_key/{key}", get_public_key),
)
