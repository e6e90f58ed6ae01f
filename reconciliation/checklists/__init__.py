"""Checklists: when they are due, what ticks them, how they are signed and frozen."""
