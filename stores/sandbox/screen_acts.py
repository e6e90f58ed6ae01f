"""What the buttons of the sandbox screen do, each answered in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stores.sandbox.core import (
    LEDGER,
    PEERS,
    ControlError,
    Json,
    Peer,
    find_peer,
    status_of,
)
from stores.sandbox.faults import FAULTS, TRANSPORT_FAULTS

Form = Mapping[str, str]

WAREHOUSE = "shipstation"
MAX_ORDERS = 200
CANCELS = {
    "request": "the buyer asks to cancel",
    "withdrawn": "the buyer withdraws the request",
    "line": "one line is cancelled",
    "cancelled": "the whole order is cancelled",
}
_DONE = {
    "request": "The buyer of {id} asks to cancel; the order is {status}.",
    "withdrawn": "The buyer of {id} withdrew the request; the order is {status}.",
    "line": "A line of {id} is cancelled; the order is {status}.",
    "cancelled": "{id} is cancelled; the order is {status}.",
}


def marketplaces() -> list[Peer]:
    """The peers at which buyers place orders."""
    return [
        peer
        for peer in PEERS.values()
        if type(peer).place_orders is not Peer.place_orders
    ]


def outlets() -> list[tuple[str, str]]:
    """Where orders can be placed: what the form sends, and a name for people."""
    found = []
    for peer in marketplaces():
        with peer.lock:
            names = list(peer.outlets())
        if len(names) == 1:
            found.append((peer.code, peer.title))
        else:
            found += [
                (f"{peer.code}:{each}", f"{peer.title}: {each}") for each in names
            ]
    return found


def place(form: Form) -> str:
    """Buyers place orders at one marketplace, perhaps in one of its outlets."""
    code, _, outlet = form.get("channel", "").partition(":")
    peer = find_peer(code)
    count = _number(form, "count", 3, most=MAX_ORDERS)
    spec: Json = {
        "channel": peer.code,
        "count": count,
        "ship_by_hours": _number(form, "ship_by_hours", 48, most=720),
        # The same seed would be the same orders again.
        "seed": len(LEDGER),
        "same_buyer": bool(form.get("same_buyer")),
    }
    with peer.lock:
        if outlet:
            known = peer.outlets()
            if outlet not in known:
                raise ControlError(404, f"{peer.title} has no {outlet!r}")
            spec |= known[outlet]
        ids = peer.place_orders(spec)
    return (
        f"{_many(len(ids), 'order')} placed at {outlet or peer.title}: {_listed(ids)}."
    )


def ask_to_cancel(form: Form) -> str:
    """A buyer asks, or the marketplace cancels; without an id the newest open order."""
    peer = find_peer(form.get("channel", ""))
    how = form.get("how", "request")
    if how not in CANCELS:
        raise ControlError(400, f"how={how!r}: choose one of {', '.join(CANCELS)}")
    with peer.lock:
        order_id = form.get("order_id", "").strip()
        if order_id:
            peer.cancel({"order_id": order_id, "how": how})
        else:
            order_id = _cancel_newest(peer, how)
        view = next(
            (row for row in peer.orders_view() if row.get("order_id") == order_id), {}
        )
    return _DONE[how].format(id=order_id, status=status_of(view))


def move_on(form: Form) -> str:
    """What time or a carrier would do to an order, or to all whom it concerns."""
    code, _, what = form.get("what", "").partition(":")
    peer = find_peer(code)
    if what not in peer.moves:
        raise ControlError(404, f"{peer.title} has no {what!r}")
    spec: Json = {"what": what}
    if order_id := form.get("order_id", "").strip():
        spec["order_id"] = order_id
    with peer.lock:
        moved = peer.control("move_on", spec)["order_ids"]
    if not moved:
        return f"No order at {peer.title} waits for that."
    return f"{peer.title}, {peer.moves[what]}: {_listed(moved)}."


def pay_out(form: Form) -> str:
    """A marketplace pays what was dispatched, perhaps with something wrong in it."""
    peer = find_peer(form.get("channel", ""))
    if not peer.oddities:
        raise ControlError(404, f"{peer.title} pays nobody")
    oddity = form.get("oddity", "")
    spec: Json = {"oddities": [oddity] if oddity else [], "pay": not form.get("later")}
    with peer.lock:
        done = peer.control("payouts", spec)
    made = [
        f"{row['amount']:.2f} {row['currency']} ({row['id']})"
        for row in done["settlements"]
    ]
    said = f"{peer.title} pays {_listed(made)}." if made else ""
    for row in done["planted"]:
        whom = f" ({row['order_id']})" if row["order_id"] else ""
        said += f" In it: {row['meaning']}{whom}."
    if done["not_planted"]:
        said += f" No order fits: {peer.oddities[done['not_planted'][0]]}."
    return said.strip() or f"{peer.title} owes nothing: ship and confirm orders first."


def ship(form: Form) -> str:
    """The warehouse buys labels for named orders, or for the oldest that wait."""
    spec: Json = {
        "mix": not form.get("carrier"),
        "carrier": form.get("carrier") or None,
    }
    numbers = _numbers(form)
    if numbers:
        spec["order_numbers"] = numbers
    else:
        spec |= {"all": True, "limit": _number(form, "limit", 5, most=MAX_ORDERS)}
    done = _warehouse("ship", spec)
    return _shipped(done, "No order waits in ShipStation: nothing to ship.")


def combine(form: Form) -> str:
    """Several orders become one parcel; without numbers the two newest that wait."""
    numbers = _numbers(form) or _newest_waiting(2)
    if len(numbers) < 2:
        raise ControlError(
            409, "Fewer than two orders wait in ShipStation: name two or place more."
        )
    if not form.get("label"):
        view = _warehouse("manual", {"action": "combine", "order_numbers": numbers})
        return (
            f"{_listed(numbers)} are one order now, {view['orderNumber']}, without a "
            "label yet."
        )
    done = _warehouse("ship", {"order_numbers": numbers, "combine": True, "mix": True})
    return f"{_listed(numbers)} combined. {_shipped(done, 'No label was bought.')}"


def void(form: Form) -> str:
    """Void a label; without a tracking number the newest; perhaps print it again."""
    tracking = form.get("tracking", "").strip() or _newest_label()
    if form.get("again"):
        new = _warehouse("relabel", {"tracking": tracking})
        return f"Label {tracking} is void; the new one is {new['trackingNumber']}."
    done = _warehouse("void", {"tracking": tracking})
    return f"Label {tracking} of {_listed(done['voided'])} is void."


def bad_weather(form: Form) -> str:
    """Let a fault loose at one peer, or clear the sky everywhere."""
    if form.get("clear"):
        FAULTS.clear()
        for peer in PEERS.values():
            with peer.lock:
                peer.clear_faults()
        return "Clear sky: no fault is in force at any peer."
    peer = find_peer(form.get("peer", ""))
    fault = form.get("fault", "")
    share = _number(form, "share", 100, most=100)
    count = _number(form, "times", 0, least=0, most=100_000)
    spec: Json = {"peer": peer.code, "fault": fault, "rate": share / 100}
    if count:
        spec["count"] = count
    FAULTS.add(spec)
    if fault not in TRANSPORT_FAULTS:
        return f"{peer.title}: {fault} is in force."
    whom = "every request" if share == 100 else f"{share} % of the requests"
    often = f", {_many(count, 'time')} at most" if count else ", until the sky is clear"
    return f"{peer.title}: {fault} hits {whom}{often}."


ACTS: dict[str, Callable[[Form], str]] = {
    "place": place,
    "cancel": ask_to_cancel,
    "move-on": move_on,
    "pay": pay_out,
    "ship": ship,
    "combine": combine,
    "void": void,
    "weather": bad_weather,
}


def _warehouse(action: str, spec: Json) -> Json:
    peer = find_peer(WAREHOUSE)
    with peer.lock:
        return peer.control(action, spec)


def _shipped(done: Json, nothing: str) -> str:
    labels = [row["trackingNumber"] for row in done["shipped"]]
    left = [f"{row['orderKey']} is {row['reason']}" for row in done["skipped"]]
    said = f"{_many(len(labels), 'label')} bought: {_listed(labels)}." if labels else ""
    if left:
        said += f" Left alone: {_listed(left)}."
    return said.strip() or nothing


def _warehouse_orders(status: str | None = None) -> list[Json]:
    peer = find_peer(WAREHOUSE)
    with peer.lock:
        rows = peer.orders_view()
    return [row for row in rows if status in (None, row["orderStatus"])]


def _newest_waiting(count: int) -> list[str]:
    rows = _warehouse_orders("awaiting_shipment")
    return [str(row["orderNumber"]) for row in rows[-count:]]


def _newest_label() -> str:
    for row in reversed(_warehouse_orders()):
        for label in reversed(row["labels"]):
            if not label["voided"] and not label["test"]:
                return str(label["tracking"])
    raise ControlError(409, "No live label in ShipStation: ship an order first.")


def _cancel_newest(peer: Peer, how: str) -> str:
    """Play it on the newest order that allows it; that order's id."""
    for row in reversed(peer.orders_view()):
        word = str(row.get("cancel") or "none").lower()
        asked = not word.startswith(("none", "cancel"))
        if asked is not (how == "withdrawn"):
            continue
        try:
            peer.cancel({"order_id": row["order_id"], "how": how})
        except ControlError as error:
            if error.status != 409:
                raise
            continue
        return str(row["order_id"])
    raise ControlError(
        409, f"No open order at {peer.title} fits: place one, or give its id."
    )


def _numbers(form: Form) -> list[str]:
    text = form.get("order_numbers", "").replace(",", " ")
    return list(dict.fromkeys(text.split()))


def _number(form: Form, name: str, default: int, *, least: int = 1, most: int) -> int:
    text = form.get(name, "").strip()
    if not text:
        return default
    if not text.isdigit() or not least <= int(text) <= most:
        raise ControlError(
            400, f"{name.replace('_', ' ')}={text!r}: a number from {least} to {most}"
        )
    return int(text)


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _listed(texts: list[str]) -> str:
    shown = ", ".join(texts[:3])
    return f"{shown} and {len(texts) - 3} more" if len(texts) > 3 else shown
