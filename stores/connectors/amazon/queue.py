"""Our SQS queue, into which Amazon writes ORDER_CHANGE: read, never believed.

boto3 (the optional extra ``shipsync[sqs]``) writes and signs the requests;
they go out through the account's gateway like all others, which records each, follows
no redirect and tells errors apart. The queue's host comes from its region, never from
the address that a person entered; its refusals are no refusals of the seller's orders.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import io
import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shipsync_site.lib import clock
from stores.connectors.amazon import fields
from stores.connectors.base import AccountConfig
from stores.errors import (
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
    TransientError,
    UnsupportedOperationError,
)
from stores.http import Answer, Call, Gateway, error_for_status
from stores.remote_types import Notice

ORDER_CHANGE, PAYLOAD_VERSION = "ORDER_CHANGE", "1.0"
QUEUE_URL, KEY_ID, SECRET = "queue_url", "aws_access_key_id", "aws_secret_access_key"
NEEDS_BOTO3 = (
    "Listening to the queue needs the library boto3 (the extra shipsync[sqs]), which is "
    "not installed: run 'pip install boto3' on every machine, then start shipsync again."
)
# SQS gives at most so many at once; without waiting, so that no worker is held up.
BATCH = 10
# Real seconds in which we store what we received; then SQS gives it out again.
VISIBILITY = 60
_ADDRESS = re.compile(
    r"https://sqs\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com"
    r"/(?P<owner>\d{12})/(?P<name>[A-Za-z0-9_-]{1,80}(?:\.fifo)?)"
)
_REFUSALS = {
    "QueueDoesNotExist": (
        "there is no such queue: check its address and region",
        QUEUE_URL,
    ),
    "NonExistentQueue": (
        "there is no such queue: check its address and region",
        QUEUE_URL,
    ),
    "InvalidClientTokenId": ("AWS knows no such access key id", KEY_ID),
    "UnrecognizedClientException": ("AWS knows no such access key id", KEY_ID),
    "SignatureDoesNotMatch": ("the AWS secret does not fit the access key id", SECRET),
    "AccessDenied": (
        (
            "the AWS key may not read it: allow sqs:ReceiveMessage, sqs:DeleteMessage and "
            "sqs:GetQueueAttributes"
        ),
        KEY_ID,
    ),
}
_making = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a queue is: AWS region, owner's account id, name."""

    url: str
    region: str
    owner: str
    name: str

    @property
    def arn(self) -> str:
        """The name by which Amazon's destination calls the queue."""
        return f"arn:aws:sqs:{self.region}:{self.owner}:{self.name}"


def read_address(url: str) -> Address | None:
    """The parts of a queue's address; None where it is none of SQS."""
    found = _ADDRESS.fullmatch(url.strip())
    if found is None:
        return None
    return Address(
        url=url.strip(),
        region=found["region"],
        owner=found["owner"],
        name=found["name"],
    )


def installed() -> bool:
    """Whether boto3 is there."""
    return importlib.util.find_spec("boto3") is not None


def of(account: AccountConfig, *, gateway: Gateway) -> Queue | None:
    """The account's queue; None where none is set."""
    address = read_address(str(account.settings.get(QUEUE_URL) or ""))
    if address is None:
        return None
    return Queue(account, address, gateway=gateway)


