"""What must hold of any world once the weather is fine: the peers' word against ours.

Each rule is a function over a :class:`World`; a broken one is a :class:`Problem` with
the number of the order that it is about. The rules take nothing from decide().
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from orders.models import CaseState, Decision, Order, OrderException
from shipsync_site.soak.faults.channel import Channel, Json, Told

LABELS = ("label", "mark_shipped")
OPEN = ("awaiting_shipment", "awaiting_payment", "pending_fulfillment")
# A case of these kinds says that something is late or odd, not why it stands still.
NOT_A_REASON = ("overdue", "payload_warning", "address_not_verified")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """A rule that does not hold; ``number`` is '' where no order is meant."""

    rule: str
    number: str
    text: str

    def __str__(self) -> str:
        where = f" {self.number}" if self.number else ""
        return f"[{self.rule}]{where}: {self.text}"


@dataclass(kw_only=True)
class World:
    """Both peers' word and our tables, read once. ``markets``: views by channel."""

    ledger: list[Json]
    shipstation: list[Json]
    markets: Mapping[str, list[Json]]
    channels: Mapping[str, Channel]
    placed: Mapping[str, tuple[str, Json]]
    counts: Counter[str] = field(default_factory=Counter)

    @cached_property
    def orders(self) -> dict[str, Order]:
        """Our orders by the marketplace's number."""
        rows = Order.objects.select_related("store").prefetch_related("lines")
        return {order.remote_id: order for order in rows}

    @cached_property
    def cases(self) -> dict[str, set[str]]:
        """Kinds of the open cases by order that say why it stands still."""
        found: dict[str, set[str]] = defaultdict(set)
        rows = OrderException.objects.filter(state=CaseState.OPEN, order__isnull=False)
        for number, kind in rows.values_list("order__remote_id", "kind"):
            if kind not in NOT_A_REASON:
                found[number].add(kind)
        return found

    @cached_property
    def verbs(self) -> dict[str, Counter[str]]:
        """What people decided, by order and verb."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for number, verb in Decision.objects.values_list("order__remote_id", "verb"):
            found[number][verb] += 1
        return found

    @cached_property
    def malformed(self) -> set[str]:
        """Orders that could not be read, by the case that says so."""
        rows = OrderException.objects.filter(kind="order_malformed")
        return {str(row.context.get("remote_id")) for row in rows}

    @cached_property
    def views(self) -> dict[str, tuple[Channel, Json]]:
        """The marketplace's own view of each order, with its channel."""
        return {
            str(view["order_id"]): (self.channels[code], view)
            for code, rows in self.markets.items()
            for view in rows
        }

    @cached_property
    def records(self) -> dict[str, list[Json]]:
        """ShipStation's own records by order number."""
        found: dict[str, list[Json]] = defaultdict(list)
        for row in self.shipstation:
            found[row["orderNumber"]].append(row)
        return found

    @cached_property
    def shipstation_rows(self) -> list[Json]:
        """ShipStation's ledger."""
        return [row for row in self.ledger if row["peer"] == "shipstation"]

    @cached_property
    def numbers(self) -> dict[int, set[str]]:
        """Every number whose goods are in a record, itself and what it absorbed."""
        found: dict[int, set[str]] = defaultdict(set)
        for row in self.shipstation_rows:
            found[row["orderId"]].add(row["orderNumber"])
            for absorbed in row.get("mergedIds") or ():
                found[row["orderId"]] |= found[absorbed]
            if row["operation"] == "split":
                found[row["childId"]] |= found[row["orderId"]]
        return found

    @cached_property
    def typed_in(self) -> set[int]:
        """Records that people made in ShipStation."""
        rows = [row for row in self.shipstation_rows if row["operation"] == "create"]
        return {row["orderId"] for row in rows if row.get("via") == "ui"}

    @cached_property
    def deleted(self) -> set[str]:
        """Numbers of which somebody deleted a record in ShipStation."""
        rows = [row for row in self.shipstation_rows if row["operation"] == "delete"]
        return set().union(*(self.numbers[row["orderId"]] for row in rows))

    @cached_property
    def labels(self) -> dict[str, Json]:
        """Every label and mark-as-shipped row by its tracking."""
        rows = self.shipstation_rows
        return {row["tracking"]: row for row in rows if row["operation"] in LABELS}

    def holders(self, label: Json) -> set[str]:
        """Whose goods are in a parcel: by its line keys, else by its record."""
        inside = self.numbers[label["orderId"]]
        keys = [str(key) for key in label.get("lines") or ()]
        named = {n for n in inside if any(f":{n}:" in key for key in keys)}
        return named or inside

    @cached_property
    def voided(self) -> set[str]:
        """The trackings that were voided."""
        rows = self.shipstation_rows
        return {row["tracking"] for row in rows if row["operation"] == "void"}

    @cached_property
    def told(self) -> list[Told]:
        """Every confirmation that a marketplace accepted, oldest first."""
        rows = []
        for row in self.ledger:
            channel = self.channels.get(row["peer"])
            told = channel.told(row) if channel else None
            if told is not None:
                rows.append(told)
        return rows

    def explained(self, number: str) -> bool:
        """Whether an open case says why this order stands as it does."""
        return bool(self.cases.get(number))

    def stopped(self, number: str) -> bool:
        """Whether somebody said that its parcel stays here or comes back."""
        return OrderException.objects.filter(
            order__remote_id=number, resolution="stopped_cancel"
        ).exists()

    def decided(self, number: str, *verbs: str) -> bool:
        """Whether somebody took one of these decisions about the order."""
        return any(self.verbs[number][verb] for verb in verbs)


