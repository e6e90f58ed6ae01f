"""What is no longer heard of: jobs, reads, webhooks; and stores that sell too little."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import KINDS, Answer, ExceptionKind, Severity, Team
from orders.exception_kinds.remote import HANDLED

KINDS.register(
    ExceptionKind(
        code="not_heard",
        label="Not heard of any more",
        team=Team.OPS,
        owner_system="us",
        answer=Answer.UNABLE,
        shared=("what",),
        trigger="Something that repeats by itself (a background step of an account, the "
        "reading of a store, its webhooks, a schedule) was due and did not succeed for "
        "longer than its period and its grace. Where a more exact case says the same, "
        "there is none of this kind.",
        effect="What it does waits: orders are not read, dispatches not confirmed, or "
        "upkeep is not done. Without webhooks the polls still find everything, later.",
        buyer_sees="Nothing, until an order is late.",
        checks=(
            "'Jobs and stores' shows what else is late, since when, and what it said last.",
            "Everything late at once: do the workers run, and is the database quick?",
            "Webhooks: does the peer still list our address? The account's page says so.",
        ),
        steps=(
            "'Sync now' on a store's page runs its steps and shows the error at once.",
            "Webhooks: make the address anew on the account's page.",
            "A schedule: whoever runs shipsync reads the cluster's log.",
        ),
        tells="Ops tells whoever runs shipsync if it is not one account's trouble.",
        proof="'Jobs and stores' shows it as up.",
        closes_itself="When it is heard of again, or a more exact case takes over.",
        severity=Severity.MONEY,
        sla=timedelta(hours=1),
        no_fix="What keeps it from working is outside: a remote, the workers or the "
        "machine.",
        resolutions=(HANDLED,),
    )
)
KINDS.register(
    ExceptionKind(
        code="store_quiet",
        label="Too quiet",
        team=Team.OPS,
        owner_system="marketplace",
        shared=("store",),
        trigger="The store is read without error, and yet so few orders came that even a "
        "very weak day does not explain it: compared with the same hours of the same "
        "weekday in the last weeks.",
        effect="Nothing is sold, or orders are kept back at the marketplace while their "
        "deadlines run.",
        buyer_sees="Perhaps that the offers are gone.",
        checks=(
            "Does the marketplace's own console show orders that we do not have?",
            "Are the listings live, in stock, and the account in good standing?",
            "Is it a holiday there? Then put the case off until it is over.",
        ),
        steps=(
            "Orders are there: press 'Sync now', then look at the store's page.",
            "Listings are gone: whoever manages them puts them back.",
            "The account is restricted: answer the marketplace's notice.",
        ),
        tells="Ops tells whoever manages the listings, and leads on a peak day.",
        proof="Orders come in as usual again.",
        closes_itself="When orders come in again as on a weak day at least.",
        severity=Severity.MONEY,
        sla=timedelta(hours=1),
        no_fix="Why nobody buys is found out at the marketplace.",
        resolutions=(HANDLED,),
    )
)
