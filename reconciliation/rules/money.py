"""What the rules of money mean; settlements find them (reconciliation.settlements)."""

from __future__ import annotations

from orders.exception_kinds import Severity, Team
from reconciliation.rules import RULES, Rule


def _money(
    code: str,
    label: str,
    sentence: str,
    explanation: str,
    *,
    owner: str = "marketplace",
    severity: Severity = Severity.MONEY,
) -> None:
    RULES.register(
        Rule(
            code=code,
            label=label,
            team=Team.FINANCE,
            severity=severity,
            owner_system=owner,
            sentence=sentence,
            explanation=explanation,
            family="money",
            case_kind=f"money_{code}",
        )
    )


_money(
    "paid_not_dispatched",
    "Paid, not dispatched",
    "The marketplace paid for goods of which no parcel has left.",
    "Sales in settlements less their refunds, against parcels that stand: labels not "
    "void, not withdrawn, each once. Once the ship-by is past, in an order that is not "
    "cancelled. Units of a line where the settlement states them, else the order.",
    owner="you",
)
_money(
    "dispatched_not_paid",
    "Dispatched, not paid",
    "A parcel left, and no settlement tells of its sale in the usual time.",
    "Orders whose first standing label is older than the marketplace usually takes, by "
    "the end of the latest settlement in their currency, and younger than the first "
    "one. Any line of a sale in any settlement ends it.",
)
_money(
    "refunded_but_shipped",
    "Refunded, but shipped",
    "The buyer has the money back and gets the goods.",
    "Refunds in settlements that were booked before the label was made, or of an order "
    "that is cancelled, against parcels that stand. A refund after the parcel left is a "
    "return and none of these. Over once the goods are said to be back.",
    owner="you",
)
_money(
    "refund_owed",
    "Refund owed and not made",
    "We were paid for what is cancelled, and the buyer's money has not gone back.",
    "Sales less refunds of orders, or units of lines, that are cancelled or that we told "
    "the marketplace to cancel, once the usual time for a refund has passed by the end "
    "of the latest settlement.",
    owner="you",
)
_money(
    "paid_twice",
    "Paid twice",
    "One line of an order was paid more often than it was bought.",
    "Units of a line in sales of all settlements, less those booked back, against the "
    "units ordered; where no units are stated, the same sale booked again. The "
    "marketplace takes such money back some day.",
)
_money(
    "dispatch_counted_twice",
    "One dispatch counted twice",
    "More units of a line stand as dispatched than were ordered, or a label was charged "
    "twice.",
    "Units in parcels that stand (void, withdrawn and superseded ones left out) against "
    "units ordered; labels charged in settlements, less credits, against labels made.",
    owner="us",
)
_money(
    "void_credit_missing",
    "Credit for a void label missing",
    "A label bought from the marketplace was voided and has not been credited.",
    "Void labels of orders with a label charged in a settlement, against credits, once "
    "the usual time for a credit has passed by the end of the latest settlement.",
)
_money(
    "fee_above_usual",
    "Fee above the usual rate",
    "The commission on a line is clearly above what this store usually pays.",
    "Commission as a share of what the buyer paid for the line, against the median of "
    "the same SKU in this store (5 sales and more), else of the store (20 and more); "
    "settlements name no category, and a SKU has one. From 2 points and 0.20 on.",
    severity=Severity.DOUBT,
)
_money(
    "fee_unknown",
    "Money of an unknown kind",
    "A settlement has lines with a name that shipsync does not know.",
    "All lines whose kind stays 'Something else', added up by the marketplace's own "
    "words. Accept it once somebody knows what it is.",
    owner="us",
    severity=Severity.DOUBT,
)
_money(
    "penalty_charged",
    "Penalty charged",
    "The marketplace took a penalty.",
    "Each line of a penalty, until it is booked back.",
)
_money(
    "reserve_drift",
    "Reserve does not net",
    "What was kept back in one settlement was not set free as it should be.",
    "Amazon: each settlement frees what the one before kept. Elsewhere: never more is "
    "set free than was kept. A settlement that is missing in between shows so too.",
)
_money(
    "settlement_remainder",
    "Settlement does not add up",
    "The lines of a settlement are not what was paid out.",
    "The deposit less the sum of its lines, to the penny.",
    owner="marketplace",
)
_money(
    "settlement_unmatched",
    "Lines without an order",
    "Lines of a settlement name an order that we do not find.",
    "Lines that no rung of the ladder matched and nobody has: their sum per settlement.",
    owner="you",
    severity=Severity.DOUBT,
)
