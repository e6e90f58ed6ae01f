"""Orders that wait for the seller's yes, and answers that come to nothing.

Marketplaces with many operators ask the seller to take each order: who stays silent
refuses it in the end, and refusals are counted (Mirakl seller guides, as of 2026).
"""

from __future__ import annotations

from orders.exception_kinds import (
    DISMISS,
    KINDS,
    RETRY,
    Answer,
    ExceptionKind,
    Resolution,
    Team,
)

_DECIDE = "orders.decide_acceptance"

TAKE = Resolution(
    code="take",
    label="Accept the order",
    effect="Tells the marketplace that you take every line; it is imported for shipping "
    "once the buyer has paid.",
    verb="take",
    permission=_DECIDE,
)
REFUSE = Resolution(
    code="refuse",
    label="Refuse the order",
    effect="Tells the marketplace that you take no line of it: the order ends there, and "
    "the refusal is counted against you. Your reason is kept here.",
    verb="refuse",
    permission=_DECIDE,
    needs_reason=True,
)

KINDS.register(
    ExceptionKind(
        code="acceptance_due",
        label="Accept or refuse",
        team=Team.OPS,
        owner_system="you",
        trigger="The marketplace asks whether you take this order, and this store's rules "
        "leave the answer to a person.",
        effect="Nothing is shipped before your yes. Without an answer the marketplace "
        "refuses the order when the time is up, and counts that against you.",
        checks=(
            "Is everything in stock? See the lines on the order page.",
            (
                "How long is left: the deadline shown here is the marketplace's own, or comes "
                "from the hours to accept in the account's settings."
            ),
        ),
        steps=(
            "Press 'Accept the order', or refuse it and say why.",
            (
                "A store that always accepts can say so in its rules: then nobody is "
                "asked any more."
            ),
        ),
        buyer_sees="'Waiting for the seller': the order is paid for or reserved, not "
        "accepted.",
        tells="Nobody, unless it is refused: then customer service, if the buyer "
        "writes.",
        proof="The marketplace shows the order as accepted, or as refused.",
        closes_itself="When the marketplace shows that it was accepted, refused or "
        "cancelled there.",
        suggested="take",
        resolutions=(TAKE, REFUSE),
    )
)
KINDS.register(
    ExceptionKind(
        code="acceptance_refused",
        label="Acceptance refused",
        team=Team.OPS,
        owner_system="marketplace",
        answer=Answer.REFUSED,
        trigger="The marketplace did not take our yes or no to this order; its words "
        "stand above.",
        effect="The order still waits, and is refused by itself when its time is up.",
        checks=(
            "Was it accepted, refused or cancelled in the marketplace's own console?",
            "Does the refusal name a line? It may have been changed meanwhile.",
        ),
        steps=(
            "Look at the order there; if it moved on, the case closes by itself.",
            "If it still waits, try again, or decide the other way.",
        ),
        buyer_sees="'Waiting for the seller', as before.",
        tells="Ops asks the marketplace's seller support when the same answer is "
        "refused twice.",
        proof="The marketplace shows the order in its next state.",
        closes_itself="When the marketplace shows the order as moved on.",
        suggested="retry",
        resolutions=(RETRY, TAKE, REFUSE, DISMISS),
    )
)
KINDS.register(
    ExceptionKind(
        code="answer_not_honoured",
        label="Our answer shows no effect",
        team=Team.OPS,
        owner_system="marketplace",
        trigger="The marketplace took our answer (an order accepted or refused, a "
        "cancellation granted or rejected), but two hours later still shows the order as "
        "before.",
        effect="Its own clock runs on: it may decide against us although we answered.",
        checks=(
            "What does the order look like in the marketplace's own console?",
            "Is the marketplace slow just now? See other orders of the same store.",
        ),
        steps=(
            "Try again: the same answer is given once more.",
            "If the console shows it as done, wait: the case closes with the next read.",
        ),
        buyer_sees="What the marketplace shows: the order as it was before our answer.",
        tells="Ops tells customer service which answer is in doubt, so that nobody "
        "promises it.",
        proof="A read of the order shows our answer.",
        closes_itself="When a later read of the order shows it.",
        suggested="retry",
        resolutions=(
            Resolution(
                code="retry",
                label="Answer once more",
                effect="Gives the marketplace the same answer again.",
                verb="retry",
            ),
            DISMISS,
        ),
    )
)
