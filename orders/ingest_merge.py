"""One remote order over one of our rows: which facts are newer, and what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar

from orders.models import Order, OrderBuyer, OrderLine, RawBlock
from orders.payload_facts import PAYLOAD_FIELDS, address_json, refresh_payload
from orders.payload_inputs import WHOLE, raw_of
from shipsync_site.lib.digest import json_digest
from shipsync_site.lib.sealed import search_hash
from stores.connectors import CONNECTORS
from stores.models import Store
from stores.remote_types import Block, RemoteLine, RemoteOrder
from stores.rulebook import Rulebook

# Whoever stores facts decides at once; this long after, anybody does.
GRACE = timedelta(seconds=60)


def order_key(store: Store, remote_id: str) -> str:
    """Our deterministic orderKey, at most 50 characters (48 and '~2' later)."""
    key = f"{store.slug}:{remote_id}"
    return key if len(key) <= 48 else f"{store.slug[:15]}:{_short(key)}"


def line_key(store: Store, remote_id: str, line_id: str) -> str:
    """Our deterministic lineItemKey, unique per marketplace line, at most 50."""
    key = f"{store.slug}:{remote_id}:{line_id}"
    return key if len(key) <= 50 else f"{store.slug[:15]}:{_short(key)}"


def purge_date(order: Order, store: Store) -> datetime:
    """When the buyer data of an order must go."""
    delivered = order.deliver_by or order.ship_by
    delivered = delivered or order.ordered_at + timedelta(days=30)
    return delivered + CONNECTORS.get(store.remote_account.marketplace).retention


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:30]


class Merge:
    """Merges one RemoteOrder; the caller saves what it collected."""

    FIELDS: ClassVar[tuple[str, ...]] = (
        "status", "raw_status", "not_ours", "remote_updated_at", "ship_by",
        "deliver_by", "accept_by", "cancel_answer_by", "service_level",
        "delivery_option", "programs", "currency", "total",
        "shipping_price", "country", "postcode_area", "tax_scheme", "ioss_number",
        "unknown_values", "packages", "cancel_seq",
    )  # fmt: skip
    LINE_FIELDS: ClassVar[tuple[str, ...]] = (
        "sku", "title", "quantity", "quantity_fulfilled", "quantity_cancelled",
        "cancel_requested", "cancel_reason", "cancel_doubt", "unit_price", "tax", "ioss_number",
        "tax_scheme", "details", "position",
    )  # fmt: skip
    BUYER_FIELDS: ClassVar[tuple[str, ...]] = (
        "recipient", "contact", "recipient_digest", "name_hash", "email_hash",
        "postcode_hash", "remote_hash", "purge_at", "address_hash",
    )  # fmt: skip

    def __init__(
        self, store: Store, remote: RemoteOrder, order: Order | None, now: datetime
    ) -> None:
        self.store, self.remote, self.now = store, remote, now
        self.created = order is None
        self.order = order or self._new()
        self.order.store = store
        self.lines: list[OrderLine] = list(getattr(self.order, "loaded_lines", []))
        self.buyer: OrderBuyer | None = getattr(self.order, "loaded_buyer", None)
        self.new_lines: list[OrderLine] = []
        self.changed_lines: list[OrderLine] = []
        self.buyer_changed = False
        self.changed = False
        self.payload_changed = False
        self.events: list[dict[str, Any]] = []

    def _new(self) -> Order:
        remote = self.remote
        return Order(
            remote_id=remote.remote_id,
            number=remote.number,
            order_key=order_key(self.store, remote.remote_id),
            ordered_at=remote.ordered_at,
            imported_at=self.now,
            seen_at=self.now,
            next_look_at=self.now + GRACE,
            status=remote.status,
            raw_status=remote.raw_status,
            remote_updated_at=remote.updated_at,
        )

    @property
    def purge_at(self) -> datetime:
        """When buyer data must go: the marketplace's time after delivery."""
        return purge_date(self.order, self.store)

    def known_raw(self, source: str, block: str) -> RawBlock | None:
        """The stored raw block of this kind, without its body."""
        return getattr(self.order, "loaded_raw", {}).get((source, block))

    def run(self) -> None:
        """Merge every block that this answer covers and knows better."""
        remote, order = self.remote, self.order
        order.seen_at = self.now
        steps = {
            Block.STATUS: self._status,
            Block.MONEY: self._money,
            Block.LINES: self._lines,
            Block.CANCELLATION: self._cancellation,
            Block.TAX: self._tax,
            Block.RECIPIENT: self._recipient,
            Block.BUYER: self._buyer,
            Block.PACKAGES: self._packages,
        }
        if self.created:
            self._note("imported", f"Order {remote.number} heard of", remote.ordered_at)
        as_of = dict(order.as_of)
        for block, step in steps.items():
            if block not in remote.blocks:
                continue
            known = as_of.get(block)
            if known is not None and datetime.fromisoformat(known) > remote.as_of:
                continue
            step()
            as_of[block] = remote.as_of.isoformat()
        order.as_of = as_of
        if self.created:
            self.changed = self.payload_changed = True

    @cached_property
    def raw_digest(self) -> str:
        """Tells this answer from the one that is stored."""
        return json_digest(self.remote.raw)

    @property
    def source(self) -> tuple[str, str]:
        """Whose answer this is, and whether it is the whole order or its parcels."""
        whole = Block.RECIPIENT in self.remote.blocks
        return self.store.remote_account.marketplace, "order" if whole else "shipped"

    @property
    def raw_changed(self) -> bool:
        """Whether this answer is to be kept in place of the stored one."""
        known = self.known_raw(*self.source)
        return known is None or not (
            known.digest == self.raw_digest or known.as_of > self.remote.as_of
        )

    def digest(self, book: Rulebook, stored: Mapping[str, Any] | None) -> None:
        """Recompute what we would say to ShipStation, and its problems.

        ``stored``: the whole order as it was read before, for rules that look into it.
        """
        raw = stored
        if self.source[1] == WHOLE and (self.raw_changed or stored is None):
            raw = raw_of(self.remote.raw)
        before = [getattr(self.order, name) for name in PAYLOAD_FIELDS]
        refresh_payload(self.order, self.lines, self.buyer, book, raw)
        self.changed |= before != [getattr(self.order, name) for name in PAYLOAD_FIELDS]

    # --- blocks ------------------------------------------------------------------

    def _set(self, row: Any, payload: bool = False, **values: Any) -> bool:
        touched = False
        for name, value in values.items():
            if getattr(row, name) != value:
                setattr(row, name, value)
                touched = True
        if touched:
            self.changed = True
            self.payload_changed |= payload
        return touched

    def _note(self, verb: str, text: str, happened: datetime | None = None) -> None:
        self.events.append(
            {"verb": verb, "text": text, "happened": happened or self.remote.updated_at}
        )

    def _status(self) -> None:
        remote, order = self.remote, self.order
        if not self.created and order.raw_status != remote.raw_status:
            self._note(
                "status", f"Status {order.raw_status} became {remote.raw_status}"
            )
        self._set(
            order,
            status=remote.status,
            raw_status=remote.raw_status,
            remote_updated_at=remote.updated_at,
            programs=list(remote.programs),
            unknown_values=[list(pair) for pair in remote.unknown_values],
            accept_by=remote.accept_by or order.accept_by,
            delivery_option=remote.delivery_option[:100] or order.delivery_option,
        )
        self._set(
            order,
            payload=True,
            not_ours=remote.not_ours,
            ship_by=remote.ship_by,
            deliver_by=remote.deliver_by,
            service_level=remote.service_level,
        )

    def _money(self) -> None:
        self._set(
            self.order,
            payload=True,
            currency=self.remote.currency,
            total=self.remote.total,
            shipping_price=self.remote.shipping_price,
        )

    def _lines(self) -> None:
        known = {line.remote_id: line for line in self.lines}
        for position, remote in enumerate(self.remote.lines):
            line = known.get(remote.remote_id)
            if line is None:
                line = OrderLine(
                    order=self.order,
                    remote_id=remote.remote_id,
                    line_key=line_key(
                        self.store, self.remote.remote_id, remote.remote_id
                    ),
                )
                self.new_lines.append(line)
                self.lines.append(line)
            touched = self._set(
                line,
                payload=True,
                sku=remote.sku[:100],
                title=remote.title[:500],
                quantity=remote.quantity,
                details={} if self.forgotten else _details(remote),
                position=position,
            )
            said = {"unit_price": remote.unit_price, "tax": remote.tax}
            said = {name: value for name, value in said.items() if value is not None}
            touched |= self._set(line, payload=True, **said)
            if remote.quantity_fulfilled is not None:
                touched |= self._set(line, quantity_fulfilled=remote.quantity_fulfilled)
            if touched:
                self._line_changed(line)

    def _line_changed(self, line: OrderLine) -> None:
        if line not in self.new_lines and line not in self.changed_lines:
            self.changed_lines.append(line)

    def _cancellation(self) -> None:
        """Requests come and go; each new request counts, so that a decision answers
        the one it was made for."""
        remote_lines = {line.remote_id: line for line in self.remote.lines}
        before = {x.remote_id for x in self.lines if x.cancel_requested}
        for line in self.lines:
            remote = remote_lines.get(line.remote_id)
            if remote is None:
                continue
            asked = bool(remote.cancel_requested)
            cancelled = remote.quantity_cancelled or 0
            # A request that is over keeps its reason: the case still tells of it.
            over = not asked and not cancelled
            reason = line.cancel_reason if over else remote.cancel_reason[:300]
            if cancelled > line.quantity_cancelled:
                text = f"{cancelled} of {line.quantity} × {line.sku} cancelled"
                self._note("line_cancelled", text)
            touched = self._set(
                line,
                cancel_requested=asked,
                cancel_reason=reason,
                cancel_doubt=asked and remote.cancel_doubt,
            )
            touched |= self._set(line, payload=True, quantity_cancelled=cancelled)
            if touched:
                self._line_changed(line)
        after = {x.remote_id for x in self.lines if x.cancel_requested}
        known = None if after - before or not after else self.order.cancel_answer_by
        self._set(self.order, cancel_answer_by=self.remote.cancel_answer_by or known)
        if after - before:
            self._set(self.order, cancel_seq=self.order.cancel_seq + 1)
            asked_now = [x for x in self.remote.lines if x.cancel_requested]
            why = ", ".join(sorted({x.cancel_reason for x in asked_now} - {""}))
            doubt = all(x.cancel_doubt for x in asked_now)
            text = (
                "Stopped for a person's word" if doubt else "The buyer asks to cancel"
            )
            self._note("cancel_requested", text + (f": {why}" * bool(why)))
        elif before - after and self.remote.status != "cancelled":
            self._note("cancel_withdrawn", "Nothing asks to cancel it any more")

    def _tax(self) -> None:
        remote_lines = {line.remote_id: line for line in self.remote.lines}
        for line in self.lines:
            remote = remote_lines.get(line.remote_id)
            if remote is not None and self._set(
                line,
                payload=True,
                ioss_number=remote.ioss_number or "",
                tax_scheme=remote.tax_scheme or "",
            ):
                self._line_changed(line)
        numbers = [line.ioss_number for line in self.lines if line.ioss_number]
        schemes = [line.tax_scheme for line in self.lines if line.tax_scheme]
        self._set(
            self.order,
            payload=True,
            ioss_number=numbers[0] if numbers else "",
            tax_scheme=schemes[0] if schemes else "",
        )

    def _recipient(self) -> None:
        recipient = address_json(self.remote.recipient)
        if not recipient:
            return
        buyer = self._buyer_row()
        digest = json_digest(recipient)
        if buyer.recipient_digest == digest or self.forgotten:
            return
        if buyer.recipient_digest:
            self._note("address_changed", "The delivery address was changed")
        address = self.remote.recipient
        buyer.recipient, buyer.recipient_digest = recipient, digest
        buyer.postcode_hash = search_hash(address.postcode if address else "")
        buyer.purge_at = self.purge_at
        self.buyer_changed = self.changed = self.payload_changed = True
        if buyer.corrected_digest:
            return  # a person's address counts; decide() asks which one holds
        country = str(recipient.get("country", ""))
        self._set(
            self.order,
            country=country,
            postcode_area=area(str(recipient.get("postcode", "")), country),
        )

    def _buyer(self) -> None:
        contact = {"name": self.remote.buyer_name, "email": self.remote.buyer_email}
        buyer = self._buyer_row()
        remote_hash = buyer_hash(
            self.store.remote_account.marketplace, self.remote.buyer_id
        )
        known = buyer.contact == contact and remote_hash in ("", buyer.remote_hash)
        if known or self.forgotten or not (any(contact.values()) or remote_hash):
            return
        buyer.contact = contact
        buyer.remote_hash = remote_hash or buyer.remote_hash
        name = self.remote.buyer_name or str(buyer.recipient.get("name", ""))
        buyer.name_hash = search_hash(name)
        buyer.email_hash = search_hash(self.remote.buyer_email)
        buyer.purge_at = self.purge_at
        self.buyer_changed = self.changed = self.payload_changed = True

    @property
    def forgotten(self) -> bool:
        """Whether the buyer was blanked: then nothing of them is taken in again."""
        return self.buyer is not None and self.buyer.purged_at is not None

    def _buyer_row(self) -> OrderBuyer:
        if self.buyer is None:
            self.buyer = OrderBuyer(order=self.order)
        return self.buyer

    def _packages(self) -> None:
        packages = [
            {
                "reference": p.reference,
                "carrier": p.carrier,
                "tracking": p.tracking_number,
            }
            for p in self.remote.packages or ()
        ]
        if self._set(self.order, packages=packages) and packages:
            numbers = ", ".join(p["tracking"] for p in packages)
            self._note("packages", f"The marketplace shows parcels: {numbers}")


def _details(line: RemoteLine) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if line.gift_message:
        details["gift_message"] = line.gift_message
    if line.options:
        details["options"] = [list(option) for option in line.options]
    return details


def buyer_hash(marketplace: str, buyer_id: str) -> str:
    """The keyed hash of a buyer's name or number on a marketplace; '' for none."""
    return search_hash(f"{marketplace}:{buyer_id}") if buyer_id.strip() else ""


def area(postcode: str, country: str) -> str:
    """The part of a postcode that may stay plain: its area, not its street."""
    postcode = postcode.strip().upper()
    if country == "GB":
        return postcode.split(" ")[0][:4] if " " in postcode else postcode[:-3][:4]
    return postcode[:2]
