"""The number that only ShipStation's newer interface can carry: held until it is there.

An order whose store uses that way is created on hold, its number is put and read back,
and only then it is released. v1 replaces whole records and may wipe what v2 wrote, so a
number counts only as read after our last write.
"""

from __future__ import annotations

from orders.decide_asking import ask
from orders.deciding import Deciding
from orders.facts import Operation, Priority, RecordFacts, fingerprint
from orders.tax_schemes import compact


def wants_v2(d: Deciding) -> bool:
    """Whether this order's number goes by the newer interface."""
    return d.p.tax_route == "v2" and bool(d.s.market.rule_number)


def number_waits(d: Deciding, record: RecordFacts) -> bool:
    """Whether the number is still to be put or read back; then that is wanted, or asked.

    A named person's word lets the order go without it.
    """
    if not wants_v2(d) or not record.ours or record.split or d.combined(record):
        return False
    number = compact(d.s.market.rule_number)
    told = record.written_at
    fresh = record.tax_as_of is not None and (told is None or record.tax_as_of >= told)
    if record.tax_number == number and fresh:
        return False
    cause = fingerprint("tax_not_written", record.ss_order_id, number)
    if d.s.decided(cause) == "release":
        return False
    d.why = "Its tax number is not in ShipStation yet"
    if d.in_doubt(record):
        return True
    target, digest = str(record.ss_order_id), fingerprint("tax", number)
    refusal = d.refusal(Operation.TAX, target, digest)
    if refusal is None:
        d.add("shipstation", Operation.TAX, target, Priority.PUSH, digest=digest)
    else:
        ask(
            d,
            "tax_not_written",
            cause,
            f"The tax number is not in ShipStation: {refusal.text or refusal.code}",
            code=refusal.code,
            field=refusal.field,
        )
    return True
