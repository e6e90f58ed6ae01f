"""The picking half of decide(): what a packer did not find on the shelf."""

from __future__ import annotations

from orders.decide_answer import cancel_as_seller
from orders.deciding import OPEN_STATUSES, Deciding
from orders.facts import Operation, Priority, ShortFacts, fingerprint


def decide_short(d: Deciding) -> bool:
    """Hold an order that lacks units; True while that decides its way.

    It ends when a packer or a person found them, when all has left after all, or when
    the marketplace no longer wants them.
    """
    short = [x for x in d.s.shorts if _missing(d, x)]
    d.found.update(x.id for x in d.s.shorts if x not in short)
    if not short:
        return False
    cause = short_cause(short, part=bool(d.live_shipments))
    word = d.s.decision(cause)
    if word is not None and word.verb == "ship_rest":
        return False
    if word is not None and word.verb == "cancel_market" and cancel_as_seller(d, cause):
        _hold(d)
        return True
    what = ", ".join(f"{x.units} × {x.sku}" for x in short)
    d.case(
        "not_on_shelf",
        cause,
        f"Not on the shelf: {what}{_costs(short)}",
        deadline=d.s.market.ship_by,
        sku=", ".join(x.sku for x in short),
        units=sum(x.units for x in short),
        whole=_whole(d, short),
    )
    if d.shipped and not d.rest:
        return False  # the rest has left: there is nothing to be held
    _hold(d)
    d.stage, d.why = "held", f"Held: {what} not on the shelf"
    return True


def short_cause(short: list[ShortFacts], *, part: bool) -> str:
    """Names what is missing; once a part has left, it is to be decided anew."""
    return fingerprint("short", part, *sorted((x.sku, x.units, x.id) for x in short))


def _missing(d: Deciding, short: ShortFacts) -> bool:
    """Whether it still lacks them: not found since, still wanted, not shipped yet."""
    word = max(
        (w for w in d.s.decisions if w.verb == "found"),
        key=lambda w: w.at,
        default=None,
    )
    if word is not None and word.at >= short.at:
        return False
    wanted = {line.id: line.wanted for line in d.s.lines if line.sku == short.sku}
    if any(shipment.lines is None for shipment in d.live_shipments):
        return False
    sent = sum(
        units
        for shipment in d.live_shipments
        for line_id, units in shipment.lines or ()
        if line_id in wanted
    )
    return sent < sum(wanted.values())


def _whole(d: Deciding, short: list[ShortFacts]) -> bool:
    """Whether nothing of the order can be shipped."""
    units = {x.sku: x.units for x in short}
    return all(
        units.get(line.sku, 0) >= line.wanted for line in d.s.lines if line.wanted
    )


def _hold(d: Deciding) -> None:
    for record in d.rest:
        if record.status in OPEN_STATUSES:
            d.write(Operation.HOLD, record, Priority.STOP)
        elif record.status == "on_hold":
            d.renew_hold(record)


def _costs(short: list[ShortFacts]) -> str:
    """What it costs to leave it: its worth, and who else waits for the same goods."""
    worth = [x.worth for x in short]
    known = [x for x in worth if x is not None]
    text = ""
    if known and len(known) == len(worth):
        text = f"; worth {sum(known):,.2f} {short[0].currency}".rstrip()
    others = sum(x.wanted_by for x in short)
    if others:
        plural = "s want" if others > 1 else " wants"
        text += f"; {others} other open order{plural} the same"
    return text
