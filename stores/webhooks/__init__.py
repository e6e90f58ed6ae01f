"""What peers send us: received, kept as receipts, turned into nudges; never facts."""

from stores.webhooks.signals import buyers_to_forget

__all__ = ["buyers_to_forget"]
