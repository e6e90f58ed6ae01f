"""The sandbox: simulated remote systems that people can break.

A server of its own (``python -m stores.sandbox --port 8900``) which speaks the real
wire protocols on loopback, keeps its state in memory, and has a JSON control API under
``/control/`` that plays buyers, warehouse and bad weather. It imports nothing of the
product but the clock.

A new peer is a sub-package which calls ``core.register_peer`` when it is imported; it
is found by itself and served under its code. ``driver`` starts a server and plays the
control API from tests, demo and benchmarks.
"""
