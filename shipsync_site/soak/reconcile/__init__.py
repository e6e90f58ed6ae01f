"""Seeded worlds with planted faults: what reconciliation finds, and what it must not.

One seed is a few days of two stores, one that shipsync runs and one that ShipStation's
own connection runs. Most orders go well, each in its own way; some have a fault, planted
by what a marketplace, a warehouse or a person did. The planter writes facts as they are
read from both sides and knows none of the rules; only the judge knows both.
"""
