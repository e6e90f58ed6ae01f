"""Who knew when: the moments of a cancellation, system by system; pure.

Every moment stands there, also what is not known, with the reason why not: the table is
what a merchant shows where a marketplace or a buyer disputes who was late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from orders.knew_when_facts import Heard, Known

# A message of the marketplace this long before we read the order is why we read it.
BY_MESSAGE = timedelta(minutes=2)
_STOPS = ("hold", "cancel")
_STOPPED = ("on_hold", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One row: when, in which system's time, and what is known of it.

    ``minutes`` since the moment before it that is known, ``since_said`` since the
    marketplace said it; None where either is unknown. ``at`` None: ``text`` says why.
    ``typed``: a person's own words, for the screen alone.
    """

    code: str
    label: str
    system: str
    at: datetime | None
    text: str = ""
    typed: str = ""
    minutes: float | None = None
    since_said: float | None = None


def knew_when(known: Known) -> list[Moment]:
    """The moments of the latest cancellation, in their order; [] where there is none."""
    start = _start(known.heard)
    if start is None:
        return []
    sent = _sent(known, start)
    moments = [
        _said_there(known, start),
        _heard_here(known, start),
        _wanted(known, start),
        sent,
        _confirmed(known, start, sent),
        _label(known),
        *_decided(known, start),
        _answered(known, start),
        *_ended(known, start),
    ]
    return _with_gaps(moments)


def _start(heard: Sequence[Heard]) -> Heard | None:
    """Where the latest cancellation begins: asked for, or there without a request."""
    start: Heard | None = None
    for line in sorted(heard, key=lambda line: line.at):
        if line.verb == "cancel_requested":
            start = line
        elif line.verb == "cancel_withdrawn":
            continue
        elif _cancels(line) and (start is None or _withdrawn_since(heard, start, line)):
            start = line
    return start


def _cancels(line: Heard) -> bool:
    if line.verb == "line_cancelled":
        return True
    became = line.text.casefold().rpartition(" became ")[2]
    return line.verb == "status" and became.startswith(("cancel", "closed"))


def _withdrawn_since(heard: Sequence[Heard], start: Heard, line: Heard) -> bool:
    return any(
        other.verb == "cancel_withdrawn" and start.at <= other.at <= line.at
        for other in heard
    )


def _said_there(known: Known, start: Heard) -> Moment:
    what = start.text
    if start.happened is None:
        return Moment(
            code="said",
            label="Marketplace said",
            system=known.marketplace,
            at=None,
            text=f"{what}. Unknown when: it gives no time of its own",
        )
    return Moment(
        code="said",
        label="Marketplace said",
        system=known.marketplace,
        at=start.happened,
        text=f"{what}. Its own time of the order's last change",
    )


def _heard_here(known: Known, start: Heard) -> Moment:
    since = max(start.happened or start.at - BY_MESSAGE, start.at - BY_MESSAGE)
    sent = [moment for moment in known.messages if since <= moment <= start.at]
    text = "By our regular reading (poll)"
    if sent:
        seconds = round((start.at - max(sent)).total_seconds())
        text = f"By a message (webhook), and read {seconds} s after it"
    return Moment(
        code="heard", label="We heard", system="shipsync", at=start.at, text=text
    )


def _wanted(known: Known, start: Heard) -> Moment:
    """The decision to stop it, made from what was heard."""
    for line in _after(known.heard, start.at, "decided"):
        return Moment(
            code="wanted",
            label="Hold wanted",
            system="shipsync",
            at=line.at,
            text=line.text,
        )
    return Moment(
        code="wanted",
        label="Hold wanted",
        system="shipsync",
        at=None,
        text="Unknown: no decision is kept since we heard",
    )


def _sent(known: Known, start: Heard) -> Moment:
    tries = sorted(
        (
            x
            for x in known.tried
            if x.operation in _STOPS and x.at >= start.at and x.target != "new"
        ),
        key=lambda x: x.at,
    )
    if not tries:
        why = "Not sent: nothing of it was in ShipStation"
        if known.records:
            why = "Not sent: there was nothing open to hold, or not yet"
        return Moment(
            code="sent", label="Hold sent", system="shipsync", at=None, text=why
        )
    first = tries[0]
    where = f"To ShipStation order {first.target}"
    if known.primary is not None and first.target == str(known.primary):
        where += ", into which it was combined"
    if first.outcome != "ok":
        where += f"; answer: {first.refusal or first.outcome}"
    if len(tries) > 1:
        where += f"; {len(tries)} calls in all"
    return Moment(
        code="sent", label="Hold sent", system="shipsync", at=first.at, text=where
    )


