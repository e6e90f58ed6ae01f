"""Settlements: read, stored whole, matched, compared with what was dispatched."""
