"""What a webhook asks of code that ``stores`` does not know."""

from __future__ import annotations

from django.dispatch import Signal

# A marketplace told us to forget buyers. Arguments: ``account`` (the RemoteAccount that
# was told), ``buyers`` (tuple of the marketplace's own names or ids of them) and
# ``receipt`` (the WebhookReceipt, already stored). Sent once per receipt, inside its
# transaction: a receiver that raises lets the marketplace send it again. Receivers only
# note what is to be done; they answer within a second.
buyers_to_forget = Signal()
