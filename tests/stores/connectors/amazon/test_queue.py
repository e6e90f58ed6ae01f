from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import responses

from shipsync_site.lib import clock
from stores.connectors.amazon import queue
from stores.connectors.amazon.forms import AmazonSettingsForm
from stores.connectors.base import AccountConfig
from stores.errors import RejectedError, RemoteError, TransientError
from stores.http import Gateway
from stores.models import RemoteCall

pytestmark = pytest.mark.django_db
URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/shipsync-orders"
HOST = "https://sqs.eu-west-1.amazonaws.com/"
SECRET = "aws-hush-hush"


def account(**settings: Any) -> AccountConfig:
    return AccountConfig(
        key="remote-1",
        environment="production",
        region="eu",
        seller_id="A2",
        settings={"queue_url": URL, "aws_access_key_id": "AKIATEST", **settings},
        secrets={"aws_secret_access_key": SECRET},
        marketplace_ids=(),
    )


def opened(**settings: Any) -> queue.Queue:
    found = queue.of(account(**settings), gateway=Gateway("remote-1"))
    assert found is not None
    return found


@pytest.fixture
def sqs() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def message(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "NotificationType": "ORDER_CHANGE",
        "EventTime": "2026-11-22T10:00:00.000Z",
        "Payload": {"OrderChangeNotification": {"AmazonOrderId": "026-1-1"}},
        "NotificationMetadata": {"NotificationId": "n-1"},
    }
    return {
        "MessageId": "m-1",
        "ReceiptHandle": "r-1",
        "Body": json.dumps(body | changes),
    }


def test_requests_are_signed_and_go_to_the_regions_host(
    sqs: responses.RequestsMock,
) -> None:
    sqs.post(HOST, json={"Messages": [message()]})

    (notice,) = opened().receive()

    (call,) = sqs.calls
    sent = json.loads(call.request.body or "")
    assert (sent["MaxNumberOfMessages"], sent["WaitTimeSeconds"]) == (10, 0)
    assert sent["QueueUrl"] == URL
    signature = call.request.headers["Authorization"]
    assert signature.startswith("AWS4-HMAC-SHA256 Credential=AKIATEST/")
    assert SECRET not in str(call.request.headers) + str(call.request.body)
    assert notice == queue.Notice(
        dedupe_key="n-1",
        topic="ORDER_CHANGE",
        receipt="r-1",
        happened_at=notice.happened_at,
        order_remote_id="026-1-1",
    )
    assert RemoteCall.objects.get().operation == "sqsReceiveMessage"


def test_the_environment_sends_nothing_elsewhere(
    sqs: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://elsewhere.example")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "https://elsewhere.example")
    sqs.post(HOST, json={})

    assert opened().receive() == ()


@pytest.mark.parametrize(
    "body", ["", "no JSON", "[]", "{}", json.dumps({"Payload": 1}), '"text"']
)
def test_a_message_that_can_not_be_read_can_still_leave_the_queue(
    sqs: responses.RequestsMock, body: str
) -> None:
    row = {"MessageId": "m-9", "ReceiptHandle": "r-9", "Body": body}
    sqs.post(HOST, json={"Messages": [row]})

    (notice,) = opened().receive()

    assert (notice.dedupe_key, notice.receipt) == ("m-9", "r-9")
    assert (notice.topic, notice.order_remote_id) == ("", "")


def test_a_message_of_the_future_has_no_time(sqs: responses.RequestsMock) -> None:
    later = clock.now().replace(year=clock.now().year + 1).isoformat()
    sqs.post(HOST, json={"Messages": [message(EventTime=later)]})

    assert opened().receive()[0].happened_at is None


def test_many_messages_are_deleted_ten_at_a_time(sqs: responses.RequestsMock) -> None:
    sqs.post(HOST, json={"Successful": []})
    notices = tuple(
        queue.Notice(dedupe_key=str(number), topic="", receipt=f"r-{number}")
        for number in range(13)
    )

    opened().delete(notices)

    sent = [json.loads(call.request.body or "")["Entries"] for call in sqs.calls]
    assert [len(entries) for entries in sent] == [10, 3]
    assert sent[1][0] == {"Id": "0", "ReceiptHandle": "r-10"}


@pytest.mark.parametrize(
    ("status", "kind", "error", "said"),
    [
        (400, "com.amazonaws.sqs#QueueDoesNotExist", RejectedError, "no such queue"),
        (403, "InvalidClientTokenId", RejectedError, "no such access key id"),
        (403, "SignatureDoesNotMatch", RejectedError, "secret does not fit"),
        (403, "AccessDenied", RejectedError, "sqs:ReceiveMessage"),
        (403, "SomethingNew", RejectedError, "SomethingNew"),
        (500, "InternalFailure", TransientError, "500"),
        (400, "RequestThrottled", TransientError, "RequestThrottled"),
    ],
)
def test_a_refusal_of_the_queue_never_counts_against_the_seller(
    sqs: responses.RequestsMock,
    status: int,
    kind: str,
    error: type[RemoteError],
    said: str,
) -> None:
    sqs.post(HOST, status=status, json={"__type": kind, "message": "no"})

    with pytest.raises(error, match=said) as caught:
        opened().receive()

    assert SECRET not in str(caught.value)


def test_without_a_key_nothing_is_sent() -> None:
    with pytest.raises(RejectedError) as caught:
        opened(aws_access_key_id="").receive()

    assert caught.value.field == "aws_access_key_id"


def test_secrets_stay_out_of_the_repr() -> None:
    found = opened()

    assert SECRET not in repr(found) + str(vars(found))


def form(**fields: Any) -> AmazonSettingsForm:
    known = {
        "client_id": "amzn1.application-oa2-client.x",
        "lwa_client_secret": "s",
        "first_pull_days": 30,
    }
    return AmazonSettingsForm({**known, **fields})


def test_the_form_takes_a_queue_with_its_key_and_no_queue() -> None:
    assert form(queue_url=URL, aws_access_key_id="AKIATEST").is_valid()
    assert form().is_valid()


@pytest.mark.parametrize(
    "url",
    [
        "https://sqs.eu-west-1.amazonaws.com.evil.example/123456789012/orders",
        "http://sqs.eu-west-1.amazonaws.com/123456789012/orders",
        "https://sqs.eu-west-1.amazonaws.com/123/orders",
        "arn:aws:sqs:eu-west-1:123456789012:orders",
        "https://user@sqs.eu-west-1.amazonaws.com/123456789012/orders",
    ],
)
def test_the_form_refuses_what_is_no_queue(url: str) -> None:
    assert "queue_url" in form(queue_url=url, aws_access_key_id="A").errors


def test_the_form_says_which_key_and_which_library_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "aws_access_key_id" in form(queue_url=URL).errors

    monkeypatch.setattr(queue, "installed", lambda: False)
    (said,) = form(queue_url=URL, aws_access_key_id="A").errors["queue_url"]
    assert "shipsync[sqs]" in said


def test_a_queue_has_the_name_that_amazon_is_told() -> None:
    address = queue.read_address(f" {URL} ")

    assert address is not None
    assert address.arn == "arn:aws:sqs:eu-west-1:123456789012:shipsync-orders"