def imported(w: World) -> Iterator[Problem]:
    """No order is lost: what is to be shipped is in our tables, or in a case."""
    for number, (channel, view) in w.views.items():
        wish = w.placed.get(number, ("", {}))[1]
        if channel.standing(view) != "open" or channel.own_shipping(wish):
            continue
        if number not in w.orders and number not in w.malformed:
            yield Problem(
                rule="lost", number=number, text="to be shipped, but not in our tables"
            )


def pushed(w: World) -> Iterator[Problem]:
    """What is to be shipped is in ShipStation, or somebody was asked."""
    for number, (channel, view) in w.views.items():
        order = w.orders.get(number)
        if order is None or order.not_ours or channel.standing(view) != "open":
            continue
        if channel.cancel(view) != "none" or w.explained(number):
            continue
        if number in _in_shipstation(w):
            continue
        if w.decided(number, "accept", "cancel"):
            continue
        if number in w.deleted and order.closed_at is None and order.next_look_at:
            continue  # nothing tells of it; the look before its ship-by does
        yield Problem(
            rule="lost",
            number=number,
            text=f"to be shipped, but not in ShipStation ({order.stage}: {order.why})",
        )


def _in_shipstation(w: World) -> set[str]:
    found: set[str] = set()
    for row in w.shipstation:
        found |= w.numbers[row["orderId"]]
    return found


def doubled(w: World) -> Iterator[Problem]:
    """Nobody's order was created twice in ShipStation, unless a person wanted that.

    One that somebody deleted there makes room for another.
    """
    gone = {
        row["orderId"] for row in w.shipstation_rows if row["operation"] == "delete"
    }
    created: dict[str, set[int]] = defaultdict(set)
    for row in w.shipstation_rows:
        if row.get("via") == "ui":
            continue
        if row["operation"] == "create":
            created[row["orderNumber"]].add(row["orderId"])
        elif row["operation"] == "equal_update":
            w.counts["equal upserts"] += 1
    for number, ids in created.items():
        wanted = w.verbs[number]["retry"] + w.verbs[number]["push_beside"]
        if len(ids - gone) > 1 + wanted:
            text = f"created as {sorted(ids - gone)}"
            yield Problem(rule="doubled", number=number, text=text)
        if number not in w.views:
            yield Problem(rule="doubled", number=number, text="nobody ordered it")
    w.counts["created in ShipStation"] = sum(map(len, created.values()))


def confirmations(w: World) -> Iterator[Problem]:
    """Only an order's own parcels were told, each once, with their carrier."""
    seen: dict[tuple[str, str], Told] = {}
    for told in w.told:
        label = w.labels.get(told.tracking)
        if label is None or told.number not in w.holders(label):
            whose = sorted(w.holders(label)) if label else "nobody"
            yield Problem(
                rule="tracking",
                number=told.number,
                text=f"was told {told.tracking}, which is the parcel of {whose}",
            )
            continue
        channel = w.views[told.number][0]
        wanted = channel.carriers.get(label["carrier"])
        # Marked as shipped by hand, it carries the name that somebody chose.
        named = wanted is None and label["operation"] == "mark_shipped"
        if told.carrier != wanted and not named:
            yield Problem(
                rule="carrier",
                number=told.number,
                text=f"{told.tracking} of {label['carrier']} was told as "
                f"{told.carrier!r}; expected {wanted!r}",
            )
        first = seen.setdefault((told.number, told.tracking), told)
        if first is not told and not w.decided(told.number, "retry"):
            yield Problem(
                rule="told twice",
                number=told.number,
                text=f"{told.tracking} was told in rows {first.sequence} "
                f"and {told.sequence}",
            )
    w.counts["parcels told"] = len(seen)


