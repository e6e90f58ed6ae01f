"""Seeded settlement files, mutated: taken in exactly, or refused whole with a line."""
