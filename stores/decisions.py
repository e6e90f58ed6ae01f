"""The four decisions of a store and its other rules, in the words of forms and manual.

What a value does stands with the choices of the model; what goes wrong otherwise stands
here. ``docs/operating-model.md`` carries the same tables, and a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stores.connectors import CONNECTORS
from stores.connectors.base import Capability, CombinedRule
from stores.models import DECISIONS, OperatingModel, Store, StoreMode

OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked within a decision, what goes wrong otherwise, and its fields."""

    title: str
    wrong: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One of the four, or the other rules; ``code`` is what ``decided`` lists."""

    code: str
    letter: str
    title: str
    lead: str
    questions: tuple[Question, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """All its fields, in order."""
        return tuple(name for q in self.questions for name in q.fields)

    @property
    def heading(self) -> str:
        """'(a) Who owns cancellations?'."""
        return f"({self.letter}) {self.title}" if self.letter else self.title


CANCELLATIONS = Decision(
    code="cancellations",
    letter="a",
    title="Who owns cancellations?",
    lead="ShipStation tells no marketplace of a cancellation, and no marketplace stops a "
    "label. Somebody has to carry each request from the one to the other.",
    questions=(
        Question(
            title="When may the warehouse start?",
            wrong="While the buyer can still cancel alone, a printed label is often a "
            "lost label.",
            fields=("release_window_minutes",),
        ),
        Question(
            title="The buyer asks to cancel before there is a label",
            wrong="A held order waits for somebody. An order that is cancelled here "
            "still has to be answered on the marketplace.",
            fields=("cancel_request",),
        ),
        Question(
            title="A cancellation comes after the label",
            wrong="What has left must be confirmed, or it counts as never shipped; what "
            "is confirmed can't be cancelled any more. An order that the marketplace "
            "itself has cancelled is never confirmed, whatever is set here.",
            fields=("after_label",),
        ),
        Question(
            title="Who answers the buyer?",
            wrong="Two people who answer in two places contradict each other. Where "
            "nobody answers, most marketplaces say yes by themselves.",
            fields=("answered_by",),
        ),
        Question(
            title="When does an answer or a voided label want two people?",
            wrong="What a marketplace or a carrier has been told can't be taken back; on "
            "a dear order one slip costs its price. Every second yes costs time before a "
            "deadline.",
            fields=("four_eyes_above",),
        ),
    ),
)
TAX = Decision(
    code="tax",
    letter="b",
    title="Where are tax numbers, and where do they go?",
    lead="The marketplace that has collected the tax gives its number with the order. "
    "The carrier needs it in the customs data of the label, and ShipStation's own field "
    "for it can't be filled by its older interface.",
    questions=(
        Question(
            title="How does a number reach the label?",
            wrong="Without the number the parcel is held at the border, or the buyer "
            "pays the tax a second time.",
            fields=("tax_route", "tax_tag_id"),
        ),
    ),
)
SHIPPED = Decision(
    code="shipped",
    letter="c",
    title="Who owns 'shipped'?",
    lead="One of two tells the marketplace of a parcel: ShipStation's own connection, or "
    "shipsync. Both at once contradict each other; neither makes it late.",
    questions=(
        Question(
            title="What is asked of ShipStation's own connection?",
            wrong="ShipStation imports this store's orders itself. Two who tell the "
            "marketplace of one parcel contradict each other; nobody makes it late.",
            fields=("shipped_owner", "arrives_within_minutes"),
        ),
        Question(
            title="When is a dispatch confirmed?",
            wrong="Too early and a parcel that misses the van counts as lost; too late "
            "and the marketplace counts the order as late. Never past ship-by, whatever "
            "is set here.",
            fields=("confirm_timing", "confirm_hours", "confirm_margin_minutes"),
        ),
        Question(
            title="When does the evidence count?",
            wrong="ShipStation's setting stands in no interface. Few parcels prove "
            "nothing: a store that goes live on them tells twice, or not at all.",
            fields=("told_within_hours", "notify_samples"),
        ),
    ),
)
COMBINED = Decision(
    code="combined",
    letter="d",
    title="May orders share a parcel?",
    lead="No interface can prevent a combine in ShipStation. It is seen with the next "
    "read of what changed there, a minute or two later, and before anything is "
    "confirmed. Orders of different marketplaces never share a parcel.",
    questions=(
        Question(
            title="Orders combined into one parcel",
            wrong="Each order needs its own confirmation, or the marketplace counts the "
            "others as late. Where the marketplace does not allow it, the confirmation "
            "is refused after the parcel has left.",
            fields=("combined",),
        ),
    ),
)
OTHERS = Decision(
    code=OTHER,
    letter="",
    title="Other rules",
    lead="Not one of the four decisions: each has a careful value from the first day.",
    questions=(
        Question(
            title="Who accepts its orders?",
            wrong="The marketplace waits for the seller's yes and refuses by itself when "
            "none comes. An order that is accepted but can't be shipped counts worse "
            "than one that is refused.",
            fields=("acceptance",),
        ),
        Question(
            title="A SKU that nobody knows here",
            wrong="The warehouse can't pick what it has no name for; a held order can be "
            "late.",
            fields=("unknown_sku",),
        ),
        Question(
            title="Customs data that is incomplete",
            wrong="Customs hold a parcel without description, code or origin; a held "
            "order can be late.",
            fields=("customs_check",),
        ),
        Question(
            title="When is the shadow good enough to go live?",
            wrong="With few orders compared, or differences that nobody explained, the "
            "first live day shows what the shadow would have shown.",
            fields=("shadow_minimum", "shadow_tolerance"),
        ),
    ),
)
GROUPS = (CANCELLATIONS, TAX, SHIPPED, COMBINED, OTHERS)
BY_CODE = {group.code: group for group in GROUPS}

LABELS = {
    "release_window_minutes": "Keep on hold after the order, minutes",
    "cancel_request": "What happens to the order",
    "after_label": "What happens to its confirmation",
    "answered_by": "Who tells the marketplace yes or no",
    "four_eyes_above": "For orders worth more than",
    "tax_route": "How a tax number reaches the label",
    "tax_tag_id": "The tag that marks it",
    "shipped_owner": "Who tells the marketplace that an order has left",
    "arrives_within_minutes": "Minutes within which an order is imported there",
    "told_within_hours": "Hours within which a label is told from there",
    "confirm_timing": "Confirm a dispatch",
    "confirm_hours": "Hours after the label",
    "confirm_margin_minutes": "At the latest, minutes before ship-by",
    "notify_samples": "Parcels that must have been seen",
    "combined": "How its orders are confirmed",
    "acceptance": "Orders that wait for the seller's yes",
    "unknown_sku": "An order with an unknown SKU",
    "customs_check": "An order abroad without full customs data",
    "shadow_minimum": "Orders that must have been compared",
    "shadow_tolerance": "Orders that may differ without an explanation",
}


def fields_for(store: Store) -> set[str]:
    """The rules that mean something for this store; the others stay as they are."""
    fields = set(LABELS)
    connector = CONNECTORS.get(store.remote_account.marketplace)
    if Capability.ACCEPT_ORDERS not in connector.capabilities:
        fields.discard("acceptance")
    if store.mode == StoreMode.DIRECT:
        # ShipStation imports its orders: nothing waits for us, nothing is compared.
        fields -= {"release_window_minutes", "shadow_minimum", "shadow_tolerance"}
        # Nothing of what it imported is written but a hold or a cancellation.
        fields -= {"tax_route", "tax_tag_id"}
    else:
        fields -= {"shipped_owner", "arrives_within_minutes"}
    return fields


def combined_rule(store: Store) -> CombinedRule:
    """What the store's marketplace says of one tracking number on several orders."""
    return CONNECTORS.get(store.remote_account.marketplace).combined_rule


def undecided(model: OperatingModel) -> Iterator[Decision]:
    """The decisions that nobody has made yet, in order."""
    return (BY_CODE[code] for code in DECISIONS if code not in model.decided)
