"""Runs: taken in steps by the pump, each step leased, stored whole and repeatable."""
