"""A read-only look at what both sides of a store did, before anything is set.

``reading`` reads pages of the marketplace and of ShipStation, ``notes`` keeps of each
thing what is counted (no buyer data), ``counting`` and ``tally`` turn the notes into
figures, ``runs`` starts, resumes and ends it, ``report`` says it in sentences. Nothing is
written to a peer, nor to the rows of orders and records.
"""
