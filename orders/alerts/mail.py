"""Sending a message as mail; to one address each, so that nobody sees the others."""

from __future__ import annotations

from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage

from orders.alerts import words
from orders.alerts.outcomes import DeliveryError, Outcome
from orders.alerts.planning import address_of
from orders.models import AlertMessage


def post(message: AlertMessage) -> None:
    """Send one mail. Raises DeliveryError.

    Its Message-ID is the same when it is sent again after a lost answer.
    """
    address = address_of(message.target)
    if not settings.EMAIL_IS_SET:
        raise DeliveryError(Outcome.NO_MAIL)
    if not address:
        raise DeliveryError(Outcome.NO_ADDRESS)
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "shipsync"
    headers = {"Auto-Submitted": "auto-generated"}
    if message.pk:
        headers["Message-ID"] = f"<shipsync-alert-{message.pk}@{host}>"
    mail = EmailMessage(
        subject=message.subject,
        body=f"{message.body}\n\n{message.link}\n\n{words.why(message)}\n",
        to=[address],
        headers=headers,
    )
    try:
        mail.send()
    except SMTPRecipientsRefused:
        raise DeliveryError(Outcome.REFUSED, "the recipient") from None
    except (SMTPException, OSError) as error:
        # Its text may hold the address; the class says enough.
        raise DeliveryError(Outcome.MAIL_REFUSED, type(error).__name__) from None
