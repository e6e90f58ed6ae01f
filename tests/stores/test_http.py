from __future__ import annotations

import logging
import socket
import threading
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses

from stores import budgets
from stores.errors import (
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
    UnexpectedAnswerError,
)
from stores.http import Answer, Call, Gateway, error_for_status
from stores.models import CallOutcome, RemoteCall
from stores.remote_types import BudgetSpec

pytestmark = pytest.mark.django_db
URL = "https://peer.example/v1/things"
KEY = "remote-1"
SECRET = "hush-hush-0815"


def call(**changes: Any) -> Call:
    values: dict[str, Any] = {
        "operation": "list_things",
        "method": "GET",
        "url": URL,
        "params": {"buyer": "Jo Example"},
        "headers": {"x-token": SECRET},
    }
    return Call(**(values | changes))


@pytest.fixture
def peer() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def test_an_answer_finishes_the_row(peer: responses.RequestsMock) -> None:
    peer.get(URL, json={"a": 1}, headers={"x-amzn-RequestId": "r-1"})
    opened: list[tuple[str, int]] = []
    gateway = Gateway(KEY, on_open=lambda row: opened.append((row.outcome, row.pk)))

    answer = gateway.send(call(subjects=3))

    row = RemoteCall.objects.get()
    assert answer.json() == {"a": 1}
    assert answer.call == row
    assert opened == [("open", row.pk)]
    assert (row.outcome, row.status, row.request_id) == ("ok", 200, "r-1")
    assert (row.path, row.subjects, row.account) == ("/v1/things", 3, KEY)
    assert row.finished_at is not None
    assert row.duration_ms is not None


@pytest.mark.parametrize(
    ("status", "write", "kind", "outcome"),
    [
        (429, True, ThrottledError, CallOutcome.THROTTLED),
        (500, False, TransientError, CallOutcome.TRANSIENT),
        (503, True, OutcomeUnknownError, CallOutcome.UNKNOWN),
        (401, False, UnauthorisedError, CallOutcome.UNAUTHORISED),
        (403, True, UnauthorisedError, CallOutcome.UNAUTHORISED),
        (400, True, RejectedError, CallOutcome.REJECTED),
        (404, False, RejectedError, CallOutcome.REJECTED),
        (302, False, UnexpectedAnswerError, CallOutcome.UNEXPECTED),
    ],
)
def test_a_status_becomes_an_error_class(
    peer: responses.RequestsMock,
    status: int,
    write: bool,
    kind: type[RemoteError],
    outcome: CallOutcome,
) -> None:
    peer.get(URL, status=status, headers={"Location": "https://elsewhere.example/"})

    with pytest.raises(kind) as caught:
        Gateway(KEY).send(call(write=write))

    row = RemoteCall.objects.get()
    assert caught.value.status == status
    assert (row.outcome, row.status, row.error_code) == (outcome, status, str(status))


def test_the_clients_table_decides_and_the_row_tells(
    peer: responses.RequestsMock,
) -> None:
    peer.post(URL, status=400, json={"code": "Taken"})

    def classify(answer: Answer) -> None:
        raise error_for_status(
            answer, call(), code=answer.json()["code"], text="jo@example.org has it"
        )

    with pytest.raises(RejectedError):
        Gateway(KEY).send(call(method="POST", write=True), classify=classify)

    row = RemoteCall.objects.get()
    assert row.error_code == "Taken"
    assert row.error_text == "list_things: refused (400): …@… has it"


def test_a_bug_in_classify_is_recorded_too(peer: responses.RequestsMock) -> None:
    peer.get(URL)

    def classify(answer: Answer) -> None:
        raise KeyError("oops")

    with pytest.raises(KeyError):
        Gateway(KEY).send(call(), classify=classify)

    assert RemoteCall.objects.get().outcome == CallOutcome.UNEXPECTED


def test_an_empty_budget_sends_and_writes_nothing(peer: responses.RequestsMock) -> None:
    budgets.ensure(KEY, [BudgetSpec(group="g", capacity=1, rate=0.001)])
    peer.get(URL)
    Gateway(KEY).send(call(groups=("g",)))

    with pytest.raises(ThrottledError) as caught:
        Gateway(KEY).send(call(groups=("g",)))

    assert caught.value.ours
    assert len(peer.calls) == RemoteCall.objects.count() == 1