def _confirmed(known: Known, start: Heard, sent: Moment) -> Moment:
    """The first read that shows it stopped: the answer of the call proves nothing."""
    for line in _after(known.heard, sent.at or start.at, "record"):
        record, status = _read(line)
        if status in _STOPPED and (not known.records or record in known.records):
            return Moment(
                code="confirmed",
                label="Hold confirmed by re-read",
                system="shipstation",
                at=line.at,
                text=f"ShipStation order {record} read: {status.replace('_', ' ')}",
            )
    return Moment(
        code="confirmed",
        label="Hold confirmed by re-read",
        system="shipstation",
        at=None,
        text="Not seen: no read since shows it on hold or cancelled",
    )


def _read(line: Heard) -> tuple[int, str]:
    """(ShipStation id, status) of a read record; lines kept before had the text alone."""
    if "status" in line.data:
        return int(line.data.get("record") or 0), str(line.data["status"])
    head, _, tail = line.text.removeprefix("ShipStation order ").partition(" read: ")
    status = tail.replace(",", " ").split(" ")[0] if tail else ""
    return (int(head) if head.isdecimal() else 0), status


def _label(known: Known) -> Moment:
    bought = sorted(known.labels, key=lambda label: label.bought_at)
    if not bought:
        text = "None known"
        if known.parcels_read_at is None:
            text = "Unknown: ShipStation's labels were never read"
        else:
            text += (
                f"; all labels up to {known.parcels_read_at:%d %b %H:%M} UTC were read"
            )
        return Moment(
            code="label", label="Label bought", system="shipstation", at=None, text=text
        )
    first = bought[0]
    text = first.tracking or "without tracking"
    if known.primary is not None and first.record == known.primary:
        text += ", on the order that it was combined into"
    if first.voided_at is not None:
        text += ", voided since"
    if len(bought) > 1:
        text += f"; {len(bought)} labels in all"
    return Moment(
        code="label",
        label="Label bought",
        system="shipstation",
        at=first.bought_at,
        text=text,
    )


def _decided(known: Known, start: Heard) -> list[Moment]:
    words = [word for word in known.said if word.at >= start.at]
    if not words:
        return [
            Moment(
                code="decided",
                label="Decided",
                system="you",
                at=None,
                text="By nobody yet",
            )
        ]
    return [
        Moment(
            code="decided",
            label="Decided",
            system="you",
            at=word.at,
            text=f"{word.what}, by {word.by}",
            typed=word.reason,
        )
        for word in sorted(words, key=lambda word: word.at)
    ]


def _answered(known: Known, start: Heard) -> Moment:
    calls = [x for x in known.tried if x.operation == "answer" and x.at >= start.at]
    if not calls:
        return Moment(
            code="answered",
            label="Answered at the marketplace",
            system=known.marketplace,
            at=None,
            text="Not by us: no call of ours told it",
        )
    good = [x for x in calls if x.outcome == "ok"]
    first = min(good or calls, key=lambda x: x.at)
    text = (
        "It took our answer" if good else f"Not taken: {first.refusal or first.outcome}"
    )
    return Moment(
        code="answered",
        label="Answered at the marketplace",
        system=known.marketplace,
        at=first.finished_at or first.at,
        text=text,
    )


def _ended(known: Known, start: Heard) -> list[Moment]:
    """What became of the request there, where it is another line than its start."""
    for line in sorted(known.heard, key=lambda line: line.at):
        if line is start or line.at < start.at:
            continue
        if line.verb == "cancel_withdrawn" or _cancels(line):
            return [
                Moment(
                    code="ended",
                    label="Marketplace shows",
                    system=known.marketplace,
                    at=line.happened or line.at,
                    text=line.text,
                )
            ]
    return []


def _after(heard: Sequence[Heard], moment: datetime, verb: str) -> list[Heard]:
    found = [line for line in heard if line.verb == verb and line.at >= moment]
    return sorted(found, key=lambda line: line.at)


def _with_gaps(moments: list[Moment]) -> list[Moment]:
    """In order of time, what is unknown behind all that it would follow; with minutes."""
    place = datetime.min.replace(tzinfo=UTC)
    placed: list[tuple[datetime, Moment]] = []
    for moment in moments:
        placed.append((moment.at or place, moment))
        place = max(place, placed[-1][0])
    said, before = moments[0].at, None
    result: list[Moment] = []
    for _place, moment in sorted(placed, key=lambda row: row[0]):
        since = said if moment.code != "said" else None
        result.append(
            replace(
                moment,
                minutes=_minutes(before, moment.at),
                since_said=_minutes(since, moment.at),
            )
        )
        before = moment.at or before
    return result


def _minutes(before: datetime | None, after: datetime | None) -> float | None:
    if before is None or after is None:
        return None
    return round((after - before).total_seconds() / 60, 1)