def parcels(w: World) -> Iterator[Problem]:
    """Every parcel that stands was told, or somebody was asked."""
    if OrderException.objects.filter(cause__startswith="parcel:").exists():
        return  # one that no page could hold is skipped, and a person has it
    told = {(row.number, row.tracking) for row in w.told}
    for tracking, label in w.labels.items():
        if tracking in w.voided:
            continue
        for number in sorted(w.holders(label)):
            found = w.views.get(number)
            if found is None or (number, tracking) in told or w.explained(number):
                continue
            order = w.orders.get(number)
            if order is None or order.not_ours or order.store.state != "live":
                continue
            if found[0].standing(found[1]) == "cancelled":
                continue  # can't be told; that it was shipped is another rule's
            if w.decided(number, "accept"):
                continue
            if label["orderId"] in w.typed_in and w.decided(number, "push_beside"):
                continue  # somebody said that it is another order's
            if _was_elsewhere(w, number, label):
                continue
            yield Problem(
                rule="parcel",
                number=number,
                text=f"{tracking} was never told ({order.stage}: {order.why})",
            )


def _was_elsewhere(w: World, number: str, label: Json) -> bool:
    """Whether this number came into the record only after the label was bought."""
    for row in w.shipstation_rows:
        if row["sequence"] >= label["sequence"] and row["orderId"] == label["orderId"]:
            if row["operation"] != "merge":
                continue
            later = set().union(*(w.numbers[x] for x in row["mergedIds"]))
            return number in later and number != label["orderNumber"]
    return False


def cancellations(w: World) -> Iterator[Problem]:
    """What is cancelled, or asked to be, is stopped or before a person."""
    for number, (channel, view) in w.views.items():
        standing = channel.standing(view)
        if channel.cancel(view) == "none" and standing != "cancelled":
            continue
        if standing == "shipped":
            continue  # told before it was asked, or shipped all the same: below
        w.counts["cancels"] += 1
        if w.explained(number):
            continue
        if w.decided(number, "ship_anyway", "accept", "confirm") or w.stopped(number):
            continue
        for record in w.records[number]:
            if record["orderStatus"] in OPEN:
                yield Problem(
                    rule="cancelled",
                    number=number,
                    text=f"{record['orderId']} is {record['orderStatus']} and no case",
                )
            live = [x["tracking"] for x in record["labels"] if _counts(x)]
            if live:
                yield Problem(
                    rule="cancelled",
                    number=number,
                    text=f"{record['orderId']} has the label {live[0]} and no case",
                )


def _counts(label: Json) -> bool:
    return not (label["voided"] or label["isReturnLabel"] or label["test"])


def facts(w: World) -> Iterator[Problem]:
    """What we believe of open orders is what their marketplace says."""
    for number, order in w.orders.items():
        found = w.views.get(number)
        if found is None or order.closed_at is not None:
            continue
        if number in w.malformed:
            continue  # what came could not be read, and a person has it
        channel, view = found
        standing = channel.standing(view)
        lines = list(order.lines.all())
        gone = bool(lines) and all(x.quantity_cancelled >= x.quantity for x in lines)
        if standing == "cancelled" and order.status != "cancelled" and not gone:
            yield Problem(
                rule="facts", number=number, text=f"cancelled; we say {order.status}"
            )
        if w.placed.get(number, ("", {}))[1].get("variant") == "unknown_status":
            continue
        if standing == "open" and order.status not in ("open", "partly_shipped"):
            yield Problem(
                rule="facts", number=number, text=f"open; we say {order.raw_status}"
            )
        asked = any(line.cancel_requested for line in lines)
        cancel = channel.cancel(view)
        if standing == "open" and (cancel == "requested") != asked:
            yield Problem(
                rule="facts",
                number=number,
                text=f"cancel is {cancel!r}; we say asked={asked}",
            )


RULES = (
    imported,
    pushed,
    doubled,
    confirmations,
    parcels,
    cancellations,
    facts,
)