def test_a_429_blocks_the_budget(peer: responses.RequestsMock) -> None:
    budgets.ensure(KEY, [BudgetSpec(group="g", capacity=9, rate=1)])
    peer.get(URL, status=429, headers={"Retry-After": "7"})

    with pytest.raises(ThrottledError) as caught:
        Gateway(KEY).send(call(groups=("g",)))

    (line,) = budgets.left(KEY)
    assert caught.value.retry_after == 7
    assert 6 < line.blocked_for <= 7
    assert line.left == 0


@pytest.mark.parametrize("write", [True, False])
def test_a_refused_connection_sent_nothing(write: bool) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(TransientError, match="nothing was sent") as caught:
        Gateway(KEY).send(call(url=f"http://127.0.0.1:{port}/x", write=write))

    assert caught.value.code == "unreachable"
    assert RemoteCall.objects.get().outcome == CallOutcome.TRANSIENT


@pytest.mark.parametrize(
    ("write", "kind"), [(True, OutcomeUnknownError), (False, TransientError)]
)
@pytest.mark.parametrize(("hang", "code"), [(True, "timeout"), (False, "reset")])
def test_a_lost_answer_leaves_a_write_unknown(
    write: bool, kind: type[RemoteError], hang: bool, code: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        release = threading.Event()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                if hang:
                    release.wait(5)

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        with pytest.raises(kind) as caught:
            Gateway(KEY).send(call(url=url, write=write, timeout=0.3))
        release.set()
        thread.join()

    assert caught.value.code == code
    assert RemoteCall.objects.get().status is None


def test_secrets_and_buyers_stay_out_of_everything(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="stores")
    secret_call = call(
        url="http://127.0.0.1:9/x",
        method="POST",
        json={"name": "Jo Example"},
        auth=("key", SECRET),
        write=True,
    )

    with pytest.raises(TransientError) as caught:
        Gateway(KEY).send(secret_call)

    error = caught.value
    assert error.__context__ is None
    assert error.__cause__ is None
    told = "".join(traceback.format_exception(error)) + repr(secret_call) + caplog.text
    row = RemoteCall.objects.get()
    told += repr({field.name: getattr(row, field.name) for field in row._meta.fields})
    assert SECRET not in told
    assert "Jo Example" not in told
    assert "remote call account=remote-1" in caplog.text


def test_an_answer_keeps_its_body_out_of_its_repr(peer: responses.RequestsMock) -> None:
    peer.get(URL, body=b"<html>Jo Example</html>", headers={"x-session": SECRET})

    answer = Gateway(KEY).send(call())

    assert "Jo" not in repr(answer)
    assert SECRET not in repr(answer)
    with pytest.raises(UnexpectedAnswerError, match="not JSON") as caught:
        answer.json()
    assert caught.value.body == "<html>Jo Example</html>"
    assert caught.value.__context__ is None


def test_no_cookie_and_no_netrc_password_is_sent(
    peer: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests.sessions, "get_netrc_auth", lambda url: ("me", "pw"))
    peer.get(URL, headers={"Set-Cookie": "a=b"})

    Gateway(KEY).send(call())
    Gateway(KEY).send(call())

    sent = peer.calls[1].request.headers
    assert "Cookie" not in sent
    assert "Authorization" not in sent
    assert sent["User-Agent"].startswith("shipsync/")
    assert "Language=Python/" in sent["User-Agent"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_redirect_is_followed_so_that_no_secret_travels_on(
    peer: responses.RequestsMock, status: int, method: str
) -> None:
    elsewhere = "https://stranger.example/things"
    peer.add(method, URL, status=status, headers={"Location": elsewhere})

    with pytest.raises(RemoteError):
        Gateway(KEY).send(call(method=method))

    assert [sent.request.url for sent in peer.calls] == [f"{URL}?buyer=Jo+Example"]
