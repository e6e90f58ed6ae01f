"""A seller's own SQS queue, which Amazon fills: AWS's JSON protocol as boto3 speaks it.

Standard queues: at least once, in no promised order, a message that was received stays
unseen for a while and comes again until it is deleted. Requests are signed with AWS
Signature Version 4, which is checked to the bit; the signature's time is real, so its
age is not. Times are Unix milliseconds of business time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from django.http import HttpRequest, HttpResponse

Json = dict[str, Any]

PATH = "sqs"
KEY_ID, SECRET = "AKIADEMODEMODEMODEMO", "demo-aws-secret"
REGION = "eu-west-1"
MOST = 10
DEFAULT_VISIBILITY = 30
_ALGORITHM = "AWS4-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    rf"{_ALGORITHM} Credential=(?P<key>[^/]+)/(?P<day>\d{{8}})/(?P<region>[^/]+)"
    r"/sqs/aws4_request, SignedHeaders=(?P<headers>[a-z0-9;-]+), "
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


class SqsError(Exception):
    """A refusal: ``{"__type", "message"}``."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(slots=True, kw_only=True)
class Message:
    """One message; ``receipts`` are the handles that were given out for it."""

    id: str
    body: str
    visible: int
    received: int = 0
    receipts: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Queue:
    """One standard queue of an AWS account."""

    region: str
    owner: str
    name: str
    messages: list[Message] = field(default_factory=list)

    @property
    def arn(self) -> str:
        """The queue's name in AWS."""
        return f"arn:aws:sqs:{self.region}:{self.owner}:{self.name}"


