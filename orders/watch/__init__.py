"""What should happen by itself: dead-man's checks, usual volumes, and hours as they were.

``hours`` keeps what each store did hour by hour; ``look`` notes what is no longer heard
of; ``quiet`` notes a store that is read well and sells strangely little.
"""
