from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from django.test import RequestFactory

from stores.sandbox.amazon.sqs import KEY_ID, PATH, SECRET
from stores.sandbox.core import ControlError
from tests.sandbox.amazon.driver import Driver

ARN = "arn:aws:sqs:eu-west-1:123456789012:orders"
URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"


class Body(io.BytesIO):
    """A body as botocore reads one."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.getvalue()


def queue_of(amazon: Driver, **changes: Any) -> Any:
    """boto3's own client; what it would send goes to the peer in this process."""
    session = boto3.session.Session()
    values: dict[str, Any] = {
        "region_name": "eu-west-1",
        "aws_access_key_id": KEY_ID,
        "aws_secret_access_key": SECRET,
        **changes,
    }
    client = session.client(
        "sqs",
        endpoint_url="http://testserver/amazon/sqs",
        config=Config(retries={"total_max_attempts": 1}),
        **values,
    )

    def send(request: Any, **_: Any) -> AWSResponse:
        headers = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        asked = RequestFactory().generic(
            "POST",
            "/amazon/sqs",
            request.body,
            content_type=headers.pop("Content-Type"),
            headers={**headers, "host": "testserver"},
        )
        answer = amazon.peer.handle(asked, PATH)
        return AWSResponse(request.url, answer.status_code, {}, Body(answer.content))

    client.meta.events.register("before-send.sqs", send)
    return client


def listen(amazon: Driver) -> None:
    amazon.peer.control("listen", {"queue": ARN})


def bodies(queue: Any, **options: Any) -> list[Any]:
    options = {"MaxNumberOfMessages": 10, "VisibilityTimeout": 600, **options}
    found = queue.receive_message(QueueUrl=URL, **options)
    return [json.loads(row["Body"]) for row in found.get("Messages", [])]


def test_every_change_of_an_order_is_written_to_the_queue(amazon: Driver) -> None:
    listen(amazon)
    order_id = amazon.place_one(quantity=1)
    amazon.peer.cancel({"order_id": order_id, "how": "request"})
    amazon.confirm(order_id)

    found = bodies(queue_of(amazon))

    changes = [row["Payload"]["OrderChangeNotification"] for row in found]
    assert [row["AmazonOrderId"] for row in changes] == [order_id] * 3
    assert [row["OrderChangeType"] for row in changes] == [
        *("OrderStatusChange", "BuyerRequestedChange", "OrderStatusChange"),
    ]
    assert [row["Summary"]["OrderStatus"] for row in changes] == [
        *("Unshipped", "Unshipped", "Shipped"),
    ]
    asked = [
        row["Summary"]["OrderItems"][0]["IsBuyerRequestedCancel"] for row in changes
    ]
    assert asked[:2] == [False, True]
    assert len({row["NotificationMetadata"]["NotificationId"] for row in found}) == 3


def test_a_message_is_unseen_for_a_while_and_comes_until_it_is_deleted(
    amazon: Driver,
) -> None:
    listen(amazon)
    amazon.place_one()
    queue = queue_of(amazon)

    (first,) = queue.receive_message(QueueUrl=URL, VisibilityTimeout=60)["Messages"]
    assert bodies(queue) == []
    amazon.time.move(seconds=61)
    (again,) = queue.receive_message(QueueUrl=URL, VisibilityTimeout=60)["Messages"]
    assert again["MessageId"] == first["MessageId"]
    assert again["ReceiptHandle"] != first["ReceiptHandle"]

    queue.delete_message_batch(
        QueueUrl=URL, Entries=[{"Id": "0", "ReceiptHandle": again["ReceiptHandle"]}]
    )
    amazon.time.move(seconds=61)
    assert bodies(queue) == []


def test_faults_double_lose_and_delay_messages(amazon: Driver) -> None:
    listen(amazon)
    queue = queue_of(amazon)
    amazon.peer.fault({"fault": "lost_notice"})
    amazon.place_one(seed=1)
    assert bodies(queue) == []

    amazon.peer.fault({"fault": "duplicate_notice"})
    amazon.place_one(seed=2)
    twice = bodies(queue)
    ids = {row["NotificationMetadata"]["NotificationId"] for row in twice}
    assert (len(twice), len(ids)) == (2, 1)

    amazon.peer.fault({"fault": "late_notice", "seconds": 30})
    amazon.place_one(seed=3)
    assert bodies(queue) == []
    amazon.time.move(seconds=31)
    assert len(bodies(queue)) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"aws_access_key_id": "AKIAOTHER"}, "InvalidClientTokenId"),
        ({"aws_secret_access_key": "wrong"}, "SignatureDoesNotMatch"),
        ({"region_name": "us-east-1"}, "QueueDoesNotExist"),
    ],
)
def test_a_wrong_key_secret_or_region_is_refused(
    amazon: Driver, changes: dict[str, str], code: str
) -> None:
    listen(amazon)

    with pytest.raises(ClientError) as caught:
        bodies(queue_of(amazon, **changes))

    assert caught.value.response["Error"]["Code"].endswith(code)


def test_a_queue_counts_what_waits(amazon: Driver) -> None:
    listen(amazon)
    amazon.place(count=3, lines=1)

    told = queue_of(amazon).get_queue_attributes(QueueUrl=URL, AttributeNames=["All"])

    assert told["Attributes"]["ApproximateNumberOfMessages"] == "3"


def test_new_orders_may_come_without_a_message(amazon: Driver) -> None:
    listen(amazon)
    amazon.peer.configure({"announce_new": False})

    amazon.place_one()

    assert bodies(queue_of(amazon)) == []


def test_a_queue_survives_a_snapshot(amazon: Driver) -> None:
    listen(amazon)
    amazon.place_one()
    state = amazon.peer.dump()

    amazon.peer.reset(0)
    amazon.peer.load(state)

    assert len(bodies(queue_of(amazon))) == 1


def test_a_queue_that_is_none_can_not_be_listened_to(amazon: Driver) -> None:
    with pytest.raises(ControlError):
        amazon.peer.control("listen", {"queue": "orders"})
