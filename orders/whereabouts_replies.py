"""A reply for the buyer in plain words, by how the order stands; pure.

It says what is known and nothing more: no delivery is promised that nobody has seen, and
no word that is ours alone (hold, case, ShipStation). To be read before it is sent.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from orders.whereabouts import situation_of
from orders.whereabouts_facts import Asked, Parcel, Situation

# Paragraphs; what is not known leaves its part of a sentence out, or the paragraph.
_REPLIES: dict[Situation, tuple[str, ...]] = {
    Situation.NOT_PAID: (
        (
            "Your order {number} has reached us, but {marketplace} has not confirmed the "
            "payment yet. As soon as it does, we pack it."
        ),
        "You can see the state of the payment in your account there.",
    ),
    Situation.NOT_ACCEPTED: (
        (
            "Your order {number} has reached us and is being checked. You will hear from "
            "{marketplace} as soon as it is confirmed."
        ),
    ),
    Situation.NOT_PACKED: (
        (
            "Your order {number} is being prepared.{leaves} You get the tracking number "
            "as soon as it is on its way."
        ),
    ),
    Situation.OVERDUE: (
        (
            "Your order {number} should have left us{by_ship_by} and has not yet. We are "
            "sorry for the trouble."
        ),
        (
            "We are looking into it now, and you get the tracking number as soon as it "
            "is on its way. If you would rather not wait, tell us, and we cancel it."
        ),
    ),
    Situation.ON_HOLD: (
        (
            "There is a question about your order {number} that we are clearing up before "
            "we send it.{leaves}"
        ),
    ),
    Situation.ADDRESS: (
        (
            "We could not confirm the delivery address of your order {number}, so it has "
            "not left yet."
        ),
        (
            "Please send us the full address: name, street and number, postcode, town "
            "and country.{in_time}"
        ),
    ),
    Situation.OUT_OF_STOCK: (
        (
            "Something of your order {number} can't be found in our warehouse. We are "
            "sorry for the trouble."
        ),
        (
            "We are checking whether we can still send it. Would you rather wait, or "
            "have it cancelled and get your money back?"
        ),
    ),
    Situation.ASKED_TO_CANCEL: (
        (
            "We have your request to cancel your order {number}, and we have stopped it: "
            "it does not leave us until this is decided."
        ),
        "You will hear from {marketplace} as soon as it is.",
    ),
    Situation.ASKED_TOO_LATE: (
        (
            "We have your request to cancel your order {number}. It came after the parcel "
            "was made ready, so we can't promise that it can still be stopped."
        ),
        "{parcels}",
        (
            "Should it reach you all the same, you can refuse it or send it back, and we "
            "return your money."
        ),
    ),
    Situation.CANCELLED: ("Your order {number} is cancelled, and nothing was sent.",),
    Situation.CANCELLED_ON_ITS_WAY: (
        (
            "Your order {number} is cancelled. A parcel had been made ready by then, and "
            "we are stopping it or having it come back."
        ),
        "{parcels}",
        (
            "Should it reach you, please refuse it or send it back: you do not have to "
            "pay for it."
        ),
    ),
    Situation.REFUND_DUE: (
        "Your order {number} is cancelled, and nothing was sent.",
        (
            "{refunds} your money back{by_refund}. Depending on how you paid it takes a "
            "few days until you see it."
        ),
    ),
    Situation.REFUNDED: (
        (
            "Your order {number} is cancelled, and your money was given back. Depending "
            "on how you paid it takes a few days until you see it."
        ),
    ),
    Situation.LABELLED: (
        "Your order {number} is packed and waits for the carrier to collect it.",
        "{parcels}",
        (
            "The number shows something as soon as the carrier has it, usually within a "
            "day."
        ),
    ),
    Situation.LEFT: (
        "Your order {number} is on its way to you.",
        "{parcels}",
        "{arrives}",
    ),
    Situation.PARTLY_LEFT: (
        "Your order {number} comes in more than one parcel. A part is on its way:",
        "{parcels}",
        "The rest follows.{leaves}",
    ),
    Situation.MAYBE_LATE: (
        (
            "Your order {number} left us, and should have reached you{by_deliver_by}. We "
            "are sorry for the trouble."
        ),
        "{parcels}",
        (
            "We can't see from here whether it was delivered. Please look at the "
            "carrier's page, and ask your neighbours; if it is not there, tell us, and we "
            "take it up with the carrier."
        ),
    ),
    Situation.MARKETPLACE_SHIPS: (
        (
            "{marketplace} ships your order {number} from its own warehouse, so only "
            "{marketplace} can see where it is. You find it in your account there under "
            "your orders."
        ),
    ),
}


def reply_to(asked: Asked, *, name: str = "", zone: str = "UTC") -> str:
    """The whole message; days are those of ``zone``. ``name``: only where revealed."""
    values = _values(asked, ZoneInfo(zone))
    said = [text.format(**values) for text in _REPLIES[situation_of(asked)]]
    greeting = f"Hello {name}," if name else "Hello,"
    return "\n\n".join([greeting, *filter(None, said), "Kind regards"])


def _values(asked: Asked, zone: ZoneInfo) -> dict[str, str]:
    refund = asked.refund
    ship_by = _day(asked.ship_by, zone)
    deliver_by = _day(asked.deliver_by, zone)
    by_market = refund is not None and refund.by_marketplace
    return {
        "number": asked.number,
        "marketplace": asked.marketplace,
        "parcels": _parcels(asked),
        "leaves": _if(ship_by, " It leaves us by {}.") if _ahead(asked) else "",
        "by_ship_by": _if(ship_by, " by {}"),
        "by_deliver_by": _if(deliver_by, " by {}") or " by now",
        "in_time": _if(ship_by, " With it by {} we can still send it in time.")
        if _ahead(asked)
        else "",
        "arrives": _if(deliver_by, "It should reach you by {}."),
        "refunds": f"{asked.marketplace} is giving" if by_market else "We are giving",
        "by_refund": _if(
            _day(refund.due if refund else None, zone), ", by {} at the latest"
        ),
    }


def _ahead(asked: Asked) -> bool:
    """Whether its day to leave is still to come: a past one is promised to nobody."""
    return asked.ship_by is not None and asked.now < asked.ship_by


def _if(text: str, sentence: str) -> str:
    return sentence.format(text) if text else ""


def _day(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%A, %-d %B}" if moment else ""


def _parcels(asked: Asked) -> str:
    """A line for each parcel: carrier, number, and its page where we know it."""
    count = len(asked.parcels)
    return "\n".join(
        (f"Parcel {index} of {count}: " if count > 1 else "") + _parcel(parcel)
        for index, parcel in enumerate(asked.parcels, start=1)
    )


def _parcel(parcel: Parcel) -> str:
    text = f"{parcel.carrier}, tracking number {parcel.number}"
    if not parcel.number:
        text = f"{parcel.carrier}, without a tracking number"
    if parcel.link:
        text += f"\n{parcel.link}"
    if parcel.others:
        text += f"\nIt also holds: {', '.join(parcel.others)}"
    return text
