"""What may become of sending a message: the whole list, each with its sentence."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """How an attempt to send ended."""

    SENT = "sent"
    NO_MAIL = "no_mail"
    NO_ADDRESS = "no_address"
    BAD_ADDRESS = "bad_address"
    INSIDE = "inside"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    TIMED_OUT = "timed_out"
    REDIRECTS = "redirects"
    THROTTLED = "throttled"
    REFUSED = "refused"
    BROKEN = "broken"
    MAIL_REFUSED = "mail_refused"


SENTENCES: dict[Outcome, str] = {
    Outcome.SENT: "Sent: the other side took it.",
    Outcome.NO_MAIL: "Mail is not set up: whoever runs shipsync sets EMAIL_URL.",
    Outcome.NO_ADDRESS: "There is no address to send to.",
    Outcome.BAD_ADDRESS: "The address can't be used: https:// and a public name.",
    Outcome.INSIDE: "The name leads into this network; nothing was sent there.",
    Outcome.UNREACHABLE: "The other side can't be reached; nothing was sent.",
    Outcome.CERTIFICATE: "The other side's certificate is not valid; nothing was sent.",
    Outcome.TIMED_OUT: "No answer came in time; it may have arrived all the same.",
    Outcome.REDIRECTS: "The address leads on to another one; enter that one instead.",
    Outcome.THROTTLED: "The other side wants fewer messages for now.",
    Outcome.REFUSED: "The other side refused it: is the address still in use?",
    Outcome.BROKEN: "The other side has a fault of its own.",
    Outcome.MAIL_REFUSED: "The mail server did not take it.",
}
# Trying again changes nothing until a person has changed something.
FINAL = frozenset(
    {
        Outcome.NO_ADDRESS,
        Outcome.BAD_ADDRESS,
        Outcome.INSIDE,
        Outcome.REDIRECTS,
        Outcome.REFUSED,
    }
)


class DeliveryError(Exception):
    """A message that did not get there; ``detail`` is a status or a server's word."""

    def __init__(self, outcome: Outcome, detail: str = "") -> None:
        self.outcome, self.detail = outcome, detail
        super().__init__(self.sentence)

    @property
    def final(self) -> bool:
        """Whether trying again is of no use."""
        return self.outcome in FINAL

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        extra = f" ({self.detail})" if self.detail else ""
        return f"{SENTENCES[self.outcome]}{extra}"
