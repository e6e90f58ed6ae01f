"""Rules: each compares two sides of a period's orders, one module per rule."""
