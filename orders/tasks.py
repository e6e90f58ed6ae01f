"""What django-q calls, by dotted name; each a few lines over a service."""

from __future__ import annotations

from orders import carrier_trouble, case_recount, forgetting, snoozing
from orders.alerts import delivery, planning
from orders.expiries import warn_of_expiries
from orders.sync import pump as pumping
from orders.upkeep import purge_due
from orders.watch import hours as flow_hours
from orders.watch import look, quiet
from stores import lanes


def pump() -> int:
    """Work on due lanes for a while; see orders.sync.pump."""
    return pumping.pump()


def tick() -> int:
    """The minute's safety net: lanes exist, who asked is forgotten, a pump runs.

    Cases whose time has come are back in the queue.
    """
    lanes.ensure_lanes()
    forgetting.carry_out()
    snoozing.wake_due()
    return pumping.pump()


def pulse() -> int:
    """A sign of life of the cluster that takes this; see orders.sync.pump."""
    return pumping.pulse()


def upkeep() -> int:
    """Blank buyer data past its date, drop old rows; returns rows touched."""
    return purge_due() + delivery.purge()


def queues() -> int:
    """Check the queue's rows against their cases; how many were wrong."""
    return case_recount.mend()


def expiries() -> int:
    """Open, escalate and close cases for access that ends; how many stand open."""
    return warn_of_expiries()


def alerts() -> int:
    """Look for what is to be told, write it down, send what is due; messages tried."""
    planning.write_down()
    return delivery.send_due()


def carriers() -> int:
    """Look for carriers on which no labels are bought; how many are in trouble."""
    return carrier_trouble.watch()


def watch() -> int:
    """See what is no longer heard of; how many things are down."""
    return look.run()


def quiet_stores() -> int:
    """See which stores are too quiet; how many."""
    return quiet.run()


def hours() -> int:
    """Count the last hours of every store anew; rows written."""
    return flow_hours.run()
