"""Seeded histories under seeded bad weather, and what must hold once it clears.

One seed is one small world: buyers, a warehouse and an office that act at random, peers
that fail at random, workers that die at random. Time is the driver's, the peers run in
the same process and nothing waits, so that a seed is fast and the same seed is the same
history.
"""
