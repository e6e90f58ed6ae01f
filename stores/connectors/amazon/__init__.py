"""Amazon Selling Partner API: Orders v2026-01-01, confirmShipment of Orders v0."""
