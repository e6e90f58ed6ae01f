"""'Where is my order?': a situation, a sentence and a reply for each; no database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from orders.tracking_links import tracking_link
from orders.whereabouts import situation_of, whereabouts
from orders.whereabouts_facts import Asked, Parcel, Refund, Situation, Waiting
from orders.whereabouts_replies import reply_to

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
DAY = timedelta(days=1)
ORDER = "205-1234567-1234567"
# Words that are ours alone, and none of a buyer's business.
OURS = ("ShipStation", "shipsync", "case", "hold", "queue", "SKU", "stage")


def parcel(**facts: Any) -> Parcel:
    values: dict[str, Any] = {
        "carrier": "Royal Mail",
        "number": "JD0001",
        "link": "https://www.royalmail.com/track-your-item#/tracking-results/JD0001",
        "labelled_at": NOW - DAY,
        "ship_date": date(2026, 11, 22),
        "told": True,
        "units": 2,
    }
    return Parcel(**(values | facts))


def asked(**facts: Any) -> Asked:
    values: dict[str, Any] = {
        "number": ORDER,
        "marketplace": "Amazon",
        "now": NOW,
        "ordered_at": NOW - 2 * DAY,
        "status": "open",
        "stage": "in_shipstation",
        "why": "In ShipStation",
        "ship_by": NOW + DAY,
        "deliver_by": NOW + 4 * DAY,
        "units": 2,
    }
    return Asked(**(values | facts))


def waits(kind: str = "cancel_requested", label: str = "Buyer asks to cancel") -> Any:
    return (Waiting(kind=kind, label=label, team="CS", deadline=NOW + DAY, case=7),)


FRESH = parcel(told=False, labelled_at=NOW - timedelta(hours=1), ship_date=NOW.date())
OLD = parcel(labelled_at=NOW - 20 * DAY, ship_date=date(2026, 11, 3))
SAID: tuple[tuple[Situation, Asked, str, str], ...] = (
    (
        Situation.NOT_PAID,
        asked(status="pending", stage="waiting"),
        "payment is pending",
        "has not confirmed the payment yet",
    ),
    (
        Situation.NOT_ACCEPTED,
        asked(status="waiting_acceptance", stage="waiting"),
        "waits to be accepted",
        "is being checked",
    ),
    (
        Situation.NOT_PACKED,
        asked(),
        "Not packed yet",
        "is being prepared. It leaves us by Tuesday, 24 November.",
    ),
    (
        Situation.OVERDUE,
        asked(ship_by=NOW - DAY),
        "Late",
        "should have left us by Sunday, 22 November",
    ),
    (
        Situation.ON_HOLD,
        asked(stage="held", why="Held by somebody", cases=waits("held", "On hold")),
        "Held by somebody",
        "There is a question about your order",
    ),
    (
        Situation.ADDRESS,
        asked(cases=waits("address_not_verified", "Address")),
        "something is wrong with the address",
        "With it by Tuesday, 24 November we can still send it in time.",
    ),
    (
        Situation.OUT_OF_STOCK,
        asked(short=("TEAPOT",)),
        "Not on the shelf: TEAPOT",
        "can't be found in our warehouse",
    ),
    (
        Situation.ASKED_TO_CANCEL,
        asked(cancel="asked", stage="held", cases=waits()),
        "has no label",
        "we have stopped it",
    ),
    (
        Situation.ASKED_TOO_LATE,
        asked(cancel="asked", parcels=(parcel(),), cases=waits()),
        "after the label was bought (Royal Mail JD0001)",
        "can't promise that it can still be stopped",
    ),
    (
        Situation.CANCELLED,
        asked(cancel="cancelled", status="cancelled"),
        "Cancelled; nothing was sent.",
        "is cancelled, and nothing was sent.",
    ),
    (
        Situation.CANCELLED_ON_ITS_WAY,
        asked(cancel="cancelled", parcels=(parcel(),)),
        "a parcel has a label",
        "please refuse it or send it back",
    ),
    (
        Situation.REFUND_DUE,
        asked(
            cancel="cancelled",
            refund=Refund(done=False, by_marketplace=True, due=NOW + 3 * DAY),
        ),
        "Cancelled",
        "Amazon is giving your money back, by Thursday, 26 November at the latest.",
    ),
    (
        Situation.REFUNDED,
        asked(cancel="cancelled", refund=Refund(done=True, by_marketplace=False)),
        "the money was given back",
        "your money was given back",
    ),
    (
        Situation.LABELLED,
        asked(parcels=(FRESH,)),
        "not seen by the carrier yet",
        "waits for the carrier to collect it",
    ),
    (
        Situation.LEFT,
        asked(parcels=(parcel(),)),
        "It has left with Royal Mail JD0001.",
        "It should reach you by Friday, 27 November.",
    ),
    (
        Situation.PARTLY_LEFT,
        asked(parcels=(parcel(units=1),)),
        "A part has left",
        "The rest follows. It leaves us by Tuesday, 24 November.",
    ),
    (
        Situation.MAYBE_LATE,
        asked(parcels=(OLD,), deliver_by=NOW - 5 * DAY),
        "its time to arrive is over",
        "We can't see from here whether it was delivered.",
    ),
    (
        Situation.MARKETPLACE_SHIPS,
        asked(not_ours=True),
        "Amazon ships this order itself",
        "only Amazon can see where it is",
    ),
)


@pytest.mark.parametrize(("situation", "facts", "stands", "reply"), SAID)
def test_each_situation_is_told(
    situation: Situation, facts: Asked, stands: str, reply: str
) -> None:
    found = whereabouts(facts)
    text = reply_to(facts, zone="Europe/London")

    assert found.situation is situation
    assert stands in found.stands
    assert found.next
    assert reply in text
    assert ORDER in text
    assert text.startswith("Hello,\n\n")
    assert "{" not in text
    assert "\n\n\n" not in text


@pytest.mark.parametrize(("situation", "facts", "stands", "reply"), SAID)
def test_a_reply_holds_no_word_of_our_own(
    situation: Situation, facts: Asked, stands: str, reply: str
) -> None:
    text = reply_to(facts).replace("holds", "")
    assert not [word for word in OURS if f" {word}" in text]


def test_every_situation_has_its_row() -> None:
    assert {row[0] for row in SAID} == set(Situation)


def test_the_buyer_is_named_only_where_revealed() -> None:
    assert reply_to(asked(), name="Ada Byron").startswith("Hello Ada Byron,")


def test_a_day_that_has_passed_is_promised_to_nobody() -> None:
    facts = asked(stage="held", ship_by=NOW - DAY, parcels=(parcel(units=1),))
    assert "It leaves us by" not in reply_to(facts)


def test_several_parcels_stand_one_by_one_with_what_else_is_in_them() -> None:
    facts = asked(
        parcels=(
            parcel(units=1),
            parcel(number="JD0002", units=1, link="", others=("205-2", "205-3")),
        )
    )
    text = reply_to(facts)

    assert situation_of(facts) is Situation.LEFT
    assert "Parcel 1 of 2: Royal Mail, tracking number JD0001" in text
    assert "Parcel 2 of 2: Royal Mail, tracking number JD0002" in text
    assert "It also holds: 205-2, 205-3" in text
    assert text.count("royalmail.com") == 1


def test_a_parcel_without_a_number_says_so() -> None:
    assert "without a tracking number" in reply_to(asked(parcels=(parcel(number=""),)))


def test_a_label_for_tomorrow_has_not_left() -> None:
    tomorrow = parcel(told=False, ship_date=NOW.date() + DAY)
    assert situation_of(asked(parcels=(tomorrow,))) is Situation.LABELLED


def test_what_comes_next_names_whose_move_it_is_and_by_when() -> None:
    found = whereabouts(asked(cancel="asked", cases=waits()))

    assert found.next == "CS decides: buyer asks to cancel"
    assert found.by == NOW + DAY


@pytest.mark.parametrize(
    ("carrier", "number", "link"),
    [
        ("ups", "1Z 9", "https://www.ups.com/track?tracknum=1Z%209"),
        ("snail_mail", "X1", ""),
        ("royal_mail", "", ""),
    ],
)
def test_only_carriers_that_we_know_have_a_page(
    carrier: str, number: str, link: str
) -> None:
    assert tracking_link(carrier, number) == link
