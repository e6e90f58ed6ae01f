"""Seeded cutovers: a store from draft over shadow to live, to another mode, and back.

One seed is one marketplace whose orders another route brings to ShipStation: typed in by
hand, imported late, never, or labelled already when we start. Buyers cancel and answers
are lost meanwhile; in the end the peers' ledgers say that nothing was doubled, lost or
sent before its time.
"""
