"""Who knew when: each moment with its time, or why it has none; no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orders.knew_when import Moment, knew_when
from orders.knew_when_facts import Heard, Known, Label, Said, Tried

T = datetime(2026, 11, 22, 16, 2, 11, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


ASKED = Heard(
    verb="cancel_requested", at=at(89), happened=T, text="The buyer asks to cancel"
)
WANTED = Heard(verb="decided", at=at(90), text="Held: the buyer asked to cancel")
SEEN_HELD = Heard(
    verb="record",
    at=at(92),
    text="ShipStation order 501 read: on_hold, as asked",
    data={"record": 501, "status": "on_hold"},
)
HELD = Tried(
    operation="hold",
    at=at(91),
    target="501",
    outcome="ok",
    finished_at=at(91.4),
)


def known(**changes: Any) -> Known:
    values: dict[str, Any] = {
        "marketplace": "amazon",
        "heard": (ASKED, WANTED, SEEN_HELD),
        "tried": (HELD,),
        "records": (501,),
        "parcels_read_at": at(600),
    }
    return Known(**(values | changes))


def by_code(moments: list[Moment]) -> dict[str, Moment]:
    return {moment.code: moment for moment in moments}


def test_the_whole_chain_stands_in_order_with_its_minutes() -> None:
    moments = knew_when(
        known(
            said=(Said(at=at(3600), by="mia", what="Cancel it", reason="Agreed"),),
            tried=(
                HELD,
                Tried(operation="answer", at=at(3660), target="x", outcome="ok"),
            ),
        )
    )

    assert [moment.code for moment in moments] == [
        "said",
        "heard",
        "wanted",
        "sent",
        "confirmed",
        "label",
        "decided",
        "answered",
    ]
    found = by_code(moments)
    assert found["heard"].since_said == 1.5
    assert found["confirmed"].at == at(92)
    assert found["decided"].text == "Cancel it, by mia"
    assert found["decided"].typed == "Agreed"
    assert found["answered"].minutes == 1.0
    assert found["label"].text == (
        "None known; all labels up to 22 Nov 16:12 UTC were read"
    )


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ((), "poll"),
        ((at(86),), "webhook"),
        ((at(-5),), "poll"),
    ],
)
def test_how_we_heard(messages: tuple[datetime, ...], said: str) -> None:
    assert said in by_code(knew_when(known(messages=messages)))["heard"].text


def test_a_label_bought_before_anybody_said_a_word_comes_first() -> None:
    label = Label(bought_at=at(-600), tracking="JD1", record=501)
    first, *_rest = knew_when(known(labels=(label,)))

    assert (first.code, first.text) == ("label", "JD1")
    assert first.since_said == -10.0


def test_what_nobody_did_yet_stands_behind_what_was_heard() -> None:
    label = Label(bought_at=at(-10), tracking="JD1", record=501)
    codes = [moment.code for moment in knew_when(known(labels=(label,), tried=()))]

    assert codes == [
        "label",
        "said",
        "heard",
        "wanted",
        "sent",
        "confirmed",
        "decided",
        "answered",
    ]


def test_what_is_unknown_says_so() -> None:
    found = by_code(
        knew_when(
            known(
                heard=(Heard(verb="cancel_requested", at=at(0), text="Asked"),),
                tried=(),
                records=(),
                parcels_read_at=None,
            )
        )
    )

    assert found["said"].at is None
    assert "Unknown when" in found["said"].text
    assert found["wanted"].text.startswith("Unknown")
    assert found["sent"].text == "Not sent: nothing of it was in ShipStation"
    assert found["confirmed"].text.startswith("Not seen")
    assert found["label"].text.startswith("Unknown")
    assert found["decided"].text == "By nobody yet"
    assert found["answered"].text.startswith("Not by us")
    assert all(moment.minutes is None for moment in found.values())


def test_in_a_combine_the_primary_is_held_read_and_labelled() -> None:
    held = Tried(operation="hold", at=at(91), target="777", outcome="ok")
    read = Heard(
        verb="record",
        at=at(95),
        text="ShipStation order 777 read: on_hold",
        data={"record": 777, "status": "on_hold"},
    )
    found = by_code(
        knew_when(
            known(
                heard=(ASKED, WANTED, read),
                tried=(held,),
                records=(501, 777),
                primary=777,
                labels=(Label(bought_at=at(400), tracking="JD7", record=777),),
            )
        )
    )

    assert "777, into which it was combined" in found["sent"].text
    assert found["confirmed"].at == at(95)
    assert found["label"].text == "JD7, on the order that it was combined into"


def test_a_read_of_another_record_confirms_nothing() -> None:
    other = Heard(
        verb="record", at=at(95), text="", data={"record": 9, "status": "on_hold"}
    )
    found = by_code(knew_when(known(heard=(ASKED, WANTED, other))))

    assert found["confirmed"].at is None


def test_lines_kept_before_are_read_by_their_text() -> None:
    old = Heard(
        verb="record", at=at(95), text="ShipStation order 501 read: on_hold, as asked"
    )
    assert by_code(knew_when(known(heard=(ASKED, old))))["confirmed"].at == at(95)


def test_a_refused_hold_says_how_it_was_answered() -> None:
    refused = Tried(
        operation="hold",
        at=at(91),
        target="501",
        outcome="locked",
        refusal="The order is shipped",
    )
    found = by_code(knew_when(known(heard=(ASKED, WANTED), tried=(refused,))))

    assert "The order is shipped" in found["sent"].text
    assert found["confirmed"].at is None


@pytest.mark.parametrize(
    ("heard", "start"),
    [
        ((ASKED,), "cancel_requested"),
        (
            (
                Heard(
                    verb="status",
                    at=at(1),
                    happened=T,
                    text="Status UNSHIPPED became CANCELLED",
                ),
            ),
            "became CANCELLED",
        ),
        (
            (Heard(verb="line_cancelled", at=at(1), text="1 of 2 × TEE cancelled"),),
            "1 of 2",
        ),
    ],
)
def test_where_it_begins(heard: tuple[Heard, ...], start: str) -> None:
    assert knew_when(Known(marketplace="amazon", heard=heard))


def test_an_order_that_nobody_cancels_has_no_table() -> None:
    placed = Heard(verb="imported", at=T, text="Order 1 heard of")
    assert knew_when(Known(marketplace="amazon", heard=(placed,))) == []


def test_a_request_that_was_withdrawn_and_made_again_counts_anew() -> None:
    gone = Heard(verb="cancel_withdrawn", at=at(500), text="Nothing asks any more")
    again = Heard(
        verb="cancel_requested", at=at(900), happened=at(880), text="Asks again"
    )
    found = by_code(knew_when(known(heard=(ASKED, WANTED, SEEN_HELD, gone, again))))

    assert found["said"].at == at(880)
    assert found["sent"].at is None


def test_what_the_marketplace_shows_in_the_end_is_the_last_row() -> None:
    ended = Heard(
        verb="status",
        at=at(7000),
        happened=at(6990),
        text="Status UNSHIPPED became CANCELLED",
    )
    last = knew_when(known(heard=(ASKED, WANTED, SEEN_HELD, ended)))[-1]

    assert (last.label, last.at) == ("Marketplace shows", at(6990))
