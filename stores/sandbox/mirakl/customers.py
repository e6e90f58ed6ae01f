"""What customers and the operator's service do to orders: cancel, write, move house.

There is no request to cancel at Mirakl: a wish is a message or an incident, and
cancellations just happen. Sheet, section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stores.sandbox.core import ControlError
from stores.sandbox.mirakl.lifecycle import has_left
from stores.sandbox.mirakl.operators import reason_of
from stores.sandbox.mirakl.orders import DEAD, LEFT, SHIPPING, Line, Order, Thread

if TYPE_CHECKING:
    from stores.sandbox.mirakl.world import World

Json = dict[str, Any]

_ADDRESS_FIELDS = (
    *("street_1", "street_2", "zip_code", "city", "state", "country_iso_code"),
    "additional_info",
)
_NAME_FIELDS = ("firstname", "lastname", "company", "phone")
HOWS = ("request", "withdrawn", "cancelled", "line")


class Customers:
    """Plays them in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def cancel(self, spec: Mapping[str, Any]) -> Json:
        """Play ``{order_id, how, via?, line_id?, quantity?, reason?}``.

        There is no request to cancel at Mirakl: ``request`` is a message of the customer
        or (``via: incident``) an incident on a line; the rest just happens.
        """
        order, now = self.world.order(spec), self.world.advance()
        how = str(spec.get("how", "request"))
        match how:
            case "request":
                self._must_be_open(order)
                if order.asked:
                    raise ControlError(409, f"{order.order_id}: was asked already")
                self._ask(order, str(spec.get("via", "message")), now, spec)
            case "withdrawn":
                if not order.asked:
                    raise ControlError(409, f"{order.order_id}: nobody asked to cancel")
                self._withdraw(order, now)
            case "cancelled":
                self._must_be_open(order)
                if has_left(order):
                    raise ControlError(409, f"{order.order_id}: a part has left")
                self._cancel(order, now, str(spec.get("reason") or ""))
            case "line":
                if order.state in (*DEAD, *LEFT):
                    raise ControlError(409, f"{order.order_id} is {order.state}")
                self._cancel_line(order, now, spec)
            case _:
                raise ControlError(400, f"how={how!r}: one of {', '.join(HOWS)}")
        return {
            "order_id": order.order_id,
            "status": order.state,
            "cancel": cancel_word(order),
        }

    def change_address(self, spec: Mapping[str, Any]) -> Json:
        """Play ``{order_id, …}``: Mirakl's address fields, first and last name."""
        order, now = self.world.order(spec), self.world.advance()
        self._must_be_open(order)
        chosen = spec.get("fields", spec)
        changes = {n: str(chosen[n] or "") for n in _ADDRESS_FIELDS if n in chosen}
        order.address.update(changes)
        for name in _NAME_FIELDS:
            if name in chosen:
                changes[name] = str(chosen[name] or "")
                setattr(order, name, changes[name])
        if not changes:
            raise ControlError(
                400,
                "no address field; there are: "
                + ", ".join((*_NAME_FIELDS, *_ADDRESS_FIELDS)),
            )
        self.world.book.touch(order, now)
        self.world.record(
            "address_changed", order.order_id, changes, fields=sorted(changes)
        )
        return {"order_id": order.order_id, "address": order.address}

    def _must_be_open(self, order: Order) -> None:
        if order.state in (*DEAD, *LEFT):
            raise ControlError(409, f"{order.order_id} is {order.state}")

    def end_late(self, order: Order, how: str, now: int) -> None:
        """A late cancellation is due, if the order is still there to be stopped."""
        if order.state in DEAD or has_left(order) or order.asked:
            return
        if how == "request":
            self._ask(order, "message", now, {})
        elif how == "line":
            self._cancel_line(order, now, {})
        else:
            self._cancel(order, now, "")

    def _ask(self, order: Order, via: str, now: int, spec: Mapping[str, Any]) -> None:
        operator = self.world.operators[order.operator]
        if via == "incident":
            if order.state != SHIPPING:
                raise ControlError(
                    409, f"{order.order_id} is {order.state}: no incident"
                )
            line = self._line(order, spec)
            line.incident = reason_of(operator, "INCIDENT_OPEN")
        elif via == "message":
            text = str(
                spec.get("text") or "Please cancel my order, I no longer need it."
            )
            self.write(order, "ORDER_MESSAGING", text, now)
        else:
            raise ControlError(400, f"via={via!r}: message or incident")
        order.asked = via
        self.world.book.touch(order, now)
        self.world.record("cancel_requested", order.order_id, by="CUSTOMER", via=via)

    def _withdraw(self, order: Order, now: int) -> None:
        if order.asked == "incident":
            for line in order.lines:
                line.incident = ""
        else:
            self.write(order, "", "I have changed my mind, please send it.", now)
        order.asked = ""
        self.world.book.touch(order, now)
        self.world.record("withdrawn", order.order_id)

    def write(self, order: Order, kind: str, text: str, now: int) -> None:
        """The customer writes: into the newest thread, or a new one with a reason."""
        operator = self.world.operators[order.operator]
        if order.threads and not kind:
            thread = order.threads[-1]
        else:
            thread = Thread(
                id=f"{order.order_id}-T{len(order.threads) + 1}",
                topic=reason_of(operator, kind or "ORDER_MESSAGING"),
                kind="REASON_CODE",
                created=now,
                updated=now,
                messages=[],
            )
            order.threads.append(thread)
        thread.messages.append(("CUSTOMER", text, now))
        thread.updated = now

    def _cancel(self, order: Order, now: int, reason: str) -> None:
        operator = self.world.operators[order.operator]
        reason = reason or reason_of(operator, "CANCELATION", 2)
        self.world.life.cancel_all(order, now, reason)
        self.world.record("cancelled", order.order_id, by="OPERATOR", reason=reason)

    def _cancel_line(self, order: Order, now: int, spec: Mapping[str, Any]) -> None:
        operator = self.world.operators[order.operator]
        line = self._line(order, spec)
        left = line.wanted - line.sent
        quantity = int(spec.get("quantity") or left)
        if not 1 <= quantity <= left:
            raise ControlError(400, f"quantity={quantity}: {left} are left")
        whole = quantity == line.wanted
        reason = str(spec.get("reason") or reason_of(operator, "CANCELATION", 2))
        self.world.life.cancel_line(
            order,
            line,
            now,
            quantity=quantity,
            amount=line.amount_left if whole else line.unit_price * quantity,
            shipping=line.shipping_left if whole else 0,
            reason=reason,
        )
        self.world.record(
            "line_cancelled",
            order.order_id,
            by="OPERATOR",
            reason=reason,
            line_id=line.line_id,
            quantity=quantity,
            left=line.wanted,
        )

    def _line(self, order: Order, spec: Mapping[str, Any]) -> Line:
        """The line that is named, or the last open one."""
        wanted = spec.get("line_id")
        found = [
            row
            for row in order.open_lines
            if wanted in (None, row.line_id) and row.sent < row.wanted
        ]
        if not found:
            raise ControlError(404, f"{order.order_id} has no open line {wanted!r}")
        return found[-1]


def cancel_word(order: Order) -> str:
    """Where a cancellation stands: none, requested or cancelled."""
    if order.state in DEAD:
        return "cancelled"
    return "requested" if order.asked else "none"
