"""Which ShipStation records are this order: the one that counts, its parts, its parcel."""

from __future__ import annotations

from orders.deciding import Deciding
from orders.facts import RecordFacts, fingerprint
from orders.matching import Likeness, Sign

# By whether ShipStation's own connection runs the order.
_DOUBLED = {False: "duplicate_in_shipstation", True: "direct_arrived_twice"}


def find_records(d: Deciding) -> None:
    """Set ``current``, ``parts`` and ``lost``; say where there are more than one.

    ``parts``: every record from which goods of this order could still be packed, the
    primary of a combine included. ``current``: the one that stands for the order; where
    none lives, the last that did.
    """
    own = sorted(d.own, key=lambda r: r.ss_order_id)
    live = [r for r in own if not r.gone and r.absorbed_by is None]
    active = [r for r in live if r.status != "cancelled"]
    absorbed = [r for r in own if r.absorbed_by is not None]
    primaries: list[RecordFacts] = []
    for ss_order_id in sorted({r.absorbed_by for r in absorbed if r.absorbed_by}):
        primary = d.record(ss_order_id)
        if primary is not None and not primary.gone and primary not in active:
            primaries.append(primary)
    d.parts = [*active, *(p for p in primaries if p.status != "cancelled")]
    roots = _roots(active)
    ids = [r.ss_order_id for r in (*roots, *beside(d))]
    if roots and len(ids) > 1:
        d.case(
            _DOUBLED[d.direct],
            fingerprint(*ids),
            "This order is in ShipStation more than once: "
            + ", ".join(str(x) for x in ids),
            deadline=d.s.market.ship_by,
        )
    _strangers(d, bool(d.parts))
    if roots:
        d.current = roots[0]
    elif primaries:
        d.current = primaries[-1]
    elif absorbed and not any(r.ss_order_id > absorbed[-1].ss_order_id for r in own):
        d.lost = absorbed[-1]
    else:
        d.current = own[-1] if own else None


def _strangers(d: Deciding, pushed: bool) -> None:
    """Somebody else's record of the same number beside ours: two parcels may leave."""
    ids = [r.ss_order_id for r in beside(d)]
    if not pushed or not ids:
        return
    d.case(
        _DOUBLED[d.direct],
        fingerprint("beside", *ids),
        "Beside ours, ShipStation has somebody else's order with this number: "
        + ", ".join(str(x) for x in ids),
        deadline=d.s.market.ship_by,
    )


def beside(d: Deciding) -> list[RecordFacts]:
    """Records of our number that somebody made beside ours without being asked."""
    others = [
        r for r in d.s.records if r.candidate and not r.gone and r.status != "cancelled"
    ]
    # A record that is alike without the number is another order of the same buyer.
    others = [r for r in others if r.likeness is None or _named(r.likeness)]
    ids = sorted(r.ss_order_id for r in others)
    if d.s.decided(fingerprint("already", *ids)) == "push_beside":
        return []
    return sorted(others, key=lambda r: r.ss_order_id)


def _named(likeness: Likeness) -> bool:
    return likeness.proved or Sign.NUMBER in likeness.agrees


def _roots(active: list[RecordFacts]) -> list[RecordFacts]:
    """Those that are no part of another: more than one means the order is doubled."""
    ids = {r.ss_order_id for r in active}
    parents: set[int] = set()
    roots = []
    for record in active:
        if record.parent_id in ids:
            continue
        if record.parent_id is not None:
            # Siblings whose parent has gone: the first stands for all of them.
            if record.parent_id in parents:
                continue
            parents.add(record.parent_id)
        roots.append(record)
    return roots