class Sqs:
    """All queues, and the one key that may read them."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """No queues."""
        self._serial = 0
        self.queues: dict[str, Queue] = {}

    def create(self, arn: str) -> Queue:
        """The queue of this name, made where it is not there."""
        parts = arn.split(":")
        if len(parts) != 6 or not arn.startswith("arn:aws:sqs:"):
            raise ValueError(
                f"{arn!r} is no arn of a queue: arn:aws:sqs:region:id:name"
            )
        _, _, _, region, owner, name = parts
        return self.queues.setdefault(arn, Queue(region=region, owner=owner, name=name))

    def put(self, arn: str, body: Json, visible: int) -> None:
        """A message that can be received from a moment on."""
        self._serial += 1
        made = hashlib.sha256(f"message:{self._serial}".encode()).hexdigest()
        self.queues[arn].messages.append(
            Message(id=f"{made[:8]}-{made[8:12]}-{made[12:16]}-{made[16:20]}-{made[20:32]}",
                body=json.dumps(body, ensure_ascii=False), visible=visible)
        )  # fmt: skip

    def handle(self, request: HttpRequest, now: int) -> HttpResponse:
        """Answer a request."""
        target = request.headers.get("X-Amz-Target", "")
        calls: dict[str, Callable[[Queue, Json, int], Json]] = {
            "AmazonSQS.ReceiveMessage": self._receive,
            "AmazonSQS.DeleteMessage": self._delete,
            "AmazonSQS.DeleteMessageBatch": self._delete_batch,
            "AmazonSQS.GetQueueAttributes": self._attributes,
        }
        try:
            region = check_signature(request)
            if target not in calls:
                raise SqsError(400, "UnknownOperationException", f"{target} is unknown")
            body = _body(request)
            return _json(200, calls[target](self._queue(body, region), body, now))
        except SqsError as error:
            return _json(
                error.status,
                {"__type": f"com.amazonaws.sqs#{error.code}", "message": error.message},
            )

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "serial": self._serial,
            "queues": [asdict(queue) for queue in self.queues.values()],
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.clear()
        self._serial = state["serial"]
        for row in state["queues"]:
            messages = [Message(**each) for each in row["messages"]]
            queue = Queue(**{**row, "messages": messages})
            self.queues[queue.arn] = queue

    def _queue(self, body: Json, region: str) -> Queue:
        parts = urlsplit(str(body.get("QueueUrl") or "")).path.strip("/").split("/")
        if len(parts) == 2:
            found = self.queues.get(f"arn:aws:sqs:{region}:{parts[0]}:{parts[1]}")
            if found is not None:
                return found
        raise SqsError(400, "QueueDoesNotExist", "The specified queue does not exist.")

    def _receive(self, queue: Queue, body: Json, now: int) -> Json:
        most = body.get("MaxNumberOfMessages", 1)
        if not isinstance(most, int) or not 1 <= most <= MOST:
            raise SqsError(
                400, "InvalidParameterValue", "MaxNumberOfMessages: 1 to 10."
            )
        unseen = int(body.get("VisibilityTimeout", DEFAULT_VISIBILITY)) * 1000
        rows: list[Json] = []
        for message in queue.messages:
            if message.visible > now or len(rows) == most:
                continue
            self._serial += 1
            message.received += 1
            message.visible = now + unseen
            receipt = hashlib.sha256(f"receipt:{self._serial}".encode()).hexdigest()
            message.receipts.append(receipt)
            digest = hashlib.md5(message.body.encode(), usedforsecurity=False)
            rows.append(
                {
                    "MessageId": message.id,
                    "ReceiptHandle": receipt,
                    "MD5OfBody": digest.hexdigest(),
                    "Body": message.body,
                }
            )
        return {"Messages": rows} if rows else {}

    def _delete(self, queue: Queue, body: Json, now: int) -> Json:
        self._take_off(queue, str(body.get("ReceiptHandle") or ""))
        return {}

    def _delete_batch(self, queue: Queue, body: Json, now: int) -> Json:
        entries = body.get("Entries")
        if not isinstance(entries, list) or not 1 <= len(entries) <= MOST:
            raise SqsError(400, "EmptyBatchRequest", "1 to 10 entries are needed.")
        for entry in entries:
            self._take_off(queue, str(entry.get("ReceiptHandle") or ""))
        return {"Successful": [{"Id": str(entry.get("Id"))} for entry in entries]}

    def _attributes(self, queue: Queue, body: Json, now: int) -> Json:
        ready = sum(message.visible <= now for message in queue.messages)
        return {
            "Attributes": {
                "ApproximateNumberOfMessages": str(ready),
                "ApproximateNumberOfMessagesNotVisible": str(
                    len(queue.messages) - ready
                ),
                "QueueArn": queue.arn,
            }
        }

    @staticmethod
    def _take_off(queue: Queue, receipt: str) -> None:
        # An old handle deletes as well: whoever received it once may say 'done'.
        queue.messages = [row for row in queue.messages if receipt not in row.receipts]


def check_signature(request: HttpRequest) -> str:
    """The region that a request was signed for; raises SqsError."""
    found = _AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
    moment = request.headers.get("X-Amz-Date", "")
    if found is None or not moment:
        raise SqsError(403, "MissingAuthenticationToken", "Request is not signed.")
    if found["key"] != KEY_ID:
        raise SqsError(
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        )
    names = found["headers"].split(";")
    canonical = "\n".join(
        [
            request.method or "",
            quote(request.path, safe="/-_.~"),
            request.META.get("QUERY_STRING", ""),
            *(f"{name}:{_header(request, name)}" for name in names),
            "",
            found["headers"],
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    scope = f"{found['day']}/{found['region']}/sqs/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join([_ALGORITHM, moment, scope, hashed])
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    if "host" not in names or not hmac.compare_digest(signature, found["signature"]):
        raise SqsError(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you "
            "provided.",
        )
    return found["region"]


def _header(request: HttpRequest, name: str) -> str:
    return " ".join(request.headers.get(name, "").split())


def _body(request: HttpRequest) -> Json:
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise SqsError(400, "SerializationException", "The body is not a JSON object.")
    return body


def _json(status: int, body: Json) -> HttpResponse:
    return HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status=status,
        content_type="application/x-amz-json-1.0",
    )
