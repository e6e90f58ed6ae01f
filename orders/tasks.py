"""What django-q calls, by dotted name; each a few lines over a service."""

from __future__ import annotations

from orders import case_recount, forgetting
from orders.expiries import warn_of_expiries
from orders.sync import pump as pumping
from orders.upkeep import purge_due
from stores import lanes


def pump() -> int:
    """Work on due lanes for a while; see orders.sync.pump."""
    return pumping.pump()


def tick() -> int:
    """The minute's safety net: lanes exist, who asked is forgotten, a pump runs."""
    lanes.ensure_lanes()
    forgetting.carry_out()
    return pumping.pump()


def pulse() -> int:
    """A sign of life of the cluster that takes this; see orders.sync.pump."""
    return pumping.pulse()


def upkeep() -> int:
    """Blank buyer data past its date, drop old call rows; returns rows touched."""
    return purge_due()


def queues() -> int:
    """Check the queue's rows against their cases and the calendars; how many changed."""
    return case_recount.refresh_work_by() + case_recount.mend()


def expiries() -> int:
    """Open, escalate and close cases for access that ends; how many stand open."""
    return warn_of_expiries()