class Queue:
    """One account's queue; raises only :mod:`stores.errors`."""

    def __init__(
        self, account: AccountConfig, address: Address, *, gateway: Gateway
    ) -> None:
        self._account = account
        self._address = address
        self._gateway = gateway
        self._made: Any = None

    def __repr__(self) -> str:
        return f"Queue({self._address.arn})"

    def receive(self) -> tuple[Notice, ...]:
        """Up to ten messages; they stay on the queue, unseen for a minute."""
        answer = self._client().receive_message(
            QueueUrl=self._address.url,
            MaxNumberOfMessages=BATCH,
            WaitTimeSeconds=0,
            VisibilityTimeout=VISIBILITY,
        )
        return tuple(_notice(row) for row in answer.get("Messages") or ())

    def delete(self, notices: tuple[Notice, ...]) -> None:
        """Take messages off the queue; what SQS could not take off comes again."""
        for start in range(0, len(notices), BATCH):
            rows = [
                {"Id": str(number), "ReceiptHandle": notice.receipt}
                for number, notice in enumerate(notices[start : start + BATCH])
            ]
            self._client().delete_message_batch(
                QueueUrl=self._address.url, Entries=rows
            )

    def waiting(self) -> int:
        """About how many messages wait; what the connection test asks."""
        answer = self._client().get_queue_attributes(
            QueueUrl=self._address.url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        told = answer.get("Attributes") or {}
        counted = str(told.get("ApproximateNumberOfMessages") or "")
        return int(counted) if counted.isdigit() else 0

    def _client(self) -> Any:
        """boto3's client of SQS, its requests led through our gateway."""
        if self._made is None:
            if not installed():
                raise UnsupportedOperationError(NEEDS_BOTO3, code="boto3_missing")
            secret = self._account.secrets.get(SECRET, "")
            key_id = str(self._account.settings.get(KEY_ID) or "")
            if not secret or not key_id:
                raise RejectedError(
                    "The queue can't be read without an AWS access key id and its "
                    "secret: enter both in the account's settings",
                    code="not_configured",
                    field=SECRET if key_id else KEY_ID,
                )
            self._made = self._make(key_id, secret)
        return self._made

    def _make(self, key_id: str, secret: str) -> Any:
        config = importlib.import_module("botocore.config").Config(
            retries={"total_max_attempts": 1},
            ignore_configured_endpoint_urls=True,
            parameter_validation=False,
        )
        sandbox = self._account.sandbox_url
        with _making:
            client = _session().client(
                "sqs",
                region_name=self._address.region,
                aws_access_key_id=key_id,
                aws_secret_access_key=secret,
                endpoint_url=f"{sandbox}/sqs" if sandbox else None,
                config=config,
            )
        client.meta.events.register("before-send.sqs", self._send)
        return client

    def _send(self, request: Any, **_: Any) -> Any:
        """boto3's hook 'before-send': what it returns counts as the answer."""
        headers = {
            name: value.decode() if isinstance(value, bytes) else str(value)
            for name, value in request.headers.items()
        }
        operation = headers.get("X-Amz-Target", "").rpartition(".")[2]
        call = Call(
            operation=f"sqs{operation}",
            method=request.method,
            url=request.url,
            data=request.body,
            headers=headers,
        )

        def classify(answer: Answer) -> None:
            if answer.status >= 300:
                raise _refused(answer, call)

        answer = self._gateway.send(call, classify=classify)
        awsrequest = importlib.import_module("botocore.awsrequest")
        return awsrequest.AWSResponse(
            request.url, answer.status, dict(answer.headers), _Body(answer.body)
        )


@functools.cache
def _session() -> Any:
    """One session per process, not for two threads at once.

    It holds no key; what it has read of AWS's models makes further clients cheap.
    """
    return importlib.import_module("boto3").session.Session()


class _Body(io.BytesIO):
    """An answer's body as botocore reads one."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """The whole body at once."""
        yield self.getvalue()


def _notice(row: Mapping[str, Any]) -> Notice:
    """A message as a notice; one that we can't read still has to leave the queue."""
    message_id = str(row.get("MessageId") or "")
    topic, notification_id, order_id, at = "", "", "", None
    try:
        body = json.loads(row.get("Body") or "")
        topic = fields.text(body, "NotificationType", "")
        metadata = fields.obj(body, "NotificationMetadata", "")
        notification_id = fields.text(metadata, "NotificationId", "")
        at = fields.moment(body, "EventTime", "")
        payload = fields.obj(body, "Payload", "")
        change = fields.obj(payload, "OrderChangeNotification", "Payload.")
        order_id = fields.text(change, "AmazonOrderId", "Payload.")
    except (ValueError, AttributeError):
        pass  # a test by hand, or something new: who knows it looks by itself
    return Notice(
        dedupe_key=(notification_id or message_id)[:100],
        topic=topic[:60],
        receipt=str(row.get("ReceiptHandle") or ""),
        happened_at=_not_later(at),
        order_remote_id=order_id,
    )


def _not_later(at: datetime | None) -> datetime | None:
    """A message's time, unless it lies in the future."""
    return at if at is not None and at <= clock.now() else None


def _refused(answer: Answer, call: Call) -> RemoteError:
    """The error that a refusal of SQS means; never one about the seller's access."""
    try:
        body = answer.json()
    except RemoteError:
        body = {}
    named = str(body.get("__type") or "") if isinstance(body, dict) else ""
    code = named.rpartition("#")[2].removeprefix("AWS.SimpleQueueService.")
    facts: dict[str, Any] = {
        "code": code or str(answer.status),
        "status": answer.status,
    }
    if answer.status >= 500 or code in {"RequestThrottled", "ThrottlingException"}:
        return TransientError(
            f"{call.operation}: SQS answered {answer.status} {code}".rstrip(), **facts
        )
    if code in _REFUSALS:
        said, field = _REFUSALS[code]
        return RejectedError(f"SQS refuses our queue: {said}", field=field, **facts)
    error = error_for_status(answer, call, code=code)
    if isinstance(error, RejectedError | OutcomeUnknownError | TransientError):
        return error
    return RejectedError(
        f"SQS refuses our queue ({answer.status} {code}): check the AWS key and what it "
        "may do",
        field=KEY_ID,
        **facts,
    )
