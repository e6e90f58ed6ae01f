"""Access that ends by the calendar."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import KINDS, ExceptionKind, Resolution, Severity, Team

SEEN = Resolution(
    code="seen",
    label="Planned",
    effect="Closes the case with your reason; it returns a week before the end, and "
    "again once it has passed.",
    verb="accept",
    needs_reason=True,
)

KINDS.register(
    ExceptionKind(
        code="access_expires",
        label="Access ends soon",
        team=Team.OPS,
        owner_system="you",
        trigger="A consent, token or secret of a marketplace account ends in less than "
        "30 days, or has ended. The case comes back 7 days before and after the end.",
        effect="From that day no orders come in and no tracking goes out for all stores "
        "of the account.",
        checks=(
            "The account's page lists everything that ends, with its date.",
            "Was it renewed at the marketplace already? Then only enter it here.",
        ),
        steps=(
            "A secret: rotate it at the marketplace, then enter it on the account's page.",
            "A consent: press 'Renew consent' there and agree as the seller.",
            "The case closes by itself with the next test that works, or within hours.",
        ),
        buyer_sees="Nothing.",
        tells="Ops tells whoever holds the seller account: the consent is that "
        "person's to give.",
        proof="A test of the connection passes with the new consent or secret.",
        closes_itself="When the account is connected anew with a later end.",
        severity=Severity.DOUBT,
        sla=timedelta(days=2),
        no_fix="The consent is renewed on the account's page, by whoever holds the "
        "seller account.",
        resolutions=(SEEN,),
    )
)
